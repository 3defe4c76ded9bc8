//! Wise: base64 RSA-SHA256 signature of the body in `X-Signature-SHA256`.
//!
//! The user holds Wise's public key, PEM or base64, from the documentation: one for production, another for
//! the sandbox. Only the body is signed: a captured request stays valid as long as the key. `X-Delivery-Id`
//! is an unsigned id, and `X-Test-Notification` an unsigned hint. Wise waits 5 s and sends again up to 25
//! times within two weeks.
//!
//! No published vector: the test's key and signature are ours, made with openssl.
//!
//! Source: Wise Platform Docs, "Webhook event handling", 2026-11.

use crate::keys::{Algorithm, Encoding, KeyFormat};
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Wise, as a type.
#[derive(Debug)]
pub enum Wise {}

impl SchemeProvider for Wise {
    const SCHEME: Scheme = Scheme::new("wise", "x-signature-sha256")
        .algorithm(Algorithm::RsaSha256)
        .encoding(Encoding::Base64)
        .key(KeyFormat::Spki)
        .delivery_id("x-delivery-id")
        .hints(&["x-test-notification"]);
}

/// Wise's public key for webhooks, in PEM or base64.
pub type PublicKey = crate::Key<Wise>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Wise>("Wise")
    .credential("public key", "Wise's documentation, Webhook event handling")
    .documentation("https://docs.wise.com/guides/developer/webhooks/event-handling")
    .retries("up to 25 times within two weeks")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1hZBKlqys52lfKWrI+ilWZ1cb3Kib5N/NMzX5+87nYbe9G9ncJ+oYyYVT9L609kqk3ZQQbzKGiWfOnnJ84A3K87eRKJHx0B2GmHhWcs0maZ9UK9845LtQ8OMK0g2KE73ge1kzG5cOtSWPVAt0Kl49iZyjUf/dPRWaycedvMgc5UjYvHBmS7EewLtGo6AAEFoDfKb/nxES85nUvzVioSUXsrtV/MavGRTKHufs/mW0cwPkwht86oItVbbx0bAttfeZ8kOPUcZ+Vx6GutVYmMsnNnZmKxxk/+yz98p0jsEt2rjJ/rowLukl4wb7jMMg4FWmRqNW/KUZAXQ4UROhGoPVwIDAQAB";
    const SIGNATURE: &str = "Jyiu8kwBzjhZ3NXzuaYUXsUHvR6jPf4IniSZZmaTKyj9PdDDcFrm52NTnK7Fbdbf1HqGjzpswSIiMa+wXQD5gdALmXmAbeMJLl1+LIHBzwaDJAhZvqG0eliqWumRUnlIhpq8Dg3z75n/69szneFuZq2RescFk5d37CIFtkYLWizk39YbWn7jldZsPuV/65DC7XCExT2rPGo7SBkvOLflNQ2GgpZ9jKQsgLEmWsI0oQow3TDslJbbx5VYVCxDaxS5T9I8y/6kF7ANCZlw31GIB3p6+oSvm9IvevWWtlTGQQHtIiceomjkY3Cl5x7dFudBNkD6FW1WDwRH/6LB3fxBcg==";

    #[test]
    fn the_body_alone_is_signed() {
        let headers = [("X-Signature-SHA256", SIGNATURE), ("X-Delivery-Id", "delivery-1")];
        let key = PublicKey::new(KEY).unwrap();
        let delivery = verified(&key, &headers, "{}", UnixTime::from_secs(0));
        assert_eq!(delivery.id(), Some("delivery-1"));
        assert!(!delivery.id_is_signed());
        let kind = refused(&key, &headers, "{ }", UnixTime::from_secs(0));
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
