//! The inbox in a PostgreSQL that the tests start, kill and restart.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "postgres", feature = "testing"))]

mod crashes;
mod fleet;
mod plans;
mod program;
mod proxy;
mod server;
mod store;
