//! The delivery log over SQLite: as a service, and in a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod browser;
mod changes;
mod detail;
mod filters;
mod given;
mod in_a_browser;
mod json;
mod nested;
