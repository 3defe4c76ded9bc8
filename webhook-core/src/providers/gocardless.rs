//! GoCardless: hex HMAC-SHA256 of the body in `Webhook-Signature: <hex>`.
//!
//! One request may carry many events, each with its own `id`: use those to recognize repeated events.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! The test's signature is ours. `tests/vectors` runs the published example, which is long.
//!
//! Source: GoCardless Developers, "Webhooks"; gocardless-pro-python, tests/webhooks_test.py, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// GoCardless, as a type.
#[derive(Debug)]
pub enum GoCardless {}

impl SchemeProvider for GoCardless {
    const SCHEME: Scheme = Scheme::new("gocardless", "webhook-signature");
}

/// The webhook endpoint's secret, as text.
pub type Secret = crate::Key<GoCardless>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<GoCardless>("GoCardless")
    .credential("webhook endpoint secret", "the Dashboard, Developers, the webhook endpoint")
    .documentation(
        "https://developer.gocardless.com/getting-started/stay-up-to-date-with-webhooks-v2/",
    );

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"events":[{"id":"EV00BD05S5VM2T"}]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "7a6d232f6bb25d03af1ec5eeae7beebcd28b2b633898d089ea1740f3d9351b02";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("ED7D658C-D8EB-4941-948B-3973214F2D49").unwrap()
    }

    #[test]
    fn a_signed_body_is_accepted() {
        let headers = [("Webhook-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn standard_webhooks_are_another_scheme() {
        let headers = [("Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
