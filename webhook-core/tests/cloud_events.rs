//! Records of deliveries: a round trip keeps everything, and invalid records are rejected.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use serde_json::{Value, json};
use webhook_core::adapter::{Arrival, Intake, Settings};
use webhook_core::providers::github::GitHub;
use webhook_core::providers::samva::{self, Samva};
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::providers::voisnap::{self, Voisnap};
use webhook_core::{
    Bytes, CloudEvent, CloudEventErrorKind, Delivery, Endpoint, Head, Json, Key, Payload,
    RejectionKind, SchemeProvider, UnixTime, Verify,
};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
const RECEIVED: UnixTime = UnixTime::from_millis(1_700_000_001_234);

fn delivery<P: SchemeProvider>(
    body: &[u8],
    id: Option<&str>,
    more: &[(&'static str, &str)],
) -> Delivery {
    let secret = Key::<P>::new("c2VjcmV0").unwrap();
    let mut headers = secret.sign(body, NOW, id).unwrap();
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let body = Bytes::copy_from_slice(body);
    secret.verify(&Head::new("POST", "/", &headers), &body, NOW).unwrap()
}

fn record(delivery: &Delivery) -> CloudEvent {
    CloudEvent::new(delivery, "/webhooks/x", "some.event", RECEIVED)
}

/// Converts to JSON and back, as for a worker.
fn travelled<P: SchemeProvider>(delivery: &Delivery) -> Delivery {
    let json = record(delivery).to_json();
    CloudEvent::from_json(json.as_bytes()).unwrap().delivery_trusting_queue::<P>().unwrap()
}

#[track_caller]
fn assert_same(one: &Delivery, other: &Delivery) {
    let facts = |it: &Delivery| {
        let fingerprints: Vec<_> = it.fingerprints().collect();
        (
            (it.provider(), it.body().clone(), it.is_encoded(), it.covers_body()),
            (it.signed_at(), it.tolerance(), it.id().map(str::to_owned), it.id_is_signed()),
            (it.key_index(), fingerprints),
        )
    };
    assert_eq!(facts(one), facts(other));
}

#[test]
fn a_record_contains_everything_about_the_delivery() {
    let record = record(&delivery::<Voisnap>(b"{}", Some("dlv_1"), &[]));
    let json: Value = serde_json::from_str(&record.to_json()).unwrap();
    let fingerprint = json["webhookfingerprints"].as_str().unwrap().to_owned();
    assert_eq!(fingerprint.len(), 64);
    assert_eq!(
        json,
        json!({
            "specversion": "1.0",
            "id": "dlv_1",
            "source": "/webhooks/x",
            "type": "voisnap.some.event",
            "time": "2023-11-14T22:13:21.234Z",
            "datacontenttype": "application/json",
            "data_base64": "e30=",
            "webhookverified": true,
            "webhookprovider": "voisnap",
            "webhookidsigned": false,
            "webhooksignedtime": "2023-11-14T22:13:20Z",
            "webhooktolerance": 300,
            "webhookkeyindex": 0,
            "webhookfingerprints": fingerprint,
        })
    );
}

#[test]
fn a_record_contains_the_endpoint_that_was_looked_up() {
    let secret = voisnap::Secret::new("secret").unwrap();
    let headers = secret.sign(b"{}", NOW, Some("dlv_1")).unwrap();
    let settings = Settings::per_request(|| NOW);
    let endpoint = Endpoint::new("acme", secret);
    let head = Head::new("POST", "/", &headers);
    let mut intake = Intake::begin(&settings, Some(&endpoint), &head, None).unwrap();
    let mut frames = [Bytes::from_static(b"{}")].into_iter();
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(Arrival::Delivery(receipt))) =
        intake.poll(&mut context, |_| Poll::Ready(frames.next().map(Ok)))
    else {
        panic!("refused");
    };
    let delivery = receipt.delivery();
    let json: Value = serde_json::from_str(&record(delivery).to_json()).unwrap();
    assert_eq!(json["webhookendpoint"], "acme");
    assert_eq!(travelled::<Voisnap>(delivery).endpoint(), Some("acme"));
    let fixed = self::delivery::<Voisnap>(b"{}", Some("dlv_1"), &[]);
    let json: Value = serde_json::from_str(&record(&fixed).to_json()).unwrap();
    assert_eq!(json.get("webhookendpoint"), None);
}

#[test]
fn a_record_whose_body_is_stored_apart_is_the_same_again() {
    let event = record(&delivery::<Samva>(b"{\"a\":1.10}", None, &[]));
    let apart = event.to_json_without_body();
    assert!(!apart.contains("eyJhIjox"), "{apart}");
    let again = CloudEvent::from_json_and_body(apart.as_bytes(), event.body().clone()).unwrap();
    assert_eq!(again.to_json(), event.to_json());
}

#[test]
fn a_record_without_an_id_uses_the_fingerprint_and_restores_no_id() {
    let delivery = delivery::<Samva>(b"{}", None, &[]);
    let record = record(&delivery);
    assert_eq!(record.id(), delivery.fingerprints().next().unwrap().to_string());
    assert_eq!(record.delivery_trusting_queue::<Samva>().unwrap().id(), None);
}

#[test]
fn hints_and_chosen_headers_are_recorded() {
    let hints = [("x-webhook-event", "message.failed"), ("x-webhook-id", "wh_1")];
    let delivery = delivery::<Samva>(b"{}", None, &hints);
    let record = record(&delivery).with_headers([("User-Agent", "samva/1")]);
    let read = CloudEvent::from_json(record.to_json().as_bytes()).unwrap();
    assert_eq!(read.headers()["user-agent"], "samva/1");
    let event =
        samva::Event::from_delivery(&read.delivery_trusting_queue::<Samva>().unwrap()).unwrap();
    assert_eq!(event.unsigned_name.as_deref(), Some("message.failed"));
    assert_eq!(event.unsigned_endpoint_id.as_deref(), Some("wh_1"));
}

#[test]
fn an_encoded_body_stays_encoded() {
    let delivery = delivery::<Voisnap>(b"\x1f\x8b", None, &[("content-encoding", "gzip")]);
    let rejection = Json::<Value>::from_delivery(&travelled::<Voisnap>(&delivery)).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::UnsupportedEncoding);
}

