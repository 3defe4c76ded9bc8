//! What a delivery reports: its bytes, its id, and its fingerprints.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use common::schemes::{Bare, IdLast, Semicolons, TwoHeaders, Versioned};
use common::{BODY, NOW, cases, hmac_hex, refused, secret, verify};
use proptest::collection::vec;
use proptest::prelude::*;
use webhook_core::providers::{github, samva, standard_webhooks, stripe, svara, voisnap, voxpria};
use webhook_core::{
    Bytes, Delivery, Fingerprint, Head, Key, Payload, Provider, SchemeProvider, UnixTime, Verify,
    VerifyErrorKind,
};

fn prints(delivery: &Delivery) -> HashSet<Fingerprint> {
    delivery.fingerprints().collect()
}

/// Signs with the first secret at time `at`, and verifies with all of them.
fn delivered<P: SchemeProvider>(key: &Key<P>, body: &[u8], at: u64, id: &str) -> Delivery {
    let now = UnixTime::from_secs(at);
    let headers = key.sign(body, now, Some(id)).unwrap();
    verify(key, &headers, body, now).unwrap()
}

#[test]
fn a_fingerprint_depends_on_the_signed_message_only() {
    let key: voisnap::Secret = secret("text");
    let first = prints(&delivered(&key, BODY, 1_700_000_000, "dlv_1"));
    assert_eq!(prints(&delivered(&key, BODY, 1_700_000_000, "dlv_1")), first);
    assert_eq!(prints(&delivered(&key, BODY, 1_700_000_000, "dlv_2")), first, "an unsigned id");
    assert!(prints(&delivered(&key, BODY, 1_700_000_001, "dlv_1")).is_disjoint(&first), "time");
    assert!(prints(&delivered(&key, b"{}", 1_700_000_000, "dlv_1")).is_disjoint(&first), "body");
    let other = secret::<voisnap::Voisnap>("other");
    assert!(prints(&delivered(&other, BODY, 1_700_000_000, "dlv_1")).is_disjoint(&first), "secret");

    let signed = secret::<Versioned>("text");
    let first = prints(&delivered(&signed, BODY, 1_700_000_000, "evt_1"));
    assert!(
        prints(&delivered(&signed, BODY, 1_700_000_000, "evt_2")).is_disjoint(&first),
        "signed id"
    );
}

#[test]
fn providers_do_not_share_fingerprints() {
    // The same secret and body give the same MAC.
    let samva = delivered(&secret::<samva::Samva>("text"), BODY, 0, "x");
    let voxpria = delivered(&secret::<voxpria::VoxPria>("text"), BODY, 0, "x");
    assert!(prints(&samva).is_disjoint(&prints(&voxpria)));
}

