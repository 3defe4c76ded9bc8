//! A PostgreSQL of the tests' own.

mod crashes;
mod fleet;
mod plans;
mod proxy;
mod server;
mod store;
#[cfg(feature = "tls")]
mod tls;
