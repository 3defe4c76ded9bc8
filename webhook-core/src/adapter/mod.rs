//! For authors of adapters: what every framework does with a request, without any framework.
//!
//! An adapter reads frames, waits and answers. Everything that decides is here, so that two adapters
//! cannot come to differ: [`Settings`] hold what the user chose, [`Intake`] takes in one body.
//!
//! ```
//! use std::sync::Arc;
//! use webhook_core::adapter::{Intake, Settings, Slice};
//! use webhook_core::{Bytes, Head, UnixTime, providers::samva};
//!
//! let secret = samva::Secret::new("secret")?;
//! let now = UnixTime::from_secs(1_700_000_000);
//! let headers = secret.sign(b"{\"a\":1}", now, None)?;
//! let settings = Settings::new(secret, move || now);
//!
//! // The head is judged before any of the body is asked for.
//! let mut intake = Intake::begin(&settings, &Head::new("POST", "/", &headers), None)?;
//! for frame in [Bytes::from_static(b"{\"a\""), Bytes::from_static(b":1}")] {
//!     let mut slice = Slice::default();
//!     intake.push(frame, &mut slice)?;
//!     while !intake.hash(&mut slice) {
//!         // A large frame: let other tasks run, then go on.
//!         slice = Slice::default();
//!     }
//! }
//! let delivery = intake.finish()?;
//! assert_eq!(delivery.body(), "{\"a\":1}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod buffer;
mod intake;
mod settings;

pub use crate::chain::Chain;
pub use crate::mac::digest;
pub use intake::{Intake, Slice};
pub use settings::Settings;
