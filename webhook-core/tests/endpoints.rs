//! Endpoints that are looked up: what an endpoint opens, and what one that does not exist refuses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{NOW, cases, read};
use proptest::prelude::*;
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::{self, Credentials};
use webhook_core::{
    Bytes, Delivery, Endpoint, Head, Lookup, Outgoing, Rejection, RejectionKind, SecretText,
    Verify, VerifyErrorKind,
};

type Headers = Vec<(&'static str, String)>;

const BODY: &[u8] = b"{\"a\":1}";
const REFUSED: RejectionKind = RejectionKind::Verify(VerifyErrorKind::InvalidSignature);

fn credentials(text: &str) -> Credentials {
    Credentials::new(SecretText::new(text).unwrap())
}

/// What verifies the requests of a provider with a secret, and a genuine request. `None` if the text is no secret of it, or
/// if it needs a feature that is off.
fn genuine(provider: &str, text: &str) -> Option<(Box<dyn Verify>, Headers)> {
    let entry = providers::find(provider)?;
    let verify = entry.verifier(&credentials(text)).ok()?;
    let headers = entry.sign(&credentials(text), &Outgoing::new(BODY, NOW).id("dlv_1")).ok()?;
    Some((verify, headers.into_iter().collect()))
}

fn take(endpoint: Option<&Endpoint>, headers: &Headers) -> Result<Delivery, RejectionKind> {
    let settings = Settings::per_request(|| NOW);
    let head = Head::new("POST", "/", headers);
    let intake = Intake::begin(&settings, endpoint, &head, None);
    let frames: Vec<_> = BODY.chunks(3).map(Bytes::copy_from_slice).collect();
    read(&mut intake.map_err(|rejection: Rejection| rejection.kind())?, frames)
}

#[test]
fn a_delivery_names_its_endpoint() {
    let (verify, headers) = genuine("voisnap", "whsec_acme").unwrap();
    let endpoint = Endpoint::new("acme", verify);
    let delivery = take(Some(&endpoint), &headers).unwrap();
    assert_eq!((delivery.endpoint(), delivery.provider()), (Some("acme"), "voisnap"));
    // With a secret that is fixed there is none.
    let (verify, headers) = genuine("voisnap", "whsec_acme").unwrap();
    let head = Head::new("POST", "/", &headers);
    let delivery = verify.verify(&head, &Bytes::from_static(BODY), NOW).unwrap();
    assert_eq!(delivery.endpoint(), None);
}

#[test]
fn a_request_without_an_endpoint_is_refused_after_its_body() {
    for headers in [vec![], genuine("voisnap", "whsec_acme").unwrap().1] {
        assert_eq!(take(None, &headers).unwrap_err(), REFUSED);
    }
}

/// Of every provider in the registry that can be verified with a text alone.
#[test]
fn an_unknown_endpoint_refuses_whatever_its_verifier_accepts() {
    let mut tried = 0;
    for entry in providers::ALL {
        for text in
            ["whsec_c2VjcmV0c2VjcmV0c2VjcmV0", "c2VjcmV0c2VjcmV0c2VjcmV0", "0123456789abcdef"]
        {
            let Some((verify, headers)) = genuine(entry.name(), text) else { continue };
            if take(Some(&Endpoint::new("acme", verify)), &headers).is_err() {
                continue;
            }
            let (verify, headers) = genuine(entry.name(), text).unwrap();
            let unknown = Endpoint::unknown(verify);
            assert_eq!(unknown.id(), None);
            assert_eq!(take(Some(&unknown), &headers).unwrap_err(), REFUSED, "{}", entry.name());
            tried += 1;
            break;
        }
    }
    assert!(tried >= 50, "{tried}");
}

#[test]
fn lookups_that_find_nothing_fall_back() {
    let (verify, _) = genuine("voisnap", "whsec_acme").unwrap();
    let known = Endpoint::new("acme", verify);
    let unknown = Endpoint::unknown(genuine("voisnap", "whsec_nobody").unwrap().0);
    let id = |lookup: Lookup| {
        let found = match lookup {
            Lookup::Ready(found) => Ok(found),
            Lookup::Later(lookup) => futures_executor::block_on(lookup),
        };
        found.map(|found| found.map(|found| found.id().map(str::to_owned)))
    };
    let acme = Some(Some("acme".to_owned()));
    assert_eq!(id(Lookup::from(known.clone()).or(&unknown)).unwrap(), acme);
    assert_eq!(id(Lookup::Ready(None).or(&unknown)).unwrap(), Some(None));
    let later = |found| Lookup::later(async { Ok::<_, &str>(found) });
    assert_eq!(id(later(Some(known)).or(&unknown)).unwrap(), acme);
    assert_eq!(id(later(None).or(&unknown)).unwrap(), Some(None));
    let failed = Lookup::later(async { Err("the database is away") }).or(&unknown);
    assert_eq!(id(failed).unwrap_err().to_string(), "the database is away");
}

proptest! {
    #![proptest_config(cases(64))]

    /// Whatever is changed in a request, its refusal does not tell whether the endpoint exists.
    #[test]
    fn a_refusal_does_not_tell_an_unknown_endpoint(
        change in 0..4_usize,
        which in any::<prop::sample::Index>(),
        text in "[ -~]{0,40}",
    ) {
        for provider in ["voisnap", "stripe", "svix", "slack", "github", "gitlab_token"] {
            let Some((verify, _)) = genuine(provider, "whsec_c2VjcmV0") else { continue };
            let (decoy, mut headers) = genuine(provider, "whsec_b3RoZXI=").unwrap();
            let index = which.index(headers.len());
            match change {
                0 => drop(headers.remove(index)),
                1 => headers[index].1.clone_from(&text),
                2 => headers.push(headers[index].clone()),
                _ => {}
            }
            let known = take(Some(&Endpoint::new("acme", verify)), &headers);
            let unknown = take(Some(&Endpoint::unknown(decoy)), &headers);
            prop_assert_eq!(known.map(drop), unknown.map(drop), "{}", provider);
        }
    }
}
