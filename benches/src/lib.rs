//! What the measurements share: requests, bodies in frames, interleaved rounds, budgets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a measurement that cannot be made should stop, and no request comes here"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers for people"
)]

pub mod budgets;
pub mod claims;
pub mod frames;
pub mod layers;
pub mod requests;
pub mod rounds;
pub mod table;
