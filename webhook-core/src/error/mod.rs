//! The error types, one file for each.

mod secret;
mod setup;
mod sign;
mod verify;

pub use secret::{SecretError, SecretErrorKind};
pub use setup::SetupError;
pub use sign::{SignError, SignErrorKind};
pub use verify::{VerifyError, VerifyErrorKind};
