//! What the tests share.
#![allow(dead_code, reason = "each test uses its part")]

use webhook_core::providers::svara;
use webhook_core::{Bytes, Head, UnixTime, Verify, VerifyErrorKind};

pub(crate) const BODY: Bytes = Bytes::from_static(br#"{"event":"call.ended"}"#);
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// The headers of a request that is signed with this secret of Svara.
pub(crate) fn signed_with(secret: &str) -> impl webhook_core::Headers {
    svara::Secret::new(secret).unwrap().sign(&BODY, NOW, None).unwrap()
}

/// Whether a request that is signed with this secret of Svara is accepted.
pub(crate) fn accepts(verify: &(impl Verify + ?Sized), secret: &str) -> bool {
    let headers = signed_with(secret);
    match verify.verify(&Head::new("POST", "/", &headers), &BODY, NOW) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
            false
        }
    }
}
