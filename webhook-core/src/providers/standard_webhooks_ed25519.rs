//! Standard Webhooks (public key): base64 Ed25519 of `{id}.{timestamp}.{body}` in `webhook-signature: v1a,<base64>`.
//!
//! Also with Svix' header names. You hold the sender's public key, so that nobody who reads your configuration
//! can sign. The id is signed, and stays the same when a delivery is sent again. The time may be 300 s off, as
//! in the reference libraries. Other versions in the list of signatures, such as `v1`, are ignored. The key is
//! base64, with or without `whpk_` before it.
//!
//! Source: the Standard Webhooks specification; svix-webhooks, `server/svix-server/src/worker.rs`, 2026-11.

use crate::keys::{Algorithm, KeyFormat};
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Standard Webhooks with a public key, as a type.
#[derive(Debug)]
pub enum StandardWebhooksEd25519 {}

const NAME: &str = "standard_webhooks_ed25519";

const fn with_public_key(scheme: Scheme) -> Scheme {
    scheme
        .fields(' ', ',', "v1a")
        .algorithm(Algorithm::Ed25519)
        .key(KeyFormat::Base64 { prefix: "whpk_" })
}

impl SchemeProvider for StandardWebhooksEd25519 {
    const SCHEME: Scheme = with_public_key(standard_webhooks::scheme(NAME))
        .or(&const { with_public_key(standard_webhooks::svix_scheme(NAME)) });
}

impl SignsTime for StandardWebhooksEd25519 {}

/// The sender's public key, `whpk_…`, which is base64.
pub type PublicKey = crate::Key<StandardWebhooksEd25519>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<StandardWebhooksEd25519>(
    "Standard Webhooks (public key)",
)
.credential("public key (`whpk_...`)", "the sender's webhook settings")
.documentation(
    "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: svix-webhooks, `worker.rs`, `test_asymmetric_key_signing`.
    const KEY: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    const SIGNATURE: &str = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);

    fn headers(signatures: &str) -> [(&str, &str); 3] {
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", signatures),
        ]
    }

    #[test]
    fn the_published_example_is_accepted_beside_a_v1() {
        let key = PublicKey::new(KEY).unwrap();
        let both = format!("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= {SIGNATURE}");
        for signatures in [SIGNATURE, &both] {
            let delivery = verified(&key, &headers(signatures), BODY, NOW);
            assert!(delivery.id_is_signed());
        }
        let other = refused(&key, &headers(SIGNATURE), "{}", NOW);
        assert_eq!(other, VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn a_v1_alone_is_another_scheme() {
        let key = PublicKey::new(KEY).unwrap();
        let v1 = SIGNATURE.replace("v1a", "v1");
        assert_eq!(refused(&key, &headers(&v1), BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
