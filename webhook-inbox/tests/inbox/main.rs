//! A receiver and its workers, on SQLite.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "axum", feature = "sqlite"))]

#[cfg(feature = "metrics")]
mod metrics;
mod receiving;
mod rejected;
mod setup;
mod stopping;
mod working;
