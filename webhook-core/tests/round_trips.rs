//! For every provider and scheme, and for any body, time and id: `sign` writes what the provider would send,
//! and `verify` accepts it. The expected signatures come from the `hmac` crate alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::schemes::*;
use common::{NOW, base64, base64url, cases, hex, hmac, secret, verify};
use proptest::collection::vec;
use proptest::prelude::*;
use webhook_core::Algorithm::{HmacSha1, HmacSha256, HmacSha512};
use webhook_core::providers::github::GitHub;
use webhook_core::providers::samva::Samva;
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::providers::stripe::Stripe;
use webhook_core::providers::svara::Svara;
use webhook_core::providers::voisnap::Voisnap;
use webhook_core::providers::voxpria::VoxPria;
use webhook_core::{SchemeProvider, SignErrorKind, UnixTime, VerifyErrorKind};

const TEXT: &str = "whsec_text";
const WHSEC: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[derive(Debug)]
struct Message {
    body: Vec<u8>,
    now: UnixTime,
    secs: String,
    millis: String,
    id: String,
}

fn messages() -> impl Strategy<Value = Message> {
    // The ids do not contain the `.` and `!` that follow them in some schemes.
    (vec(any::<u8>(), 0..300), any::<u64>(), "[\"-\\-/-~]{1,255}").prop_map(|(body, millis, id)| {
        Message {
            body,
            now: UnixTime::from_millis(millis),
            secs: (millis / 1000).to_string(),
            millis: millis.to_string(),
            id,
        }
    })
}

