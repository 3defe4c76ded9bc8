//! The framework-independent part of an adapter, for authors of adapters.
//!
//! An adapter reads frames, waits and answers. All decisions are made here, so that adapters behave alike.
//! [`Settings`] hold the user's configuration. [`Intake`] reads one body. [`Receipt`] is the result for the
//! code behind it, [`Outcome`] describes what happened to the request, and [`Answer`] is the response.
//!
//! ```
//! use std::future::poll_fn;
//! use std::task::Poll;
//! # use futures_executor::block_on;
//! use webhook_core::adapter::{Arrival, Intake, Settings};
//! use webhook_core::{Bytes, Head, UnixTime, providers::samva};
//!
//! let secret = samva::Secret::new("secret")?;
//! let now = UnixTime::from_secs(1_700_000_000);
//! let headers = secret.sign(b"{\"a\":1}", now, None)?;
//! let settings = Settings::new(secret, move || now);
//!
//! // The head is checked before any of the body is read.
//! let mut intake = Intake::begin(&settings, None, &Head::new("POST", "/", &headers), None)?;
//! let mut frames = ["{\"a\"", ":1}"].map(Bytes::from).into_iter();
//! // Poll the framework's body here, and convert its errors into rejections.
//! let reading = poll_fn(|cx| intake.poll(cx, |_| Poll::Ready(frames.next().map(Ok))));
//! match block_on(reading)? {
//!     Arrival::Delivery(receipt) => assert_eq!(receipt.delivery().body(), "{\"a\":1}"),
//!     Arrival::Handshake { .. } => unreachable!("Samva has none"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod buffer;
mod intake;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "tracing")]
mod observer;
mod outcome;
mod receipt;
mod sampler;
mod settings;
mod steady;
#[cfg(feature = "tracing")]
mod system;

pub use crate::answer::Answer;
pub use crate::chain::Chain;
pub use crate::delivery::digest;
pub use intake::Intake;
#[cfg(feature = "tracing")]
pub use observer::Observation;
pub use outcome::Outcome;
pub use receipt::{Arrival, Receipt};
pub use sampler::{Sampler, Severity};
pub use settings::Settings;
pub use steady::{Reading, Steady};
#[cfg(feature = "tracing")]
pub use system::system_time;
