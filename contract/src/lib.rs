//! What every adapter must pass: the same answers, the same deduplication, the same logs, the same handshakes.
//!
//! An adapter implements [`Adapter`] in a test of its own and runs all of it over real sockets:
//!
//! ```text
//! contract::answers!(Receivers);
//! contract::outcomes!(Receivers);
//! contract::slow_bodies!(Receivers);
//! contract::deduplication!(Receivers);
//! contract::handshakes!(Receivers);
//! contract::lookups!(Receivers);
//! contract::secrets!(Receivers);
//! ```
//!
//! All but the last two also hold for [`LookingUp<Receivers>`](LookingUp).
//!
//! Nothing here knows a framework, and no adapter knows another.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod adapter;
pub mod answers;
mod case;
pub mod deduplication;
pub mod handshakes;
pub mod logs;
mod looking_up;
pub mod lookups;
pub mod outcomes;
mod receiver;
mod route;
pub mod secrets;
#[path = "../../webhook-idempotency/tests/redis/server.rs"]
mod server;
mod site;
pub mod slow_bodies;
mod wire;

pub use adapter::{Adapter, Differences};
pub use looking_up::LookingUp;
pub use route::{By, Layer, Order, Route, Shown, Webhook};
pub use site::Site;

use webhook_core::UnixTime;

/// The time that receivers are set to.
pub const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// A module of tests that call the functions of a module here for an adapter.
#[doc(hidden)]
#[macro_export]
macro_rules! tests {
    ($adapter:ident, $group:ident: $($test:ident)+) => {
        mod $group {
            $(
                #[test]
                fn $test() {
                    $crate::run($crate::$group::$test::<super::$adapter>());
                }
            )+
        }
    };
}

/// Runs a test, and keeps what is logged.
#[doc(hidden)]
pub fn run(test: impl Future<Output = ()>) {
    logs::keep();
    block_on(test);
}

fn block_on(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// The repository's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
