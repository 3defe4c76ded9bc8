use std::sync::{Arc, OnceLock};

use super::outcome::Outcome;
use crate::answer::Answer;
use crate::delivery::Delivery;
use crate::rejection::Rejection;

/// An authentic request that an [`Intake`](super::Intake) has read.
#[derive(Debug)]
pub enum Arrival {
    /// A delivery, for the handler.
    Delivery(Receipt),
    /// A handshake: the provider tries the endpoint out. The adapter answers it, and no handler sees it.
    Handshake {
        /// What it is answered.
        answer: Answer,
        /// The proof, if the handshake was signed.
        delivery: Option<Box<Delivery>>,
    },
}

/// What a verification leaves for the layers and the handler behind it. Clones are one receipt.
///
/// An adapter wraps it in a type of its own, leaves that in the request's extensions, and keeps a clone. What
/// a layer or an extractor decides later it notes here, so that the adapter observes each request once, when
/// its response is there.
#[derive(Debug, Clone)]
pub struct Receipt(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    delivery: Delivery,
    /// What was decided behind the verification. The first decision counts.
    decided: OnceLock<Outcome>,
}

impl Receipt {
    /// A receipt for a verified delivery.
    pub(super) fn new(delivery: Delivery) -> Self {
        Self(Arc::new(Inner { delivery, decided: OnceLock::new() }))
    }

    /// The delivery.
    pub fn delivery(&self) -> &Delivery {
        &self.0.delivery
    }

    /// The delivery itself. It is cloned if there are other clones of the receipt.
    pub fn into_delivery(self) -> Delivery {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.delivery,
            Err(shared) => shared.delivery.clone(),
        }
    }

    /// Notes that the delivery had been handled before.
    pub fn note_duplicate(&self) {
        _ = self.0.decided.set(Outcome::Duplicate);
    }

    /// Notes that the delivery did not reach its handler, and returns the rejection with its provider.
    pub fn note_rejection(&self, rejection: Rejection) -> Rejection {
        let rejection = rejection.of(self.0.delivery.provider());
        _ = self.0.decided.set(Outcome::Rejected(rejection.clone()));
        rejection
    }

    /// What became of the delivery: what was noted, or else that it was accepted.
    pub fn outcome(&self) -> Outcome {
        self.0.decided.get().cloned().unwrap_or(Outcome::Accepted)
    }
}
