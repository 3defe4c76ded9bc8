//! Requests as the four providers send them. The signatures are ours, made with Python's `hmac`; Courier's
//! with a key made here.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use ed25519_dalek::{Signer as _, SigningKey};
use tower::ServiceExt;
use webhook_tower::custom::{AnyOf, Head, Outgoing, VerifyErrorKind};
use webhook_tower::{Bytes, Payload, RejectionKind, Verify};

use super::*;
use crate::pigeon::Pigeon;

/// When all requests arrive.
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
const PUBLIC_URL: &str = "https://hooks.example.com";

const ORDER: &str = r#"{"event":"order.paid","order":"o_1"}"#;
const ORDER_SIGNATURE: &str = "ts=1700000000000;h1=3Hp3xUXsNLyRMhDUswL5+rdfqqMIih3fNvNxWfTDKp0=";
/// 60.001 s before the others.
const STALE_SIGNATURE: &str = "ts=1699999939999;h1=n8wBq9MZdx73FRO1pbi1sJRPpUnqS1FE7DlYWr0Q5BA=";

const PARCEL: &str = r#"{"parcel":"p_1","status":"delivered"}"#;

const PAYMENT: &str = r#"{"event_id":"ev_1","payment":"p_1"}"#;
/// Of `PAYMENT`, posted to `/market?shop=1`.
const PAYMENT_SIGNATURE: &str = "Wv/uBXKDt8Dn3yp+5YKGKui/8zrLkWpOWoJGnZ4Mu9Y=";

const FORM: &str = "status=delivered&message=m_1&note=a+b%26c";
const FORM_SIGNATURE: &str = "4bf6f758dd5c604ee6e9c91b3ca2dc23d7c42c21deb16ae2d768b137194eafa4";

fn courier_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn courier() -> courier::PublicKey {
    courier::PublicKey::new(hex::encode(courier_key().verifying_key())).unwrap()
}

fn pigeon(secret: &str) -> Pigeon {
    let secret = SecretText::new(secret).unwrap();
    Pigeon::new(&secret, PublicUrl::new(PUBLIC_URL).unwrap()).unwrap()
}

fn at_now(verify: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(verify).clock(|| NOW)
}

fn test_app() -> Router {
    app(Webhooks {
        acme: at_now(acme::Secret::new("acme-secret").unwrap()),
        courier: at_now(courier()),
        market: at_now(market::Secret::for_url("market-secret", PUBLIC_URL).unwrap()),
        pigeon: at_now(pigeon("pigeon-secret")),
    })
}

