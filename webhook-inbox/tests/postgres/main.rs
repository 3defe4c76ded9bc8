//! The inbox in a PostgreSQL that the tests start, kill and restart.

#![cfg(all(feature = "postgres", feature = "testing"))]

mod crashes;
mod fleet;
mod plans;
mod program;
mod proxy;
mod server;
mod store;
