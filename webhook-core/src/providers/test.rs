//! What the providers' tests share.

use bytes::Bytes;

use crate::{
    Answer, Checked, Clock, Delivery, Head, Headers, UnixTime, Verify, VerifyError, VerifyErrorKind,
};

/// No headers.
pub(super) const NONE: [(&str, &str); 0] = [];

fn verify(
    secret: &impl Verify,
    headers: &impl Headers,
    body: &str,
    now: UnixTime,
) -> Result<Delivery, VerifyError> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    secret.verify(&Head::new("POST", "/", headers), &body, now)
}

#[track_caller]
pub(super) fn verified(
    secret: &impl Verify,
    headers: &impl Headers,
    body: &str,
    now: UnixTime,
) -> Delivery {
    verify(secret, headers, body, now).unwrap()
}

#[track_caller]
pub(super) fn refused(
    secret: &impl Verify,
    headers: &impl Headers,
    body: &str,
    now: UnixTime,
) -> VerifyErrorKind {
    verify(secret, headers, body, now).unwrap_err().kind()
}

/// The answer to an unsigned handshake; `None` if the request is not taken for one.
pub(super) fn answered(
    verify: &impl Verify,
    method: &str,
    target: &str,
    headers: &impl Headers,
) -> Option<Answer> {
    let head = Head::new(method, target, headers);
    let verification = verify.begin(&head, Clock::at(UnixTime::from_secs(0))).ok()?;
    match verification.finish(&Bytes::new()).ok()? {
        Checked::Handshake { answer, delivery: None } => Some(answer),
        _ => None,
    }
}

/// Signs the body, verifies it and reads the event.
#[cfg(feature = "events")]
#[track_caller]
pub(super) fn event<P: crate::SchemeProvider, E: crate::Payload>(
    body: &str,
    hints: &[(&'static str, &str)],
) -> Result<E, crate::Rejection> {
    let secret = crate::Key::<P>::new("secret").unwrap();
    let now = UnixTime::from_secs(1_700_000_000);
    let mut headers = secret.sign(body.as_bytes(), now, None).unwrap();
    headers.extend(hints.iter().map(|(name, value)| (*name, (*value).to_owned())));
    E::from_delivery(&verified(&secret, &headers, body, now))
}
