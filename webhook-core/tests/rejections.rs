//! Verifications that note what they reject.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Mutex};

use common::{NOW, read, secret};
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::svara;
use webhook_core::{
    Bytes, Clock, Delivery, Endpoint, Head, RejectionKind, Verification, Verify, VerifyError,
    VerifyErrorKind,
};

/// Reads a body piece by piece, with the head that the sender signed for `genuine`.
fn received(
    settings: &Settings,
    endpoint: Option<&Endpoint>,
    body: &[u8],
) -> Result<Delivery, RejectionKind> {
    let headers = secret::<svara::Svara>("text").sign(b"genuine", NOW, None).unwrap();
    let head = Head::new("POST", "/", &headers);
    let mut intake = Intake::begin(settings, endpoint, &head, None).unwrap();
    read(&mut intake, body.chunks(2).map(Bytes::copy_from_slice))
}

/// Notes what it rejects.
struct Noting(svara::Secret, Arc<Mutex<Vec<(Bytes, VerifyErrorKind)>>>);

impl Verify for Noting {
    fn provider(&self) -> &'static str {
        self.0.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let noted = self.1.clone();
        let verification = self.0.begin(head, clock)?;
        Ok(verification.on_rejection(move |body, error| {
            noted.lock().unwrap().push((body.clone(), error.kind()));
        }))
    }
}

#[test]
fn what_turns_out_not_to_be_authentic_is_noted_with_its_body() {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let settings = Settings::new(Noting(secret::<svara::Svara>("text"), noted.clone()), || NOW);
    assert!(received(&settings, None, b"genuine").is_ok());
    assert!(noted.lock().unwrap().is_empty());
    assert!(received(&settings, None, b"forged").is_err());
    let expected = (Bytes::from("forged"), VerifyErrorKind::InvalidSignature);
    assert_eq!(*noted.lock().unwrap(), [expected]);
}

#[test]
fn who_is_unknown_stays_refused_by_a_verification_that_is_noted() {
    let unknown = Endpoint::unknown(Noting(secret::<svara::Svara>("text"), Arc::default()));
    let settings = Settings::per_request(|| NOW);
    assert!(received(&settings, Some(&unknown), b"genuine").is_err());
}
