//! The program `webhook`, as its users run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod endpoints;
mod explain;
mod forward;
mod help;
mod listen;
mod listener;
mod pages;
mod program;
#[cfg(unix)]
mod prompt;
mod providers;
mod readme;
mod receivers;
mod replay;
mod request_files;
mod retries;
mod secrets;
mod send;
mod server;
mod sign;
mod unhappy;
mod usage;
mod vectors;
mod verify;
