use crate::answer::Answer;
use crate::delivery::Delivery;
use crate::error::{VerifyError, VerifyErrorKind};

/// What a verification that succeeded has found.
#[derive(Debug, Clone)]
pub enum Checked {
    /// A delivery, for the handler.
    Delivery(Delivery),
    /// A handshake: the provider tries the endpoint out. Adapters answer it, and no handler sees it.
    Handshake {
        /// What it is answered.
        answer: Answer,
        /// The proof, if the handshake was signed.
        delivery: Option<Box<Delivery>>,
    },
}

impl Checked {
    /// The delivery, also of a signed handshake.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidSignature`] for a handshake that is not signed.
    pub fn into_delivery(self) -> Result<Delivery, VerifyError> {
        match self {
            Self::Delivery(delivery) => Ok(delivery),
            Self::Handshake { delivery: Some(delivery), .. } => Ok(*delivery),
            Self::Handshake { delivery: None, .. } => Err(VerifyErrorKind::InvalidSignature.into()),
        }
    }

    pub(crate) fn delivery_mut(&mut self) -> Option<&mut Delivery> {
        match self {
            Self::Delivery(delivery) => Some(delivery),
            Self::Handshake { delivery, .. } => delivery.as_deref_mut(),
        }
    }
}

impl From<Delivery> for Checked {
    fn from(delivery: Delivery) -> Self {
        Self::Delivery(delivery)
    }
}
