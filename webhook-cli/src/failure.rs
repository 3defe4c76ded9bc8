use std::fmt::Display;
use std::io;

use webhook_core::SecretError;

/// Why a command ends without a result. The text contains no secret.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Usage or set-up: status 2.
    SetUp(String),
    /// Somebody said no: status 1.
    Rejected(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn set_up(message: impl Display) -> Self {
        Self::SetUp(message.to_string())
    }

    pub(crate) fn rejected(message: impl Display) -> Self {
        Self::Rejected(message.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::set_up(error)
    }
}
