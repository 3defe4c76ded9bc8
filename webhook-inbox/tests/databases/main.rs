//! The inbox in databases that the tests fill, stop and restart, with receivers and workers that they kill.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "postgres", feature = "sqlite", feature = "testing"))]

mod postgres;
mod program;
mod scenarios;
mod sqlite;
mod statements;
