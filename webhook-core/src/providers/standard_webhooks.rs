//! Standard Webhooks, also as Svix sends it: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in
//! `webhook-signature: v1,<base64>`, or the same under `svix-*` headers.
//!
//! The id is signed, and stays the same when a delivery is sent again. Other versions in the list of
//! signatures (`v1a`, a public-key scheme) are ignored. The secret is base64, with or without `whsec_`
//! before it. Senders whose secrets look different have modules of their own.
//!
//! Source: the Standard Webhooks specification and its reference libraries, 2026-11.

use crate::keys::{Encoding, KeyFormat};
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Standard Webhooks, as a type.
#[derive(Debug)]
pub enum StandardWebhooks {}

/// The scheme of a sender that follows the specification, under its name.
pub(super) const fn scheme(name: &'static str) -> Scheme {
    with_headers(name, "webhook-signature", "webhook-timestamp", "webhook-id")
}

/// The same with the header names that Svix uses.
pub(super) const fn svix_scheme(name: &'static str) -> Scheme {
    with_headers(name, "svix-signature", "svix-timestamp", "svix-id")
}

const fn with_headers(
    name: &'static str,
    signature: &'static str,
    timestamp: &'static str,
    id: &'static str,
) -> Scheme {
    Scheme::new(name, signature)
        .fields(' ', ',', "v1")
        .encoding(Encoding::Base64)
        .timestamp(timestamp)
        .delivery_id(id)
        .signs(&[Part::Id, Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body])
        .key(KeyFormat::Base64 { prefix: "whsec_" })
}

impl SchemeProvider for StandardWebhooks {
    const SCHEME: Scheme =
        scheme("standard_webhooks").or(&const { svix_scheme("standard_webhooks") });
}

impl SignsTime for StandardWebhooks {}

/// The endpoint's secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<StandardWebhooks>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<StandardWebhooks>("Standard Webhooks")
    .credential("endpoint secret (`whsec_...`)", "the sender's webhook settings")
    .documentation("https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md");

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: standard-webhooks/libraries/javascript/src/webhook.test.ts, "sign function works".
    pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);

    fn headers<'a>(prefix: &str, id: &'a str, signature: &'a str) -> Vec<(String, &'a str)> {
        vec![
            (format!("{prefix}-id"), id),
            (format!("{prefix}-timestamp"), "1614265330"),
            (format!("{prefix}-signature"), signature),
        ]
    }

    /// That a provider which shares this scheme accepts the example, under each of these header names.
    #[track_caller]
    pub(crate) fn accepts_the_example<P: SchemeProvider>(secret: &str, prefixes: &[&str]) {
        let secret = crate::Key::<P>::new(secret).unwrap();
        for prefix in prefixes {
            let delivery = verified(&secret, &headers(prefix, ID, SIGNATURE), BODY, NOW);
            assert_eq!(delivery.id(), Some(ID));
            assert!(delivery.id_is_signed());
            assert_eq!(delivery.provider(), P::SCHEME.name());
        }
    }

    #[test]
    fn the_published_example_is_accepted_under_both_sets_of_names() {
        for secret in [SECRET, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            accepts_the_example::<StandardWebhooks>(secret, &["webhook", "svix"]);
        }
    }

    #[test]
    fn signing_writes_the_published_example() {
        let signed = Secret::new(SECRET).unwrap().sign(BODY.as_bytes(), NOW, Some(ID)).unwrap();
        assert!(signed.contains(&("webhook-signature", SIGNATURE.to_owned())));
    }

    /// Published: the same file, "multi sig payload is valid".
    #[test]
    fn one_of_several_signatures_is_enough() {
        let other = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        let list = format!("v1,{other} v2,{other} {SIGNATURE} v1,{other}");
        verified(&Secret::new(SECRET).unwrap(), &headers("webhook", ID, &list), BODY, NOW);
    }

    #[test]
    fn the_id_is_signed() {
        let secret = Secret::new(SECRET).unwrap();
        let kind = |id| refused(&secret, &headers("webhook", id, SIGNATURE), BODY, NOW);
        assert_eq!(kind("msg_other"), VerifyErrorKind::InvalidSignature);
        assert_eq!(kind("msg.other"), VerifyErrorKind::InvalidDeliveryId);
        assert_eq!(kind(""), VerifyErrorKind::InvalidDeliveryId);
        assert_eq!(
            refused(&secret, &headers("webhook", ID, SIGNATURE)[1..].to_vec(), BODY, NOW),
            VerifyErrorKind::InvalidDeliveryId
        );
    }

    #[test]
    fn the_sets_of_names_do_not_mix() {
        let mut mixed = headers("webhook", ID, SIGNATURE);
        mixed[0].0 = "svix-id".to_owned();
        assert_eq!(
            refused(&Secret::new(SECRET).unwrap(), &mixed, BODY, NOW),
            VerifyErrorKind::InvalidDeliveryId
        );
    }

    #[test]
    fn another_version_alone_is_another_scheme() {
        let list = SIGNATURE.replace("v1", "v1a");
        assert_eq!(
            refused(&Secret::new(SECRET).unwrap(), &headers("webhook", ID, &list), BODY, NOW),
            VerifyErrorKind::MalformedSignature
        );
    }
}
