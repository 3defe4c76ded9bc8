//! What those who run the receiver ask of it.

use std::env;
use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use webhook_tower::providers::{svara::Svara, voisnap::Voisnap};

use crate::redis::Redis;
use crate::service::{PATIENCE, Service};
use crate::{SVARA, VOISNAP, sign, sign_at};

const METRICS: (&str, &str) = ("METRICS_BIND", "127.0.0.1:0");

#[test]
fn metrics_count_what_became_of_each_request() {
    let service = Service::start_with(&[METRICS]);
    let post = |path: &str, headers: &[(&str, String)], body: &str| {
        service.send("POST", path, headers, body).status
    };
    let svara = sign::<Svara>("svara-secret", SVARA);
    assert_eq!(post("/webhooks/svara", &svara, SVARA), 200);
    assert_eq!(post("/webhooks/svara", &svara, SVARA), 200);
    assert_eq!(post("/webhooks/svara", &svara, "another body"), 401);
    let old = sign_at::<Voisnap>("whsec_voisnap", VOISNAP, "dlv_1", SystemTime::UNIX_EPOCH);
    assert_eq!(post("/webhooks/voisnap", &old, VOISNAP), 400);

    let metrics = service.ask("/metrics");
    assert!(metrics.head.contains("\r\ncontent-type: text/plain; version=0.0.4\r\n"));
    let bytes = SVARA.len();
    for line in [
        r#"webhook_deliveries_total{provider="svara",endpoint="",outcome="accepted"} 1"#,
        r#"webhook_deliveries_total{provider="svara",endpoint="",outcome="duplicate"} 1"#,
        r#"webhook_deliveries_total{provider="svara",endpoint="",outcome="invalid_signature"} 1"#,
        r#"webhook_deliveries_total{provider="voisnap",endpoint="",outcome="timestamp_outside_tolerance"} 1"#,
        r#"webhook_signing_key_total{provider="svara",endpoint="",key="0"} 2"#,
        &format!(r#"webhook_body_bytes_sum{{provider="svara"}} {}"#, 2 * bytes),
        r#"webhook_body_bytes_count{provider="svara"} 2"#,
        r#"webhook_body_read_seconds_count{provider="svara"} 2"#,
        r#"webhook_handler_seconds_count{provider="svara"} 2"#,
        "# HELP webhook_deliveries_total Requests by their outcome.",
    ] {
        assert!(metrics.body.lines().any(|each| each == line), "{line}\n{}", metrics.body);
    }
    // Strangers cannot ask for them.
    assert_eq!(service.send("GET", "/metrics", &[], "").status, 404);
}

#[test]
fn it_is_ready_while_its_store_answers() {
    let Some(mut redis) = Redis::start("ready") else { return };
    let service = Service::start_with(&[("REDIS_URL", &redis.url()), METRICS]);
    let status = || service.send("GET", "/readyz", &[], "").status;
    assert_eq!((status(), service.ask("/readyz").status), (200, 200));
    redis.go_down();
    assert_eq!((status(), service.ask("/readyz").status), (503, 503));
    assert_eq!(service.send("GET", "/healthz", &[], "").status, 200);
    redis.go_up();
    assert_eq!(status(), 200);
}

#[test]
fn while_it_stops_it_is_alive_but_not_ready() {
    let service = Service::start_with(&[METRICS]);
    let headers = sign::<Svara>("svara-secret", SVARA);
    let (half, rest) = SVARA.split_at(SVARA.len() / 2);
    let mut request = service.begin("POST", "/webhooks/svara", &headers, SVARA.len(), half);
    assert_eq!(service.ask("/readyz").body, "ready");
    service.ask_to_stop("-TERM");
    let ready = service.ask("/readyz");
    assert_eq!((ready.status, &*ready.body), (503, "stopping"));
    assert_eq!(service.ask("/healthz").status, 200);
    request.send(rest);
    assert_eq!(request.answer().status, 200);
    assert_eq!(service.wait().0, Some(0));
}

#[test]
fn a_secret_in_a_file_is_replaced_on_sighup() {
    let file = env::temp_dir().join(format!("secret-axum-{}", std::process::id()));
    fs::write(&file, "the-old-secret\n").unwrap();
    let path = file.to_str().unwrap();
    let service = Service::start_with(&[("SVARA_WEBHOOK_SECRET_FILE", path)]);
    let status = |secret: &str, event: &str| {
        let body = format!(r#"{{"event":"{event}"}}"#);
        service.send("POST", "/webhooks/svara", &sign::<Svara>(secret, &body), &body).status
    };
    assert_eq!((status("the-old-secret", "a"), status("the-new-secret", "b")), (200, 401));

    fs::write(&file, "the-new-secret\nthe-old-secret\n").unwrap();
    service.signal("-HUP");
    service.logs("webhook secrets replaced");
    assert_eq!((status("the-old-secret", "c"), status("the-new-secret", "d")), (200, 200));

    // What cannot be used changes nothing.
    fs::write(&file, "\n").unwrap();
    service.signal("-HUP");
    let log = service.logs("the new ones are unusable");
    assert!(!log.contains("the-new-secret"), "{log}");
    assert_eq!(status("the-new-secret", "e"), 200);

    fs::write(&file, "the-new-secret\n").unwrap();
    service.signal("-HUP");
    service.logs("webhook secrets replaced");
    assert_eq!((status("the-old-secret", "f"), status("the-new-secret", "g")), (401, 200));
    fs::remove_file(&file).unwrap();
}

#[test]
fn a_client_that_goes_away_is_counted_too() {
    let service = Service::start_with(&[METRICS, ("WORK_MILLIS", "1000")]);
    let headers = sign::<Svara>("svara-secret", SVARA);
    let request = service.begin("POST", "/webhooks/svara", &headers, SVARA.len(), SVARA);
    service.logs("working");
    drop(request);
    let line = r#"webhook_deliveries_total{provider="svara",endpoint="",outcome="abandoned"} 1"#;
    let start = Instant::now();
    while !service.ask("/metrics").body.lines().any(|each| each == line) {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    }
    // It is handled to its end all the same.
    assert_eq!(crate::handled(service), "handled svara voice_note.sent -\n");
}