/// Checks that `sign` writes exactly these headers, and that `verify` accepts them and refuses a request
/// without them.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "callers can pass list literals")]
fn agrees<P: SchemeProvider>(text: &str, message: &Message, headers: Vec<(&'static str, String)>) {
    let secret = secret::<P>(text);
    let Message { body, now, id, .. } = message;
    assert_eq!(secret.sign(body, *now, Some(id)).unwrap(), headers, "{}", P::SCHEME.name());
    let delivery = verify(&secret, &headers, body, *now).unwrap();
    assert_eq!(delivery.body(), body);
    assert_eq!(delivery.key_index(), 0);
    let carries_id =
        headers.iter().any(|(name, _)| name.ends_with("id") || *name == "x-github-delivery");
    assert_eq!(delivery.id(), carries_id.then_some(&**id));
    assert_eq!(delivery.fingerprints().count(), 1);
    let another = [body, &b"\n"[..]].concat();
    assert_eq!(
        verify(&secret, &headers, &another, *now).unwrap_err(),
        VerifyErrorKind::InvalidSignature
    );
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_provider_accepts_what_it_signs(message in messages()) {
        let Message { body, secs, id, .. } = &message;
        let mac = |key: &[u8], parts: &[&[u8]]| hmac(HmacSha256, key, parts);
        let of_body = hex(&mac(TEXT.as_bytes(), &[body]));
        let of_time = hex(&mac(TEXT.as_bytes(), &[secs.as_bytes(), b".", body]));
        agrees::<GitHub>(TEXT, &message, vec![
            ("x-hub-signature-256", format!("sha256={of_body}")),
            ("x-github-delivery", id.clone()),
        ]);
        agrees::<Samva>(TEXT, &message, vec![("x-webhook-signature", format!("sha256={of_body}"))]);
        agrees::<Svara>(TEXT, &message, vec![("x-svara-signature", of_body.clone())]);
        agrees::<VoxPria>(TEXT, &message, vec![("x-voxpria-signature", format!("sha256={of_body}"))]);
        agrees::<Stripe>(TEXT, &message, vec![("stripe-signature", format!("t={secs},v1={of_time}"))]);
        agrees::<Voisnap>(TEXT, &message, vec![
            ("x-webhook-signature", format!("sha256={of_time}")),
            ("x-webhook-timestamp", secs.clone()),
            ("x-webhook-delivery-id", id.clone()),
        ]);
        let key: Vec<u8> = (0..32).collect();
        let signature = mac(&key, &[id.as_bytes(), b".", secs.as_bytes(), b".", body]);
        agrees::<StandardWebhooks>(WHSEC, &message, vec![
            ("webhook-signature", format!("v1,{}", base64(&signature))),
            ("webhook-timestamp", secs.clone()),
            ("webhook-id", id.clone()),
        ]);
    }

    #[test]
    fn every_scheme_accepts_what_it_signs(message in messages()) {
        let Message { body, secs, millis, id, .. } = &message;
        let (secs_, millis_, id_) = (secs.as_bytes(), millis.as_bytes(), id.as_bytes());
        let mac = |parts: &[&[u8]]| hmac(HmacSha256, TEXT.as_bytes(), parts);
        let one = |value: String| vec![("x-signature", value)];
        let two = |value: String, other: (&'static str, &str)| {
            vec![("x-signature", value), (other.0, other.1.to_owned())]
        };
        let of_body = mac(&[body]);
        let of_time = hex(&mac(&[millis_, b".", body]));

        agrees::<Bare>(TEXT, &message, one(hex(&of_body)));
        let signature = hex(&mac(&[b"v0:", secs_, b":", body]));
        agrees::<Prefixed>(TEXT, &message, two(format!("v0={signature}"), ("x-time", secs)));
        agrees::<Listed>(TEXT, &message, one(format!("t={millis},v1={of_time}")));
        let signature = hex(&mac(&[secs_, b":", body]));
        agrees::<Semicolons>(TEXT, &message, one(format!("ts={secs};h1={signature}")));
        let signature = hmac(HmacSha512, TEXT.as_bytes(), &[id_, b".", secs_, b".", body]);
        agrees::<Versioned>(TEXT, &message, [
            two(format!("v1,{}", base64(&signature)), ("x-time", secs)),
            vec![("x-id", id.clone())],
        ].concat());
        agrees::<Positional>(TEXT, &message, one(format!("{millis},{of_time}")));
        let signature = hex(&mac(&[body, millis_]));
        agrees::<BodyFirst>(TEXT, &message, one(format!("v={millis},d={signature}")));
        let signature = hex(&mac(&[body, b".", id_, b"!"]));
        agrees::<IdLast>(TEXT, &message, two(signature, ("x-id", id)));
        agrees::<TwoHeaders>(TEXT, &message, vec![("x-signature-1", base64(&of_body))]);
        let signature = base64url(&mac(&[millis_, b".", body]));
        agrees::<Base64Url>(TEXT, &message, one(format!("t={millis},v1={signature}")));
        let signature = hex(&hmac(HmacSha1, TEXT.as_bytes(), &[body]));
        agrees::<Sha1>(TEXT, &message, one(format!("sha1={signature}")));
        let signature = hex(&hmac(HmacSha512, TEXT.as_bytes(), &[body]));
        agrees::<Sha512>(TEXT, &message, one(format!("sha512={signature}")));
        let required = vec![("x-version", "1".to_owned()), ("x-algorithm", "HmacSHA256".to_owned())];
        agrees::<Requiring>(TEXT, &message, [one(hex(&of_body)), required].concat());
        agrees::<Hinting>(TEXT, &message, two(hex(&of_body), ("x-id", id)));
        agrees::<Either>(TEXT, &message, vec![("a-signature", hex(&of_body))]);
        let key = [0x00, 0xff, 0x10, 0xab];
        agrees::<HexKey>("00Ff10aB", &message, one(base64(&hmac(HmacSha256, &key, &[body]))));
        let signature = hex(&hmac(HmacSha256, &key, &[body]));
        agrees::<Base64Key>("AP8Qqw", &message, one(format!("hmac-sha256={signature}")));
    }

    /// The keys are shorter than, as long as, and longer than a block of the hash.
    #[test]
    fn keys_of_any_length_work(key in "[!-~]{1,200}", body in vec(any::<u8>(), 0..100)) {
        let signature = hex(&hmac(HmacSha256, key.as_bytes(), &[&body]));
        let signed = secret::<Bare>(&key).sign(&body, NOW, None).unwrap();
        prop_assert_eq!(signed, vec![("x-signature", signature)]);
    }

    #[cfg(feature = "rfc3339")]
    #[test]
    fn rfc3339_times_work(message in messages(), millis in 0..253_402_207_200_000_u64) {
        let now = UnixTime::from_millis(millis);
        let time = jiff::Timestamp::from_millisecond(millis.try_into().unwrap()).unwrap().to_string();
        let message = Message { now, ..message };
        let Message { body, id, .. } = &message;
        // It would have no end: the time is signed right behind it.
        prop_assume!(!id.contains('{'));
        let signature = hex(&hmac(HmacSha256, TEXT.as_bytes(), &[id.as_bytes(), time.as_bytes(), body]));
        agrees::<Written>(TEXT, &message, vec![
            ("x-signature", format!("sha256={signature}")),
            ("x-time", time.clone()),
            ("x-id", id.clone()),
        ]);
        let signature = base64(&hmac(HmacSha256, TEXT.as_bytes(), &[body, time.as_bytes()]));
        agrees::<WrittenLast>(TEXT, &message, vec![("x-signature", signature), ("x-time", time)]);
    }
}

#[test]
fn signing_requires_a_valid_id_if_the_id_is_signed() {
    let whsec = secret::<StandardWebhooks>(WHSEC);
    let long = "x".repeat(256);
    for id in [None, Some(""), Some("a.b"), Some("a b"), Some("\u{e9}"), Some(&*long)] {
        let error = whsec.sign(b"{}", NOW, id).unwrap_err();
        assert_eq!(error.kind(), SignErrorKind::InvalidDeliveryId, "{id:?}");
    }
    let voisnap = secret::<Voisnap>(TEXT);
    for id in ["", "a b", &long] {
        let error = voisnap.sign(b"{}", NOW, Some(id)).unwrap_err();
        assert_eq!(error.kind(), SignErrorKind::InvalidDeliveryId, "{id:?}");
    }
    let signed = voisnap.sign(b"{}", NOW, None).unwrap();
    assert_eq!(verify(&voisnap, &signed, b"{}", NOW).unwrap().id(), None);
}