/// Posts to the app: the status and the text of its answer.
async fn post_to(target: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> (u16, String) {
    let mut request = Request::post(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.into())).unwrap();
    let response = test_app().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let text = to_bytes(response.into_body(), 4096).await.unwrap();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

fn accepted(text: &str) -> (u16, String) {
    (200, text.to_owned())
}

fn refused(status: u16, text: &str) -> (u16, String) {
    (status, format!(r#"{{"error": "{text}"}}"#))
}

mod acme_orders {
    use super::*;

    #[tokio::test]
    async fn a_genuine_order_is_read() {
        let answer = post_to("/acme", &[("Acme-Signature", ORDER_SIGNATURE)], ORDER).await;
        assert_eq!(answer, accepted("order.paid o_1"));
    }

    #[tokio::test]
    async fn any_other_order_is_refused() {
        let tampered = r#"{"event":"order.paid","order":"o_2"}"#;
        let stale = refused(400, "timestamp outside tolerance");
        let malformed = refused(401, "malformed signature");
        let genuine = ("Acme-Signature", ORDER_SIGNATURE);
        for (headers, body, expected) in [
            (&[genuine][..], tampered, refused(401, "invalid signature")),
            (&[("Acme-Signature", STALE_SIGNATURE)], ORDER, stale),
            (&[("Acme-Signature", "ts=1700000000000;h1=3Hp3")], ORDER, malformed.clone()),
            (&[genuine, genuine], ORDER, malformed),
            (&[], ORDER, refused(401, "missing signature")),
        ] {
            assert_eq!(post_to("/acme", headers, body).await, expected);
        }
    }

    #[tokio::test]
    async fn an_order_is_not_read_from_another_providers_delivery() {
        let route = post(ordered).route_layer(at_now(pigeon("pigeon-secret")));
        let request = Request::post("/pigeon").header("Pigeon-Signature", FORM_SIGNATURE);
        let app = Router::new().route("/pigeon", route);
        let response = app.oneshot(request.body(Body::from(FORM)).unwrap()).await.unwrap();
        assert_eq!(response.status(), 500);
    }
}

mod courier_parcels {
    use super::*;

    fn signed(time: &str) -> String {
        hex::encode(courier_key().sign(format!("{time}{PARCEL}").as_bytes()).to_bytes())
    }

    async fn parcel(time: &str, signature: &str) -> (u16, String) {
        let headers = [("Courier-Timestamp", time), ("Courier-Signature", signature)];
        post_to("/courier", &headers, PARCEL).await
    }

    #[tokio::test]
    async fn a_genuine_parcel_travels_through_a_queue() {
        let (status, message) = parcel("1700000000", &signed("1700000000")).await;
        assert_eq!(status, 200, "{message}");
        let (delivery, event) = courier::from_message(&message).unwrap();
        assert_eq!(delivery.provider(), "courier");
        assert_eq!(delivery.signed_at(), Some(NOW));
        let expected = courier::Event { parcel: "p_1".to_owned(), status: "delivered".to_owned() };
        assert_eq!(event, expected);
    }

    #[tokio::test]
    async fn any_other_parcel_is_refused() {
        let invalid = refused(401, "invalid signature");
        assert_eq!(parcel("1700000001", &signed("1700000000")).await, invalid);
        let stale = refused(400, "timestamp outside tolerance");
        assert_eq!(parcel("1699999699", &signed("1699999699")).await, stale);
    }

    #[test]
    fn a_message_of_another_provider_is_refused() {
        let headers = [("Acme-Signature", ORDER_SIGNATURE)];
        let head = Head::new("POST", "/acme", &headers);
        let secret = acme::Secret::new("acme-secret").unwrap();
        let delivery = secret.verify(&head, &ORDER.into(), NOW).unwrap();
        let event = courier::Event { parcel: String::new(), status: "delivered".to_owned() };
        let message = courier::to_message(&delivery, &event, NOW);
        let error = courier::from_message(&message).unwrap_err();
        assert_eq!(error.to_string(), "a record of another provider");
    }
}

mod market_payments {
    use super::*;

    #[tokio::test]
    async fn the_url_is_signed() {
        let genuine = [("Market-Signature", PAYMENT_SIGNATURE)];
        let answer = post_to("/market?shop=1", &genuine, PAYMENT).await;
        assert_eq!(answer, accepted("ev_1 p_1"));
        let invalid = refused(401, "invalid signature");
        assert_eq!(post_to("/market?shop=2", &genuine, PAYMENT).await, invalid);
        assert_eq!(post_to("/market?shop=1", &genuine, "{}").await, invalid);
    }
}

mod pigeon_messages {
    use super::*;

    async fn message(headers: &[(&str, &str)], form: impl Into<Bytes>) -> (u16, String) {
        post_to("/pigeon", headers, form).await
    }

    fn verify(verify: &impl Verify, signature: &str, form: &str) -> Result<usize, VerifyErrorKind> {
        let headers = [("pigeon-signature", signature)];
        let head = Head::new("POST", "/pigeon", &headers);
        let delivery = verify.verify(&head, &Bytes::from(form.to_owned()), NOW);
        delivery.map(|delivery| delivery.key_index()).map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a_genuine_message_is_read_in_any_order() {
        let genuine = ("Pigeon-Signature", FORM_SIGNATURE);
        let headers = [genuine, ("Pigeon-Event", "delivered")];
        assert_eq!(message(&headers, FORM).await, accepted("m_1 delivered delivered"));
        let turned = "note=a+b%26c&message=m_1&status=delivered";
        assert_eq!(message(&[genuine], turned).await, accepted("m_1 delivered -"));
    }

    #[tokio::test]
    async fn any_other_message_is_refused() {
        let genuine = ("Pigeon-Signature", FORM_SIGNATURE);
        let invalid = refused(401, "invalid signature");
        let malformed = refused(401, "malformed signature");
        assert_eq!(message(&[genuine], "status=failed&message=m_1").await, invalid);
        assert_eq!(message(&[genuine], "a&".repeat(1001)).await, invalid);
        assert_eq!(post_to("/pigeon?a", &[genuine], FORM).await, invalid);
        assert_eq!(message(&[genuine, genuine], FORM).await, malformed);
        assert_eq!(message(&[], FORM).await, refused(401, "missing signature"));
    }

    #[tokio::test]
    async fn a_signature_is_64_hexadecimal_digits_and_nothing_else() {
        let digits = FORM_SIGNATURE;
        for text in [
            "",
            &digits[2..],
            &format!("{digits}00"),
            &format!("0x{digits}"),
            &format!("0x{}", &digits[2..]),
            &format!("+{}", &digits[1..]),
            &"x".repeat(64),
        ] {
            let answer = message(&[("Pigeon-Signature", text)], FORM).await;
            assert_eq!(answer, refused(401, "malformed signature"), "{text}");
        }
    }

    #[test]
    fn a_secret_that_is_being_replaced_is_still_accepted() {
        let both: AnyOf = pigeon("new-secret").or_verifier(pigeon("pigeon-secret"));
        assert_eq!(verify(&both, FORM_SIGNATURE, FORM), Ok(1));
        let new = pigeon("new-secret");
        assert_eq!(verify(&new, FORM_SIGNATURE, FORM), Err(VerifyErrorKind::InvalidSignature));
    }

    #[test]
    fn a_message_is_not_read_from_another_providers_delivery() {
        let secret = acme::Secret::new("acme-secret").unwrap();
        let headers = [("Acme-Signature", ORDER_SIGNATURE)];
        let head = Head::new("POST", "/acme", &headers);
        let delivery = secret.verify(&head, &ORDER.into(), NOW).unwrap();
        let rejection = pigeon::Event::from_delivery(&delivery).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::NotConfigured);
    }

    #[test]
    fn what_is_signed_alike_has_one_fingerprint() {
        let fingerprint = |form: &str| {
            let headers = [("pigeon-signature", FORM_SIGNATURE)];
            let head = Head::new("POST", "/pigeon", &headers);
            let form = Bytes::from(form.to_owned());
            let delivery = pigeon("pigeon-secret").verify(&head, &form, NOW).unwrap();
            delivery.fingerprints().next().unwrap()
        };
        let shifted = "statusd=elivered&message=m_1&note=a+b%26c";
        assert_eq!(fingerprint(FORM), fingerprint(shifted));
    }
}

mod by_name {
    use super::*;

    fn credentials(secret: &str) -> Credentials {
        Credentials::new(SecretText::new(secret).unwrap())
            .for_url(PublicUrl::new(PUBLIC_URL).unwrap())
    }

    #[test]
    fn ours_are_found_beside_the_librarys() {
        for name in ["acme", "courier", "market", "pigeon", "github"] {
            assert_eq!(registry::find(name).unwrap().name(), name);
        }
        assert!(registry::find("nobody").is_none());
    }

    #[test]
    fn a_scheme_signs_for_what_it_verifies() {
        for name in ["acme", "market"] {
            let (entry, credentials) = (registry::find(name).unwrap(), credentials("secret"));
            let headers = entry.sign(&credentials, &Outgoing::new(b"{}", NOW)).unwrap();
            let verify = entry.verifier(&credentials).unwrap();
            let verified = verify.verify(&Head::new("POST", "/", &headers), &"{}".into(), NOW);
            assert!(verified.is_ok(), "{name}");
        }
    }

    #[test]
    fn pigeon_takes_previous_secrets_and_needs_a_url() {
        let entry = registry::find("pigeon").unwrap();
        let previous = SecretText::new("pigeon-secret").unwrap();
        let verify = entry.verifier(&credentials("new-secret").or_previous(previous)).unwrap();
        let headers = [("pigeon-signature", FORM_SIGNATURE)];
        let head = Head::new("POST", "/pigeon", &headers);
        assert_eq!(verify.verify(&head, &FORM.into(), NOW).unwrap().key_index(), 1);
        let without_url = Credentials::new(SecretText::new("secret").unwrap());
        let error = entry.verifier(&without_url).err().unwrap();
        assert_eq!(error.kind(), webhook_tower::custom::SecretErrorKind::UrlRequired);
    }
}
