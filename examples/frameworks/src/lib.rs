//! Receives webhooks where there is no axum: with [hyper alone](hyper) and with [salvo].
//!
//! Copy the module of your framework, and its lines of `Cargo.toml`.

#![forbid(unsafe_code)]

pub mod hyper;
pub mod salvo;
