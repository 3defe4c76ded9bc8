use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{Checked, Verification, Verify};
use crate::clock::Clock;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::headers::Head;

/// Accepts what any of several verifiers accepts: one and those it replaces. Made by
/// [`Verify::or_verifier`].
///
/// Each request is verified by all of them, so keep them few.
#[derive(Clone)]
pub struct AnyOf {
    first: Arc<dyn Verify>,
    previous: Vec<Arc<dyn Verify>>,
}

impl AnyOf {
    pub(crate) fn new(first: Arc<dyn Verify>, previous: Vec<Arc<dyn Verify>>) -> Self {
        Self { first, previous }
    }

    /// Adds another one that is being replaced.
    #[must_use]
    pub fn or_verifier(mut self, previous: impl Verify + 'static) -> Self {
        self.previous.push(Arc::new(previous));
        self
    }
}

impl Verify for AnyOf {
    fn provider(&self) -> &'static str {
        self.first.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let mut several = Several(Vec::with_capacity(1 + self.previous.len()));
        let mut refused = None;
        for (index, verify) in std::iter::once(&self.first).chain(&self.previous).enumerate() {
            match verify.begin(head, clock) {
                Ok(verification) => several.0.push((index, verification)),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(error) if several.0.is_empty() => Err(error),
            _ => Ok(Verification::several(several)),
        }
    }
}

/// Shows the provider and the number of verifiers.
impl fmt::Debug for AnyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyOf({}, {})", self.provider(), 1 + self.previous.len())
    }
}

/// Verifications of one request, each with the index of its verifier.
pub(super) struct Several(Vec<(usize, Verification)>);

impl Several {
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.0.iter_mut().for_each(|(_, verification)| verification.update(piece));
    }

    /// What the first that accepts has found, after all have decided.
    pub(super) fn finish(&mut self, whole: &Bytes) -> Result<Checked, VerifyError> {
        let mut outcome = Err(VerifyErrorKind::InvalidSignature.into());
        for (index, mut verification) in self.0.drain(..) {
            let checked = verification.decide(whole.clone());
            // A key that is missing may be the right one.
            if outcome.is_err() && (checked.is_ok() || !is_unavailable(&outcome)) {
                outcome = checked;
                if let Some(delivery) = outcome.as_mut().ok().and_then(Checked::delivery_mut) {
                    delivery.key_index = index;
                }
            }
        }
        outcome
    }
}

fn is_unavailable(outcome: &Result<Checked, VerifyError>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == VerifyErrorKind::KeyUnavailable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;
    use crate::timestamp::UnixTime;
    use crate::verify::by_body;

    struct Fails(VerifyErrorKind);

    impl Provider for Fails {
        const NAME: &'static str = "fails";
    }

    impl Verify for Fails {
        fn provider(&self) -> &'static str {
            Self::NAME
        }

        fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
            let kind = self.0;
            Ok(by_body::<Self>(head, move |_| Err(kind.into())))
        }
    }

    #[test]
    fn a_key_that_is_not_there_yet_outweighs_a_wrong_one() {
        let (invalid, unavailable) =
            (VerifyErrorKind::InvalidSignature, VerifyErrorKind::KeyUnavailable);
        for (first, second, outcome) in [
            (invalid, invalid, invalid),
            (invalid, unavailable, unavailable),
            (unavailable, invalid, unavailable),
        ] {
            let none: [(&str, &str); 0] = [];
            let verify = Fails(first).or_verifier(Fails(second));
            let (head, now) = (Head::new("POST", "/", &none), UnixTime::from_secs(0));
            let error = verify.verify(&head, &Bytes::new(), now).unwrap_err();
            assert_eq!(error.kind(), outcome);
        }
    }
}
