//! `--request` reads raw requests, HAR entries and CloudEvents, byte for byte.

use serde_json::json;
use webhook_core::{Bytes, CloudEvent, Head, UnixTime, Verify as _, providers::voisnap};

use crate::program::{Files, SECRET, run, run_with};

const NOW: u64 = 1_700_000_000;
const BODY: &str = "{\"type\":\"SessionEnded\",\"name\":\"Zo\u{eb}\"}\r\n";

fn headers() -> Vec<(&'static str, String)> {
    let secret = voisnap::Secret::new(SECRET).unwrap();
    secret.sign(BODY.as_bytes(), UnixTime::from_secs(NOW), Some("dlv_1")).unwrap()
}

fn raw() -> Vec<u8> {
    let lines: Vec<_> = headers()
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}: {value}
"
            )
        })
        .collect();
    let lines = lines.concat();
    let date = "Date: Tue, 14 Nov 2023 22:13:20 GMT";
    format!("POST /hooks HTTP/1.1\r\nHost: a.example\r\n{date}\r\n{lines}Content-Length: {}\r\n\r\n{BODY}", BODY.len()).into_bytes()
}

fn har() -> String {
    let headers: Vec<_> =
        headers().iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let entry = json!({
        "startedDateTime": "2023-11-14T22:13:20.500Z",
        "request": {
            "method": "POST", "url": "https://a.example/hooks", "httpVersion": "HTTP/1.1",
            "headers": headers, "bodySize": BODY.len(),
            "postData": {"mimeType": "application/json", "text": BODY},
        },
        "response": {},
    });
    let other = json!({"request": {"method": "GET", "url": "https://a.example/"}});
    json!({"log": {"version": "1.2", "entries": [other, entry]}}).to_string()
}

fn cloud_event() -> String {
    let (body, headers, now) =
        (Bytes::from_static(BODY.as_bytes()), headers(), UnixTime::from_secs(NOW));
    let secret = voisnap::Secret::new(SECRET).unwrap();
    let delivery = secret.verify(&Head::new("POST", "/hooks", &headers), &body, now).unwrap();
    let kept = headers.iter().map(|(name, value)| (*name, value.as_str()));
    CloudEvent::new(&delivery, "/hooks", "SessionEnded", now).with_headers(kept).to_json()
}

#[test]
fn each_kind_of_file_verifies_as_of_its_arrival() {
    let files = Files::new();
    let raw = files.write("raw.http", raw());
    let har = files.write("a.har", har());
    let event = files.write("event.json", cloud_event());
    for (file, more, arrival) in [
        (raw, "", "2023-11-14T22:13:20Z"),
        (har, "--entry 2", "2023-11-14T22:13:20.5Z"),
        (event, "", "2023-11-14T22:13:20Z"),
    ] {
        let line = format!("voisnap --secret-env SECRET --request {file} {more} --json");
        let verdict = run(&format!("verify {line} --at-arrival")).expect(0).one();
        assert_eq!(verdict["judged_at"], arrival);
        assert_eq!(verdict["signed_at"], "2023-11-14T22:13:20Z");
        assert_eq!((&verdict["id"], &verdict["id_signed"]), (&json!("dlv_1"), &json!(false)));
        // Now it is long ago.
        let verdict = run(&format!("verify {line}")).expect(1).one();
        assert_eq!(verdict["reason"], "timestamp_outside_tolerance");
        run(&format!("verify {line} --at 1700000300")).expect(0);
        run(&format!("explain {line} --at-arrival")).expect(0);
    }
}

#[test]
fn a_file_on_standard_input_is_read_byte_for_byte() {
    let line = "verify voisnap --secret-env SECRET --request - --at-arrival";
    run_with(line, &raw()).expect(0);
    let mut changed = raw();
    *changed.last_mut().unwrap() = b'\r';
    run_with(line, &changed).expect(1);
}

#[test]
fn an_arrival_that_is_not_recorded_is_not_judged() {
    let text = String::from_utf8(raw()).unwrap().replace("Date: ", "X-Date: ");
    let ran =
        run_with("verify voisnap --secret-env SECRET --request - --at-arrival", text.as_bytes());
    assert!(ran.expect(0).stderr.contains("when the request arrived is not recorded"));
}

#[test]
fn a_file_without_a_request_is_status_2() {
    for (input, expected) in [
        ("", "no HTTP/1.1 request"),
        ("{\"event\":\"a\"}", "give a body with --body"),
        ("{", "neither HTTP nor JSON"),
        ("{\"specversion\":\"2.0\"}", "no CloudEvent of a webhook"),
        (&har(), "the HAR file has 2 entries: choose one with --entry"),
    ] {
        let ran = run_with("verify voisnap --secret-env SECRET --request -", input.as_bytes());
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        ran.expect(2);
    }
    run("verify voisnap --secret-env SECRET --request /nowhere/to/be/found").expect(2);
}

#[test]
fn a_recorded_url_is_taken_where_the_url_is_signed() {
    let headers = crate::program::signed("square", b"{}", "--url https://a.example/hooks");
    let signature = headers.rsplit_once("x-square-hmacsha256-signature:").unwrap().1;
    let entry = |url| {
        json!({"request": {
            "method": "POST", "url": url,
            "headers": [{"name": "x-square-hmacsha256-signature", "value": signature}],
            "postData": {"text": "{}"},
        }})
    };
    let line = "verify square --secret-env SECRET --request -";
    for (url, status) in [("https://a.example/hooks", 0), ("http://a.example/hooks", 1)] {
        let ran = run_with(line, entry(url).to_string().as_bytes()).expect(status);
        assert!(ran.stderr.contains("the recorded URL is taken"), "{}", ran.stderr);
        let given = format!("{line} --url https://a.example/hooks");
        assert_eq!(run_with(&given, entry(url).to_string().as_bytes()).expect(0).stderr, "");
    }
}