#[test]
fn a_record_contains_the_key_index_after_a_rotation() {
    let secret = voisnap::Secret::new("new").unwrap().or_previous("old").unwrap();
    let headers = voisnap::Secret::new("old").unwrap().sign(b"{}", NOW, None).unwrap();
    let body = Bytes::from_static(b"{}");
    let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, NOW).unwrap();
    let travelled = travelled::<Voisnap>(&delivery);
    assert_eq!((travelled.key_index(), travelled.fingerprints().count()), (1, 2));
    assert_same(&delivery, &travelled);
}

#[test]
fn a_worker_reads_the_same_typed_event() {
    let body = br#"{"type":"SessionEnded","data":{"conversationId":"conv_1"}}"#;
    let delivery = delivery::<Voisnap>(body, Some("dlv_1"), &[]);
    let event = voisnap::Event::from_delivery(&delivery).unwrap();
    assert_eq!(voisnap::Event::from_delivery(&travelled::<Voisnap>(&delivery)).unwrap(), event);
}

fn altered(alter: impl FnOnce(&mut Value)) -> Vec<u8> {
    let record = record(&delivery::<GitHub>(b"{}", Some("id"), &[]));
    let mut json: Value = serde_json::from_str(&record.to_json()).unwrap();
    alter(&mut json);
    json.to_string().into_bytes()
}

#[test]
fn an_invalid_record_is_rejected_with_the_reason() {
    use CloudEventErrorKind::{Malformed, Missing, UnknownVersion};
    let remove = |name| altered(|json| drop(json.as_object_mut().unwrap().remove(name)));
    for (json, kind) in [
        (b"{".to_vec(), Malformed("record")),
        (b"[]".to_vec(), Malformed("record")),
        (altered(|json| json["specversion"] = "0.3".into()), UnknownVersion),
        (altered(|json| json["specversion"] = "1.1".into()), UnknownVersion),
        (altered(|json| json["time"] = "yesterday".into()), Malformed("record")),
        (altered(|json| json["data_base64"] = "?".into()), Malformed("data_base64")),
        (altered(|json| json["data_base64"] = 1.into()), Malformed("record")),
        (altered(|json| json["id"] = "".into()), Missing("id")),
        (remove("specversion"), Missing("specversion")),
        (remove("id"), Missing("id")),
        (remove("source"), Missing("source")),
        (remove("type"), Missing("type")),
        (remove("data_base64"), Missing("data_base64")),
    ] {
        let error = CloudEvent::from_json(&json).unwrap_err();
        assert_eq!(error.kind(), kind, "{}", String::from_utf8_lossy(&json));
    }
}

