//! The cache of endpoints: what it answers, what it loads, and what strangers can do to it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::option_option, reason = "an answer at once, an unknown id and a wait differ")]

mod cache;
#[path = "../common/mod.rs"]
mod common;
mod database;
mod failures;
mod invalidation;
mod turns;
