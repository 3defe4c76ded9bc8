//! The receiver as its senders see it, and whoever starts and stops it.

mod attacks;
mod dashboard;
mod fleet;
mod once;
mod ops;
mod redis;
mod service;

use std::net::TcpListener;
use std::time::SystemTime;

use webhook_tower::custom::{Key, SchemeProvider};
use webhook_tower::providers::{samva::Samva, svara::Svara, voisnap::Voisnap, voxpria::VoxPria};

use service::{SECRETS, Service, command};

type Headers = Vec<(&'static str, String)>;

const SVARA: &str = r#"{"event":"voice_note.sent"}"#;
const SAMVA: &str = r#"{"id":"msg_1"}"#;
const VOISNAP: &str = r#"{"type":"SessionEnded","data":{"conversationId":"conv_1"}}"#;
const VOXPRIA: &str = r#"{"event":"call.completed","data":{}}"#;

fn sign<P: SchemeProvider>(secret: &str, body: &str) -> Headers {
    sign_at::<P>(secret, body, "dlv_1", SystemTime::now())
}

fn sign_at<P: SchemeProvider>(secret: &str, body: &str, id: &str, time: SystemTime) -> Headers {
    let secret = Key::<P>::new(secret).unwrap();
    secret.sign(body.as_bytes(), time.into(), Some(id)).unwrap()
}

/// Stops the receiver and returns the lines that it wrote after the first.
#[track_caller]
fn handled(service: Service) -> String {
    service.ask_to_stop("-TERM");
    let (status, lines) = service.wait();
    assert_eq!(status, Some(0));
    lines
}

#[test]
fn genuine_deliveries_are_handled() {
    let service = Service::start();
    let post = |path: &str, headers: Headers, body: &str| {
        let answer = service.send("POST", path, &headers, body);
        assert_eq!((answer.status, &*answer.body), (200, r#"{"received":true}"#), "{path}");
        assert!(answer.head.contains("\r\ncontent-type: application/json\r\n"), "{}", answer.head);
    };

    post("/webhooks/svara", sign::<Svara>("svara-secret", SVARA), SVARA);

    post("/webhooks/samva", sign::<Samva>("samva-secret", SAMVA), SAMVA);
    let body = r#"{"id":"msg_2"}"#;
    let mut headers = sign::<Samva>("samva-secret", body);
    headers.push(("X-Webhook-Event", "message.delivered".to_owned()));
    post("/webhooks/samva", headers, body);

    post("/webhooks/voisnap", sign::<Voisnap>("whsec_voisnap", VOISNAP), VOISNAP);

    post("/webhooks/voxpria", sign::<VoxPria>("whsec_voxpria", VOXPRIA), VOXPRIA);

    let expected = "\
        handled svara voice_note.sent -\n\
        handled samva - -\n\
        handled samva message.delivered -\n\
        handled voisnap SessionEnded dlv_1\n\
        handled voxpria call.completed -\n";
    assert_eq!(handled(service), expected);
}

#[test]
fn forged_deliveries_are_not() {
    let service = Service::start();
    for (path, headers) in [
        ("/webhooks/svara", sign::<Svara>("another-secret", SVARA)),
        ("/webhooks/samva", sign::<Samva>("another-secret", SVARA)),
        ("/webhooks/voisnap", sign::<Voisnap>("another-secret", SVARA)),
        ("/webhooks/voxpria", sign::<VoxPria>("another-secret", SVARA)),
        ("/webhooks/svara", sign::<Svara>("svara-secret", "another body")),
        ("/webhooks/svara", sign::<VoxPria>("svara-secret", SVARA)),
    ] {
        let answer = service.send("POST", path, &headers, SVARA);
        assert_eq!(answer.status, 401, "{path}: {}", answer.body);
    }
    assert_eq!(handled(service), "");
}

#[test]
fn a_body_that_is_too_large_is_refused_unread() {
    let service = Service::start();
    let headers = sign::<Svara>("svara-secret", SVARA);
    let request = service.begin("POST", "/webhooks/svara", &headers, 1024 * 1024 + 1, "");
    assert_eq!(request.answer().status, 413);
}

#[test]
fn one_event_is_one_line_whatever_its_name() {
    let service = Service::start();
    let body = r#"{"event":"x\nhandled svara y -"}"#;
    let answer =
        service.send("POST", "/webhooks/svara", &sign::<Svara>("svara-secret", body), body);
    assert_eq!(answer.status, 200);
    assert_eq!(handled(service), "handled svara x\\u{a}handled\\u{20}svara\\u{20}y\\u{20}- -\n");
}

#[test]
fn it_says_that_it_is_well() {
    assert_eq!(Service::start().send("GET", "/healthz", &[], "").status, 200);
}

#[test]
fn rejections_are_logged_on_stderr() {
    let service = Service::start();
    assert_eq!(service.send("POST", "/webhooks/svara", &[], SVARA).status, 401);
    let log = service.ask_to_stop("-TERM");
    let line = "webhook rejected provider=\"svara\" path=\"/webhooks/svara\" status=401 \
                reason=\"missing_signature\"";
    assert!(log.contains(line), "{log}");
}

#[test]
fn without_a_secret_it_does_not_listen() {
    // Were it to listen before it looks at its secrets, it would complain of this address instead.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = ("BIND", taken.local_addr().unwrap().to_string());
    for (name, _) in SECRETS {
        for value in [None, Some("")] {
            let others = SECRETS.into_iter().filter(|(other, _)| *other != name);
            let output = command(others.chain(value.map(|value| (name, value))))
                .envs([bind.clone()])
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{name}");
            let fault = if value.is_none() { "is not set" } else { "is empty" };
            assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{name} {fault}\n"));
            assert!(output.stdout.is_empty());
        }
    }
}

#[test]
fn every_missing_secret_is_named() {
    let output = command(None::<(&str, &str)>).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected: String = SECRETS.iter().map(|(name, _)| format!("{name} is not set\n")).collect();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[test]
fn an_unusable_address_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for bind in ["", "nonsense", &taken.local_addr().unwrap().to_string()] {
        let output = command(SECRETS).env("BIND", bind).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{bind}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(&format!("BIND={bind} cannot be used: ")), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_unusable_redis_url_is_named_before_it_listens() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for url in ["", "nonsense", "postgres://user:password@host", "redis://host:port"] {
        let output = command(SECRETS)
            .env("REDIS_URL", url)
            .env("BIND", taken.local_addr().unwrap().to_string())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("REDIS_URL cannot be used: "), "{stderr}");
        assert!(!stderr.contains("password"), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_is_in_flight_is_answered_before_it_stops() {
    for signal in ["-TERM", "-INT"] {
        let service = Service::start();
        let mut headers = sign::<Voisnap>("whsec_voisnap", VOISNAP);
        headers.push(("Expect", "100-continue".to_owned()));
        let (half, rest) = VOISNAP.split_at(VOISNAP.len() / 2);
        let mut request = service.begin("POST", "/webhooks/voisnap", &headers, VOISNAP.len(), "");
        // It is waiting for the body: the request has begun.
        assert_eq!(request.read_line(), "HTTP/1.1 100 Continue\r\n");
        assert_eq!(request.read_line(), "\r\n");
        request.send(half);
        service.ask_to_stop(signal);
        request.send(rest);
        assert_eq!(request.answer().status, 200, "{signal}");

        let (status, lines) = service.wait();
        assert_eq!(status, Some(0), "{signal}");
        assert_eq!(lines, "handled voisnap SessionEnded dlv_1\n", "{signal}");
    }
}
