use super::candidate::{Candidate, Key};
use super::explainer::Explainer;
use super::explanation::Tried;
use super::time;
use crate::clock::Clock;
use crate::error::VerifyErrorKind;
use crate::headers::Head;
use crate::registry::{Credentials, Entry};
use crate::scheme::{PublicUrl, Verifier};
use crate::timestamp::UnixTime;
use crate::verify::{Checked, Verify};

/// How many bytes one explanation hashes at most, counting 1 KiB for each verification besides its
/// body, and more for public keys. Without a limit, a body would decide how long an explanation takes.
pub const MAX_HASHED_BYTES: u64 = 128 * 1024 * 1024;

/// What a verification costs besides hashing the body, in bytes that could be hashed instead.
const VERIFICATION: u64 = 1024;
const PUBLIC_KEY_VERIFICATION: u64 = 256 * 1024;

/// What became of a candidate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It verifies at the time at which it was received.
    Verified,
    /// It verifies, but at this time only, which is the one that is signed.
    At(UnixTime),
    Refused(VerifyErrorKind),
    /// The key cannot be read.
    Unusable,
}

impl Verdict {
    pub(super) const fn is_authentic(self) -> bool {
        matches!(self, Self::Verified | Self::At(_))
    }
}

/// Runs verifications, and counts them.
pub(super) struct Trial<'a> {
    explainer: &'a Explainer<'a>,
    pub(super) tried: Tried,
}

impl<'a> Trial<'a> {
    pub(super) fn new(explainer: &'a Explainer<'a>) -> Self {
        Self { explainer, tried: Tried::default() }
    }

    /// Notes what is varied next.
    pub(super) fn varies(&mut self, what: &'static str) {
        if !self.tried.variations.contains(&what) {
            self.tried.variations.push(what);
        }
    }

    /// Pays for a verification of so many bytes. Returns whether the search may go on.
    pub(super) fn pay(&mut self, len: usize) -> bool {
        let public = self.explainer.entry.has_public_key();
        let fixed = if public { PUBLIC_KEY_VERIFICATION } else { VERIFICATION };
        let cost = u64::try_from(len).unwrap_or(u64::MAX).saturating_add(fixed);
        let spent = self.tried.hashed_bytes.saturating_add(cost);
        if spent > MAX_HASHED_BYTES {
            self.tried.exhausted = true;
            return false;
        }
        self.tried.hashed_bytes = spent;
        self.tried.verifications += 1;
        true
    }

    /// Verifies as the provider's entry does.
    pub(super) fn verdict(&mut self, candidate: &Candidate) -> Verdict {
        self.verdict_by(self.explainer.entry, candidate)
    }

    pub(super) fn verdict_by(&mut self, entry: &Entry, candidate: &Candidate) -> Verdict {
        let Some(verify) = self.verifier(entry, candidate) else { return Verdict::Unusable };
        let now = candidate.request.received_at;
        match self.at(&*verify, candidate, now) {
            Ok(()) => Verdict::Verified,
            Err(VerifyErrorKind::TimestampOutsideTolerance) => {
                let times = time::signed(entry, &candidate.request);
                let own =
                    times.into_iter().find(|time| self.at(&*verify, candidate, *time).is_ok());
                own.map_or(
                    Verdict::Refused(VerifyErrorKind::TimestampOutsideTolerance),
                    Verdict::At,
                )
            }
            Err(kind) => Verdict::Refused(kind),
        }
    }

    fn at(
        &mut self,
        verify: &dyn Verify,
        candidate: &Candidate,
        now: UnixTime,
    ) -> Result<(), VerifyErrorKind> {
        let request = &candidate.request;
        let head = Head::new(&request.method, &request.target, request);
        let begun = verify.begin(&head, Clock::at(now)).map_err(|error| error.kind())?;
        if !self.pay(request.body.len()) {
            return Err(VerifyErrorKind::InvalidSignature);
        }
        let delivery = begun.finish(&request.body).and_then(Checked::into_delivery);
        delivery.map(drop).map_err(|error| error.kind())
    }

    /// Whether it is a handshake that is not signed, which adapters answer.
    pub(super) fn is_handshake(&self, candidate: &Candidate) -> bool {
        let request = &candidate.request;
        let head = Head::new(&request.method, &request.target, request);
        self.verifier(self.explainer.entry, candidate).is_some_and(|verify| {
            let begun = verify.begin(&head, Clock::at(request.received_at));
            let checked = begun.and_then(|begun| begun.finish(&request.body));
            matches!(checked, Ok(Checked::Handshake { delivery: None, .. }))
        })
    }

    pub(super) fn verifier(&self, entry: &Entry, candidate: &Candidate) -> Option<Box<dyn Verify>> {
        let url = candidate.url.as_deref().and_then(|url| PublicUrl::new(url).ok());
        match &candidate.key {
            Key::Text(text) => {
                let mut credentials = Credentials::new(text.clone());
                if let Some(url) = url {
                    credentials = credentials.for_url(url);
                }
                entry.verifier(&self.explainer.completed(credentials)).ok()
            }
            Key::Bytes(bytes) => {
                let verifier = Verifier::of_bytes(entry.scheme()?, bytes, url)?;
                Some(match self.explainer.tolerance {
                    Some(tolerance) => Box::new(verifier.with_tolerance(tolerance)),
                    None => Box::new(verifier),
                })
            }
        }
    }
}
