//! OpenAI: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! The id is signed, and stays the same when a delivery is sent again. The time may be 300 s off, as in OpenAI's
//! libraries. A secret behind `whsec_` is base64; one without it is used as text, unlike in Standard Webhooks.
//!
//! Source: openai-python, `src/openai/lib/_webhooks.py` and `tests/lib/test_webhooks.py`, 2026-11.

use crate::keys::KeyFormat;
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// OpenAI, as a type.
#[derive(Debug)]
pub enum OpenAi {}

impl SchemeProvider for OpenAi {
    const SCHEME: Scheme =
        standard_webhooks::scheme("openai").key(KeyFormat::Base64OrRaw { prefix: "whsec_" });
}

impl SignsTime for OpenAi {}

/// The endpoint's signing secret, usually `whsec_…`.
pub type Secret = crate::Key<OpenAi>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<OpenAi>("OpenAI")
    .credential("signing secret (`whsec_...`)", "the project's settings, Webhooks")
    .documentation("https://platform.openai.com/docs/guides/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};
    use crate::providers::test::verified;

    #[test]
    fn a_secret_without_the_prefix_is_text() {
        // Ours: Python's `hmac` over `msg_1.1700000000.` and the body.
        let headers = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1700000000"),
            ("webhook-signature", "v1,Z7LOVHgQqNYVucAtuAWMYiKXzSRH/ohTQVxCvnFDYdU="),
        ];
        let secret = Secret::new("text").unwrap();
        verified(&secret, &headers, r#"{"id":"evt_1"}"#, UnixTime::from_secs(1_700_000_000));
    }

    #[test]
    fn a_secret_with_the_prefix_is_base64() {
        accepts_the_example::<OpenAi>(SECRET, &["webhook"]);
    }
}
