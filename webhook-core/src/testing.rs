//! Signed deliveries for tests of services.
//!
//! The adapters build ready requests from these. The functions panic on errors, so that the test fails.

#![expect(clippy::panic, clippy::missing_panics_doc, reason = "tests fail by panicking")]

use std::time::SystemTime;

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::headers::Head;
use crate::key::Key;
use crate::provider::SchemeProvider;
use crate::scheme::{Outgoing, SignedHeaders};
use crate::timestamp::UnixTime;
use crate::verify::Verify as _;

/// The delivery id of every delivery that this module signs.
pub const DELIVERY_ID: &str = "test_delivery";

/// Returns the headers of a delivery with this body, posted to `target` (path and query) now.
pub fn signed_headers<P: SchemeProvider>(key: &Key<P>, target: &str, body: &[u8]) -> SignedHeaders {
    let now = UnixTime::from(SystemTime::now());
    let outgoing = Outgoing::new(body, now).id(DELIVERY_ID).target(target);
    let signed = key.verifier().sign(&outgoing);
    signed.unwrap_or_else(|error| panic!("a test delivery cannot be signed: {error}"))
}

/// Returns a verified delivery with this body, to test a handler on its own.
///
/// ```
/// use webhook_core::{Payload, providers::svara, testing};
///
/// let secret = svara::Secret::new("test-secret")?;
/// let delivery = testing::delivery(&secret, r#"{"event":"voice_note.sent"}"#);
/// let event = svara::Event::from_delivery(&delivery)?;
/// assert_eq!(event.name, "voice_note.sent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn delivery<P: SchemeProvider>(key: &Key<P>, body: impl Into<Bytes>) -> Delivery {
    let body = body.into();
    let headers = signed_headers(key, "/", &body);
    let now = UnixTime::from(SystemTime::now());
    let verified = key.verify(&Head::new("POST", "/", &headers), &body, now);
    verified.unwrap_or_else(|error| panic!("a test delivery cannot be verified: {error}"))
}
