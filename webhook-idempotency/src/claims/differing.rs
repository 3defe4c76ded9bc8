use std::time::Instant;

use webhook_core::Delivery;
use webhook_core::adapter::Sampler;

use crate::keys::{Keys, Note};

/// Duplicates whose unsigned headers differ from those of the delivery that was claimed. Somebody changed them in one
/// of the two, perhaps in the one that the handler got. Whoever has captured a delivery can cause any number of them.
pub(super) struct Differing {
    start: Instant,
    sampler: Sampler,
}

impl Differing {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), sampler: Sampler::new() }
    }

    pub(super) fn report(&self, delivery: &Delivery, keys: &Keys, claimed: Note) {
        if keys.note() != claimed
            && let Some(left_out) = self.sampler.admit(self.start.elapsed())
        {
            let provider = delivery.provider();
            tracing::warn!(
                provider,
                left_out,
                "a duplicate's unsigned headers differ from the handled delivery's"
            );
        }
    }
}
