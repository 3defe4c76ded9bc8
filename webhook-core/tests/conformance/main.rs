//! The tests that every entry of the registry must pass. Listing an entry is enough to run them.
//!
//! The tests contain nothing about a particular provider. `Entry::sign` makes a genuine request. The tests learn the
//! role of each header from how it changes with the key, the time and the id. The entry declares what it signs, and
//! therefore which damage it must detect. An entry that cannot sign needs a genuine request in `samples/requests.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../common/mod.rs"]
mod common;

mod credentials;
mod damage;
mod forms;
mod genuine;
mod headers;
mod lists;
mod metadata;
mod samples;
mod subject;
mod times;
