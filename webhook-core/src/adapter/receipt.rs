use std::sync::{Arc, OnceLock};

use super::outcome::Outcome;
use crate::delivery::Delivery;
use crate::rejection::Rejection;

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
    pub fn new(delivery: Delivery) -> Self {
        Self(Arc::new(Inner { delivery, decided: OnceLock::new() }))
    }

    /// The delivery.
    pub fn delivery(&self) -> &Delivery {
        &self.0.delivery
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