#[test]
fn an_unverified_record_does_not_become_a_delivery() {
    let kind = |json: Vec<u8>| {
        let event = CloudEvent::from_json(&json).unwrap();
        event.delivery_trusting_queue::<GitHub>().unwrap_err().kind()
    };
    let remove = |name| altered(|json| drop(json.as_object_mut().unwrap().remove(name)));
    assert_eq!(kind(remove("webhookverified")), CloudEventErrorKind::NotVerified);
    let unverified = altered(|json| json["webhookverified"] = false.into());
    assert_eq!(kind(unverified), CloudEventErrorKind::NotVerified);
    assert_eq!(kind(remove("webhookprovider")), CloudEventErrorKind::OtherProvider);
    let fingerprints = altered(|json| json["webhookfingerprints"] = "00".into());
    assert_eq!(kind(fingerprints), CloudEventErrorKind::Malformed("webhookfingerprints"));
    let other = CloudEvent::from_json(&altered(|_| {})).unwrap();
    let kind = other.delivery_trusting_queue::<Voisnap>().unwrap_err().kind();
    assert_eq!(kind, CloudEventErrorKind::OtherProvider);
}

#[test]
fn unknown_attributes_are_ignored() {
    let json = altered(|json| json["traceparent"] = "00-1-2-01".into());
    assert!(CloudEvent::from_json(&json).unwrap().delivery_trusting_queue::<GitHub>().is_ok());
}

#[test]
fn debug_does_not_show_the_body() {
    let shown = format!("{:?}", record(&delivery::<GitHub>(b"body-to-hide", Some("id"), &[])));
    assert!(shown.contains("some.event"), "{shown}");
    assert!(!shown.contains("body-to-hide") && !shown.contains("Ym9keS10by1oaWRl"), "{shown}");
}

/// The constraints of `cloudevents.json`, the JSON schema of the specification.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
            "specversion": {"type": "string", "const": "1.0"},
            "type": {"type": "string", "minLength": 1},
            "time": {"type": ["string", "null"], "format": "date-time", "minLength": 1},
            "datacontenttype": {"type": ["string", "null"], "minLength": 1},
            "data_base64": {"type": ["string", "null"], "contentEncoding": "base64"}
        },
        "required": ["id", "source", "specversion", "type"],
        // Extension attributes have names of lower-case letters and digits, and values of simple types.
        "patternProperties": {
            "^webhook[a-z0-9]*$": {"type": ["boolean", "integer", "string"], "maximum": 2_147_483_647}
        },
        "propertyNames": {"pattern": "^([a-z0-9]{1,20}|data_base64)$"},
        "not": {"required": ["data", "data_base64"]}
    })
}

#[test]
fn records_are_cloud_events() {
    let validator = jsonschema::options().should_validate_formats(true).build(&schema()).unwrap();
    let hints = [("x-github-event", "push")];
    for delivery in [
        delivery::<GitHub>(b"\xff\x00", Some("id"), &hints),
        delivery::<Samva>(b"", None, &[]),
        delivery::<StandardWebhooks>(b"{}", Some("msg_1"), &[]),
        Delivery::assume_verified_by_custom_check::<GitHub>(&Bytes::new()),
    ] {
        let json: Value = serde_json::from_str(&record(&delivery).to_json()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&json).map(|each| each.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {json}");
    }
    assert!(!validator.is_valid(&json!({"id": "1"})), "the schema rejects an invalid event");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn any_delivery_survives_a_round_trip(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        id in "[!-~]{1,255}",
    ) {
        let delivery = delivery::<Voisnap>(&body, Some(&id), &[]);
        assert_same(&delivery, &travelled::<Voisnap>(&delivery));
        let delivery = self::delivery::<GitHub>(&body, Some(&id), &[("x-github-event", &id)]);
        assert_same(&delivery, &travelled::<GitHub>(&delivery));
        let travelled = travelled::<GitHub>(&delivery);
        prop_assert_eq!(travelled.unsigned_hint("x-github-event"), Some(&*id));
    }

    #[test]
    fn reading_arbitrary_text_does_not_panic(json in "\\PC{0,200}") {
        let _ = CloudEvent::from_json(json.as_bytes());
    }
}

#[test]
fn a_rejected_request_has_a_record_from_which_no_delivery_is_read() {
    let event = CloudEvent::rejected("voisnap", "/webhooks/x", b"{}".as_slice().into(), RECEIVED);
    let read = CloudEvent::from_json(event.to_json().as_bytes()).unwrap();
    assert_eq!((read.body(), read.provider()), (&Bytes::from("{}"), "voisnap"));
    assert!(!read.is_verified());
    let error = read.delivery_trusting_queue::<Voisnap>().unwrap_err();
    assert_eq!(error.kind(), CloudEventErrorKind::NotVerified);
}
