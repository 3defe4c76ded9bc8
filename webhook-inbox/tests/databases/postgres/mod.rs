//! A PostgreSQL of the tests' own.

mod connections;
mod crashes;
mod fleet;
mod plans;
mod proxy;
mod races;
mod server;
mod store;
#[cfg(feature = "tls")]
mod tls;
