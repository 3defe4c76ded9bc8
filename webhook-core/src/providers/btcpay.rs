//! BTCPay Server: hex HMAC-SHA256 of the body in `BTCPay-Sig: sha256=<hex>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The signed body has a `deliveryId`, which changes with every retry, and an
//! `originalDeliveryId`, which does not. Compare the latter in your handler to recognize retries.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: btcpayserver, BTCPayServer/Plugins/Webhooks/WebhookSender.cs, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// BTCPay Server, as a type.
#[derive(Debug)]
pub enum BtcPay {}

impl SchemeProvider for BtcPay {
    const SCHEME: Scheme = Scheme::new("btcpay", "btcpay-sig").prefix("sha256=");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<BtcPay>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<BtcPay>("BTCPay Server")
    .credential("webhook secret", "the store's settings, Webhooks")
    .documentation("https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks")
    .retries("after 10 s, 1 min, then six times every 10 min")
    .retries_after(&[10, 60, 600, 600, 600, 600, 600, 600]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"deliveryId":"b","originalDeliveryId":"a","isRedelivery":true}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=d5d1154aed1c3e419665aa18ca67b2b305abdefc4c408800feb253c583032e6b";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_delivery_id_of_a_retry_is_no_id() {
        let headers = [("BTCPay-Sig", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), None);
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("BTCPay-Sig", &SIGNATURE["sha256=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
