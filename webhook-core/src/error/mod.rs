//! What can go wrong, one file for each who has to act on it.

mod secret;
mod setup;
mod sign;
mod verify;

pub use secret::{SecretError, SecretErrorKind};
pub use setup::SetupError;
pub use sign::{SignError, SignErrorKind};
pub use verify::{VerifyError, VerifyErrorKind};
