//! Arbitrary requests neither panic nor verify.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::schemes::*;
use common::{BODY, NOW, cases, read, secret};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::github::GitHub;
use webhook_core::providers::samva::Samva;
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::providers::stripe::Stripe;
use webhook_core::providers::svara::Svara;
use webhook_core::providers::voisnap::Voisnap;
use webhook_core::providers::voxpria::VoxPria;
use webhook_core::{Bytes, Head, SchemeProvider, UnixTime, Verify};

type Headers = Vec<(String, Vec<u8>)>;
type Verifier = Box<dyn Verify>;

fn verifier<P: SchemeProvider>(text: &str) -> (Verifier, Headers) {
    let key = secret::<P>(text);
    let headers = key.sign(BODY, NOW, Some("evt_1")).unwrap();
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
    // The longer text is valid base64 too, where the provider requires it.
    (Box::new(key.or_previous(format!("{text}BBBB")).unwrap()), headers.collect())
}

/// All verifiers, each with the headers of an authentic request.
fn verifiers() -> Vec<(Verifier, Headers)> {
    vec![
        verifier::<GitHub>("text"),
        verifier::<Samva>("text"),
        verifier::<StandardWebhooks>("whsec_AAAA"),
        verifier::<Stripe>("text"),
        verifier::<Svara>("text"),
        verifier::<Voisnap>("text"),
        verifier::<VoxPria>("text"),
        verifier::<Prefixed>("text"),
        verifier::<Listed>("text"),
        verifier::<Semicolons>("text"),
        verifier::<Versioned>("text"),
        verifier::<Positional>("text"),
        verifier::<BodyFirst>("text"),
        verifier::<IdLast>("text"),
        verifier::<TwoHeaders>("text"),
        verifier::<Base64Url>("text"),
        verifier::<Requiring>("text"),
        verifier::<Hinting>("text"),
        verifier::<Either>("text"),
        #[cfg(feature = "rfc3339")]
        verifier::<Written>("text"),
        #[cfg(feature = "rfc3339")]
        verifier::<WrittenLast>("text"),
    ]
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    let plausible = [
        "(sha256=|v0=|b=)?[0-9a-fA-F]{64}",
        "(v1,[A-Za-z0-9+/]{43}= ?){0,20}",
        "(t|ts|v|v1|h1|d)=[0-9a-f+-]{0,70}([,; ](t|ts|v|v1|h1|d)=[0-9a-f]{0,70}){0,4}",
        "[0-9]{0,22}(,[0-9a-f]{64}){0,20}",
        "-?[0-9]{4,5}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})?",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..80),
        vec(any::<u8>(), 4090..4100),
        any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        any::<u64>().prop_map(|number| number.to_string().into_bytes()),
        select(plausible.to_vec()).prop_flat_map(|pattern| {
            proptest::string::string_regex(pattern).unwrap().prop_map(String::into_bytes)
        }),
    ]
}

fn times() -> impl Strategy<Value = UnixTime> {
    prop_oneof![Just(0), Just(NOW.as_millis()), Just(u64::MAX), any::<u64>()]
        .prop_map(UnixTime::from_millis)
}

/// Feeds the body in two frames, through an intake and by hand.
fn deliveries(
    verifier: Verifier,
    headers: &Headers,
    body: &[u8],
    cut: usize,
    now: UnixTime,
) -> usize {
    let head = Head::new("", "\0", headers);
    let (first, rest) = body.split_at(cut.min(body.len()));
    let by_hand = verifier.begin(&head, now.into()).and_then(|mut verification| {
        verification.update(first);
        verification.update(rest);
        verification
            .finish(&Bytes::copy_from_slice(body))
            .and_then(webhook_core::Checked::into_delivery)
    });
    let mut settings = Settings::new(std::sync::Arc::<dyn Verify>::from(verifier), move || now);
    settings.set_body_limit(64);
    let taken = Intake::begin(&settings, None, &head, Some(body.len() as u64))
        .map_err(|rejection| rejection.kind())
        .and_then(|mut intake| read(&mut intake, [first, rest].map(Bytes::copy_from_slice)));
    usize::from(by_hand.is_ok()) + usize::from(taken.is_ok())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn arbitrary_headers_are_refused(
        values in vec(values(), 1..5),
        names in vec("[ -~]{0,20}", 0..3),
        body in vec(any::<u8>(), 0..100),
        cut in 0..100_usize,
        now in times(),
    ) {
        for (verifier, genuine) in verifiers() {
            // Names that the verifiers read, with arbitrary values, and a few other names.
            let known = genuine.iter().map(|(name, _)| name);
            let headers: Headers =
                known.chain(&names).cloned().zip(values.iter().cycle().cloned()).collect();
            prop_assert_eq!(deliveries(verifier, &headers, &body, cut, now), 0);
        }
    }

    #[test]
    fn an_authentic_request_with_one_changed_value_is_refused(
        index in any::<usize>(),
        value in values(),
        now in times(),
        cut in 0..100_usize,
    ) {
        for (verifier, mut headers) in verifiers() {
            let index = index % headers.len();
            // Anyone can change an unsigned id.
            let unsigned = ["x-webhook-delivery-id", "x-github-delivery", "x-id"];
            let is_unsigned = unsigned.contains(&&*headers[index].0)
                && !["versioned", "id_last", "written"].contains(&verifier.provider());
            headers[index].1.clone_from(&value);
            let delivered = deliveries(verifier, &headers, BODY, cut, now);
            prop_assert!(is_unsigned || delivered == 0);
        }
    }

    #[test]
    fn an_authentic_request_with_another_body_is_refused(
        body in vec(any::<u8>(), 0..100),
        cut in 0..100_usize,
    ) {
        prop_assume!(body != BODY);
        for (verifier, headers) in verifiers() {
            prop_assert_eq!(deliveries(verifier, &headers, &body, cut, NOW), 0);
        }
    }
}

#[test]
fn an_authentic_request_is_accepted_both_ways() {
    for (verifier, headers) in verifiers() {
        let name = verifier.provider();
        assert_eq!(deliveries(verifier, &headers, BODY, 3, NOW), 2, "{name}");
    }
}
