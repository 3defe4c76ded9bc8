//! Every mistake that `explain` knows is made with the genuine requests of all providers that can sign, and named.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(dead_code, reason = "the conformance tests use more of what they share")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/credentials.rs"]
mod credentials;
#[path = "../conformance/forms.rs"]
mod forms;
#[path = "../conformance/subject.rs"]
mod subject;

mod bodies;
mod bounds;
mod case;
mod heads;
mod honesty;
#[cfg(all(feature = "p256", feature = "serde", feature = "x509"))]
mod keys;
mod secrets;
mod times;
mod urls;
