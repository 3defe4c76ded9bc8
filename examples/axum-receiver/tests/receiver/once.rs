//! Each delivery is handled once, by a receiver that remembers in memory.

use std::time::{Duration, SystemTime};

use webhook_tower::providers::{samva::Samva, svara::Svara, voisnap::Voisnap, voxpria::VoxPria};

use crate::service::{Answer, Service};
use crate::{Headers, SAMVA, SVARA, VOISNAP, VOXPRIA, handled, sign, sign_at};

const ROUTE: &str = "/webhooks/voisnap";
const HANDLED: &str = "handled voisnap SessionEnded dlv_1\n";

#[track_caller]
fn is_received(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (200, r#"{"received":true}"#));
}

#[track_caller]
fn is_duplicate(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (200, r#"{"duplicate":true}"#));
}

fn voisnap() -> Headers {
    sign::<Voisnap>("whsec_voisnap", VOISNAP)
}

/// Begins a delivery whose handler takes time, and hangs up while it runs.
fn hang_up(service: &Service, headers: &Headers) {
    let request = service.begin("POST", ROUTE, headers, VOISNAP.len(), VOISNAP);
    service.logs("working");
    drop(request);
}

#[test]
fn a_delivery_that_comes_again_is_a_duplicate() {
    let service = Service::start();
    for (path, headers, body) in [
        ("/webhooks/svara", sign::<Svara>("svara-secret", SVARA), SVARA),
        ("/webhooks/samva", sign::<Samva>("samva-secret", SAMVA), SAMVA),
        (ROUTE, voisnap(), VOISNAP),
        ("/webhooks/voxpria", sign::<VoxPria>("whsec_voxpria", VOXPRIA), VOXPRIA),
    ] {
        is_received(&service.send("POST", path, &headers, body));
        is_duplicate(&service.send("POST", path, &headers, body));
        is_duplicate(&service.send("POST", path, &headers, body));
    }
    assert_eq!(handled(service).lines().count(), 4);
}

#[test]
fn a_retry_that_is_signed_anew_is_a_duplicate() {
    let service = Service::start();
    let now = SystemTime::now();
    for secs in [0, 5, 10] {
        let time = now - Duration::from_secs(secs);
        let headers = sign_at::<Voisnap>("whsec_voisnap", VOISNAP, "dlv_1", time);
        let answer = service.send("POST", ROUTE, &headers, VOISNAP);
        if secs == 0 { is_received(&answer) } else { is_duplicate(&answer) }
    }
    assert_eq!(handled(service), HANDLED);
}

#[test]
fn a_replay_under_another_id_is_a_duplicate() {
    let service = Service::start();
    let mut headers = voisnap();
    is_received(&service.send("POST", ROUTE, &headers, VOISNAP));
    for (name, value) in &mut headers {
        if name.eq_ignore_ascii_case("x-webhook-delivery-id") {
            "dlv_2".clone_into(value);
        }
    }
    is_duplicate(&service.send("POST", ROUTE, &headers, VOISNAP));
    assert_eq!(handled(service), HANDLED);
}

#[test]
fn work_that_takes_too_long_is_ended_and_can_be_done_again() {
    let service = Service::start_with(&[("WORK_MILLIS", "60000")]);
    for _ in 0..2 {
        assert_eq!(service.send("POST", ROUTE, &voisnap(), VOISNAP).status, 503);
        service.logs("working");
    }
    assert_eq!(handled(service), "");
}

#[test]
fn work_goes_on_for_a_sender_that_hangs_up() {
    let service = Service::start_with(&[("WORK_MILLIS", "500")]);
    let headers = voisnap();
    hang_up(&service, &headers);
    // The sender comes again until it is no longer told to.
    let mut answer = service.send("POST", ROUTE, &headers, VOISNAP);
    while answer.status == 503 {
        answer = service.send("POST", ROUTE, &headers, VOISNAP);
    }
    is_duplicate(&answer);
    assert_eq!(handled(service), HANDLED);
}

#[test]
fn it_stops_once_the_work_for_a_sender_that_hung_up_is_done() {
    for signal in ["-TERM", "-INT"] {
        let service = Service::start_with(&[("WORK_MILLIS", "500")]);
        hang_up(&service, &voisnap());
        service.ask_to_stop(signal);
        assert_eq!(service.wait(), (Some(0), HANDLED.to_owned()), "{signal}");
    }
}
