//! The delivery log over SQLite: as a service, and in a real browser.

mod access;
mod browser;
mod changes;
mod detail;
mod filters;
mod given;
mod in_a_browser;
mod json;
mod nested;
