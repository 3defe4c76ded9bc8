//! Twilio SendGrid: base64 ECDSA P-256 signature of `{timestamp}{body}` in
//! `X-Twilio-Email-Event-Webhook-Signature`.
//!
//! The user holds the verification key, base64, from Settings, Mail Settings, Event Webhook, Security
//! features. The time, in `X-Twilio-Email-Event-Webhook-Timestamp`, and the body are signed. No delivery id
//! is: a body is a batch of events, each with its own `sg_event_id`. SendGrid documents no tolerance; 300 s
//! is this crate's. Bodies end in CRLF, which is signed: whatever trims them breaks the signature.
//!
//! Whoever replays a request can turn its signature into a second one that verifies, as ECDSA has it. Replays
//! are recognized by the message instead.
//!
//! Source: Twilio SendGrid Docs, "Getting started with the Event Webhook Security Features"; sendgrid-nodejs,
//! `packages/eventwebhook`, 2026-11.

use crate::keys::{Algorithm, Encoding, KeyFormat};
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Twilio SendGrid, as a type.
#[derive(Debug)]
pub enum SendGrid {}

impl SchemeProvider for SendGrid {
    const SCHEME: Scheme = Scheme::new("sendgrid", "x-twilio-email-event-webhook-signature")
        .algorithm(Algorithm::EcdsaP256)
        .encoding(Encoding::Base64)
        .key(KeyFormat::Spki)
        .timestamp("x-twilio-email-event-webhook-timestamp")
        .signs(&[Part::Timestamp, Part::Body]);
}

impl SignsTime for SendGrid {}

/// The webhook's verification key: a public key, in base64.
pub type PublicKey = crate::Key<SendGrid>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<SendGrid>("Twilio SendGrid")
    .credential("verification key", "Settings, Mail Settings, Event Webhook, Security features")
    .documentation(
        "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    );

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: sendgrid-nodejs/packages/eventwebhook/src/eventwebhook.spec.js.
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    const SIGNATURE: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    const BODY: &str = "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";
    const NOW: UnixTime = UnixTime::from_secs(1_600_112_502);

    #[test]
    fn the_published_example_is_accepted_with_its_final_crlf() {
        let headers = [
            ("X-Twilio-Email-Event-Webhook-Signature", SIGNATURE),
            ("X-Twilio-Email-Event-Webhook-Timestamp", "1600112502"),
        ];
        let key = PublicKey::new(KEY).unwrap();
        assert_eq!(verified(&key, &headers, BODY, NOW).signed_at(), Some(NOW));
        assert_eq!(
            refused(&key, &headers, BODY.trim_end(), NOW),
            VerifyErrorKind::InvalidSignature
        );
    }
}
