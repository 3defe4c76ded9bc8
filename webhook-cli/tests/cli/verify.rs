//! `verify` says what a receiver would.

use serde_json::{Value, json};

use crate::program::{Files, SECRET, run, run_with, signed};

#[test]
fn a_refusal_has_the_reason_and_the_status_of_a_receiver() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let line = format!("verify voisnap --secret-env SECRET --body {body} --at 1700000000");
    let hex = "0".repeat(64);
    for (headers, reason, status) in [
        (String::new(), "missing_signature", 401),
        ("-H x-webhook-signature:nonsense".to_owned(), "malformed_signature", 401),
        (format!("-H x-webhook-signature:sha256={hex}"), "invalid_timestamp", 400),
        (
            format!("-H x-webhook-signature:sha256={hex} -H x-webhook-timestamp:1"),
            "timestamp_outside_tolerance",
            400,
        ),
        (
            format!("-H x-webhook-signature:sha256={hex} -H x-webhook-timestamp:1700000000"),
            "invalid_signature",
            401,
        ),
    ] {
        let verdict = run(&format!("{line} {headers} --json")).expect(1).one();
        assert_eq!(verdict["verified"], false);
        assert_eq!((&verdict["reason"], &verdict["status"]), (&json!(reason), &json!(status)));
        let text = run(&format!("{line} {headers}")).expect(1).stdout;
        assert!(text.starts_with("refused: ") && text.contains("webhook explain"), "{text}");
    }
}

#[test]
fn handshakes_are_understood() {
    let body = r#"{"type":"url_verification","token":"x","challenge":"3eZbrw1a"}"#;
    let headers = signed("slack", body.as_bytes(), "");
    let line = format!("verify slack --secret-env SECRET --body -{headers}");
    let verdict = run_with(&format!("{line} --json"), body.as_bytes()).expect(0).one();
    assert_eq!((&verdict["verified"], &verdict["handshake"]), (&json!(true), &json!("3eZbrw1a")));
    let text = run_with(&line, body.as_bytes()).expect(0).stdout;
    assert!(
        text.starts_with("verified: a handshake of Slack\n  a receiver answers 200 3eZbrw1a"),
        "{text}"
    );
}

#[test]
fn published_keys_come_from_a_file() {
    // Ours: the keys and the token of webhook-core's tests.
    const JWK: &str = r#"{"alg":"ES256","crv":"P-256","kid":"kid-1","kty":"EC","use":"sig","x":"UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18","y":"RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q"}"#;
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJpYXQiOiAxNzAwMDAwMDAwLCAicmVxdWVzdF9ib2R5X3NoYTI1NiI6ICI0NDEzNmZhMzU1YjM2NzhhMTE0NmFkMTZmN2U4NjQ5ZTk0ZmI0ZmMyMWZlNzdlODMxMGMwNjBmNjFjYWFmZjhhIn0.s0Nz8SaF6jhig9gyGvcuOLBbCCxQAaL8k1J1gPAuBB-7VD9CjZMCmZj9p3z-yRLG5APPbKxweOU6GHqcMTn-nw";
    let files = Files::new();
    let body = files.write("body", "{}");
    let line = format!(
        "verify plaid --secret-env SECRET --body {body} --at 1700000000 -H plaid-verification:{TOKEN} --json"
    );
    let ran = run(&line).expect(2);
    assert!(ran.stderr.contains("Plaid signs with a published key: give --keys"), "{}", ran.stderr);
    for (keys, status, reason) in [
        (JWK.to_owned(), 0, Value::Null),
        (format!(r#"{{"keys":[{},{JWK}]}}"#, JWK.replace("kid-1", "kid-2")), 0, Value::Null),
        (JWK.replace("kid-1", "kid-2"), 1, json!("key_unavailable")),
    ] {
        let keys = files.write("keys", keys);
        let verdict = run(&format!("{line} --keys {keys}")).expect(status).one();
        assert_eq!(verdict["reason"], reason);
    }
    // A certificate that the workspace has. It is of another key than the token.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core/src/providers/testdata");
    match std::fs::read(format!("{folder}/certificate.pem")) {
        Ok(pem) => _ = run(&format!("{line} --keys {}", files.write("keys", pem))).expect(1),
        Err(_) => println!("skipped: webhook-core is not beside this crate"),
    }
    for keys in ["nonsense", "{}", "-----BEGIN "] {
        run(&format!("{line} --keys {}", files.write("keys", keys))).expect(2);
    }
}

#[test]
fn what_is_doubtful_about_a_capture_is_a_warning() {
    let raw = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}";
    let ran = run_with("verify svara --secret-env SECRET --request -", raw.as_bytes()).expect(1);
    assert!(
        ran.stderr.contains("warning: 2 bytes follow the headers, but Content-Length is 3"),
        "{}",
        ran.stderr
    );
    ran.shows_no(SECRET);
}
