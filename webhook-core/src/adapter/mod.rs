//! For authors of adapters: what every framework does with a request, without any framework.
//!
//! An adapter reads frames, waits and answers. Everything that decides is here, so that two adapters
//! cannot come to differ: [`Settings`] hold what the user chose, [`Intake`] reads one body, [`Receipt`] is what
//! it leaves for those behind it, [`Outcome`] what became of it, and [`Answer`] what it is answered.
//!
//! ```
//! use std::future::poll_fn;
//! use std::task::Poll;
//! # use futures_executor::block_on;
//! use webhook_core::adapter::{Intake, Settings};
//! use webhook_core::{Bytes, Checked, Head, UnixTime, providers::samva};
//!
//! let secret = samva::Secret::new("secret")?;
//! let now = UnixTime::from_secs(1_700_000_000);
//! let headers = secret.sign(b"{\"a\":1}", now, None)?;
//! let settings = Settings::new(secret, move || now);
//!
//! // The head is judged before any of the body is asked for.
//! let mut intake = Intake::begin(&settings, &Head::new("POST", "/", &headers), None)?;
//! let mut frames = ["{\"a\"", ":1}"].map(Bytes::from).into_iter();
//! // A framework's body is polled here, with its errors as rejections.
//! let reading = poll_fn(|cx| intake.poll(cx, |_| Poll::Ready(frames.next().map(Ok))));
//! match block_on(reading)? {
//!     Checked::Delivery(delivery) => assert_eq!(delivery.body(), "{\"a\":1}"),
//!     Checked::Handshake { .. } => unreachable!("Samva has none"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod buffer;
mod intake;
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
pub use observer::observe;
pub use outcome::Outcome;
pub use receipt::Receipt;
pub use sampler::{Sampler, Severity};
pub use settings::Settings;
pub use steady::{Reading, Steady};
#[cfg(feature = "tracing")]
pub use system::system_time;