#[test]
fn unsigned_data_does_not_change_a_fingerprint() {
    let key: github::Secret = secret("text");
    let hex = hmac_hex("text", &[BODY]);
    let with = |hex: &str, extra: &[(&'static str, &str)]| {
        let mut headers = vec![("x-hub-signature-256", format!("sha256={hex}"))];
        headers.extend(extra.iter().map(|(name, value)| (*name, (*value).to_owned())));
        prints(&verify(&key, &headers, BODY, NOW).unwrap())
    };
    let first = with(&hex, &[]);
    assert_eq!(with(&hex.to_uppercase(), &[]), first);
    assert_eq!(with(&hex, &[("x-github-delivery", "1"), ("x-github-event", "push")]), first);
    assert_eq!(with(&hex, &[("content-encoding", "gzip"), ("x-anything", "else")]), first);
}

#[test]
fn a_message_keeps_its_fingerprint_after_a_rotation() {
    let before: voisnap::Secret = secret("old");
    let after = secret::<voisnap::Voisnap>("new").or_previous("old").unwrap();
    let headers = before.sign(BODY, NOW, None).unwrap();
    let [first, again] = [&before, &after].map(|key| verify(key, &headers, BODY, NOW).unwrap());
    assert_eq!((first.key_index(), again.key_index()), (0, 1));
    assert_eq!((prints(&first).len(), prints(&again).len()), (1, 2), "one for each secret");
    assert!(prints(&first).is_subset(&prints(&again)));

    // The sender retries and signs with the new secret, while the receiver still accepts the old one.
    let resent = verify(&after, &after.sign(BODY, NOW, None).unwrap(), BODY, NOW).unwrap();
    assert_eq!(resent.key_index(), 0);
    assert_eq!(prints(&resent), prints(&again));
}

#[test]
fn removing_one_of_two_signatures_keeps_the_fingerprint() {
    let [old, new] = ["old", "new"].map(|key| hmac_hex(key, &[b"1700000000.", BODY]));
    let both = format!("t=1700000000,v1={new},v1={old}");
    let seen = |secrets: &[&str], value: &str| {
        let key = secret::<stripe::Stripe>(secrets[0]);
        let key = secrets[1..].iter().fold(key, |key, text| key.or_previous(text).unwrap());
        prints(&verify(&key, &[("stripe-signature", value)], BODY, NOW).unwrap())
    };
    let first = seen(&["new", "old"], &both);
    assert_eq!(first.len(), 2);
    for stripped in [format!("t=1700000000,v1={new}"), format!("v1={old},t=1700000000")] {
        assert_eq!(seen(&["new", "old"], &stripped), first);
    }
    assert!(!seen(&["old"], &both).is_disjoint(&first));
    assert!(!seen(&["new"], &both).is_disjoint(&first));
}

#[test]
fn each_secret_gives_a_fingerprint() {
    let mut key = secret::<TwoHeaders>("0");
    for count in 1..=4 {
        assert_eq!(prints(&delivered(&key, BODY, 0, "x")).len(), count);
        if count < 4 {
            key = key.or_previous(count.to_string()).unwrap();
        }
    }
    let print = delivered(&key, BODY, 0, "x").fingerprints().next().unwrap();
    assert_eq!(print.to_string(), common::hex(print.as_ref()));
    assert_eq!(print.as_ref().len(), 32);
}

/// The provider of a hand-written verifier.
enum Custom {}

impl Provider for Custom {
    const NAME: &'static str = "custom";
}

/// Expected values: computed by us with Python's `hashlib`, SHA-256 over each part preceded by its length in
/// eight bytes. Users store fingerprints, so the format must not change in an update of this crate.
#[test]
fn the_format_of_fingerprints_does_not_change() {
    let samva = delivered(&secret::<samva::Samva>("text"), BODY, 0, "x");
    assert_eq!(
        samva.fingerprints().next().unwrap().to_string(),
        "54472abfc19a540e2b57999f39de06868b9fd0eff4a89e9261036ecc9120a9b3"
    );
    let custom = Delivery::assume_verified_by_custom_check::<Custom>(&Bytes::new())
        .with_signed_message(&[b"1700000000", BODY]);
    assert_eq!(
        custom.fingerprints().next().unwrap().to_string(),
        "9198f0271d04f48836ad394302d125225b475721e48a9392c19fb84d23251ec6"
    );
}

#[test]
fn only_some_providers_sign_the_id() {
    let signs = |delivery: Delivery| (delivery.id().map(str::to_owned), delivery.id_is_signed());
    let id = Some("x".to_owned());
    let whsec = secret::<standard_webhooks::StandardWebhooks>("whsec_AAAA");
    assert_eq!(signs(delivered(&whsec, BODY, 0, "x")), (id.clone(), true));
    assert_eq!(signs(delivered(&secret::<IdLast>("s"), BODY, 0, "x")), (id.clone(), true));
    assert_eq!(
        signs(delivered(&secret::<voisnap::Voisnap>("s"), BODY, 0, "x")),
        (id.clone(), false)
    );
    assert_eq!(signs(delivered(&secret::<github::GitHub>("s"), BODY, 0, "x")), (id, false));
    assert_eq!(signs(delivered(&secret::<stripe::Stripe>("s"), BODY, 0, "x")), (None, false));
    assert_eq!(signs(delivered(&secret::<samva::Samva>("s"), BODY, 0, "x")), (None, false));
    assert_eq!(signs(delivered(&secret::<svara::Svara>("s"), BODY, 0, "x")), (None, false));
    assert_eq!(signs(delivered(&secret::<voxpria::VoxPria>("s"), BODY, 0, "x")), (None, false));
}

#[test]
fn a_delivery_reports_how_long_it_can_be_replayed() {
    let voisnap = secret::<voisnap::Voisnap>("s");
    let tolerance = |delivery: Delivery| delivery.tolerance().map(|tolerance| tolerance.as_secs());
    assert_eq!(tolerance(delivered(&voisnap, BODY, 0, "x")), Some(300));
    let patient = voisnap.with_tolerance(Duration::from_secs(7));
    assert_eq!(tolerance(delivered(&patient, BODY, 0, "x")), Some(7));
    assert_eq!(tolerance(delivered(&secret::<Semicolons>("s"), BODY, 0, "x")), Some(5));
    assert_eq!(tolerance(delivered(&secret::<samva::Samva>("s"), BODY, 0, "x")), None, "forever");
}

#[test]
fn a_delivery_keeps_the_received_bytes_without_a_copy() {
    let key = secret::<Bare>("text");
    let headers = key.sign(BODY, NOW, None).unwrap();
    let body = Bytes::copy_from_slice(BODY);
    let delivery = key.verify(&Head::new("POST", "/", &headers), &body, NOW).unwrap();
    assert_eq!(delivery.body().as_ptr(), body.as_ptr());
    assert_eq!(Bytes::from_delivery(&delivery).unwrap().as_ptr(), body.as_ptr());
    assert_eq!(delivery.clone().body().as_ptr(), body.as_ptr());
    assert!(delivery.covers_body());
}

#[test]
fn a_body_whose_length_differs_from_its_pieces_is_refused() {
    let key = secret::<Bare>("text");
    let headers = key.sign(BODY, NOW, None).unwrap();
    let finish = |pieces: &[&[u8]], whole: &[u8]| {
        let mut verification = key.begin(&Head::new("POST", "/", &headers), NOW.into()).unwrap();
        for piece in pieces {
            verification.update(piece);
        }
        let result = verification.finish(&Bytes::copy_from_slice(whole));
        result.map(|_| ()).map_err(|error| error.kind())
    };
    let refused = Err(VerifyErrorKind::InvalidSignature);
    assert_eq!(finish(&[BODY], BODY), Ok(()));
    assert_eq!(finish(&[BODY], &BODY[1..]), refused);
    assert_eq!(finish(&[BODY], &[BODY, b"x"].concat()), refused);
    assert_eq!(finish(&[BODY], b""), refused);
    assert_eq!(finish(&[], BODY), Ok(()), "a complete body is hashed at once");
    assert_eq!(finish(&[], &BODY[1..]), refused);
    assert_eq!(finish(&[b""], BODY), Ok(()));
    assert_eq!(finish(&[BODY, BODY], &BODY.repeat(2)), refused);
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_body_in_pieces_verifies_like_the_whole(
        pieces in vec(vec(any::<u8>(), 0..80), 0..12),
        previous in "[a-z]{1,9}",
    ) {
        let whole = Bytes::from(pieces.concat());
        let key = secret::<IdLast>("text").or_previous(previous).unwrap();
        let headers = key.sign(&whole, NOW, Some("x")).unwrap();
        let head = Head::new("POST", "/", &headers);
        let mut verification = key.begin(&head, NOW.into()).unwrap();
        for piece in &pieces {
            verification.update(piece);
        }
        let split = verification.finish(&whole).unwrap().into_delivery().unwrap();
        let one = key.verify(&head, &whole, NOW).unwrap();
        prop_assert_eq!(split.body(), one.body());
        prop_assert_eq!(prints(&split), prints(&one));

        let mut swapped = pieces.clone();
        swapped.reverse();
        if swapped.concat() != whole {
            let kind = refused(&key, &headers, &swapped.concat(), NOW);
            prop_assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        }
    }
}
