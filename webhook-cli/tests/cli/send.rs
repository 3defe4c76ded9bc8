//! `send` sends what the provider would.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::program::{Files, command, finish, run, run_with};
use crate::server::Server;

const EVENTS: [(&str, &[&str]); 4] = [
    ("svara", &["voice_note.sent", "voice_note.delivered", "voice_note.failed"]),
    ("samva", &["message.delivered", "message.failed"]),
    (
        "voisnap",
        &["SessionStarted", "SessionEnded", "AnalysisCompleted", "TransferInitiated", "Error"],
    ),
    (
        "voxpria",
        &[
            "call.started",
            "call.completed",
            "call.failed",
            "campaign.started",
            "campaign.finished",
            "campaign.paused",
        ],
    ),
];

#[test]
fn every_documented_event_is_sent_and_verifies() {
    let server = Server::always(200, "ok");
    for (provider, events) in EVENTS {
        for event in events {
            let url = server.url("/hooks?a=1");
            let line =
                format!("send {provider} --secret-env SECRET --to {url} --event {event} --json");
            let lines = run(&line).expect(0).json();
            assert_eq!(
                (&lines[0]["kind"], &lines[1]["kind"]),
                (&json!("attempt"), &json!("summary"))
            );
            let request = server.received().pop().unwrap();
            assert_eq!((&*request.method, &*request.target), ("POST", "/hooks?a=1"));
            assert_eq!(request.header("content-type"), "application/json");
            let verify = format!("verify {provider} --secret-env SECRET --request - --json");
            let verdict = run_with(&verify, &request.raw()).expect(0).one();
            if provider == "samva" {
                assert_eq!(verdict["hints"]["x-webhook-event"], **event);
            } else {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let name = if provider == "voisnap" { &body["type"] } else { &body["event"] };
                assert_eq!(name, event);
            }
        }
    }
}

#[test]
fn published_samples_of_others_are_sent_and_verify() {
    let server = Server::always(200, "ok");
    for (provider, event) in [
        ("sinch", "message_delivery_report"),
        ("slack", "slash_command"),
        ("standard_webhooks", "test"),
        ("twilio", "call"),
        ("twitch", "webhook_callback_verification"),
    ] {
        let url = server.url("/hooks");
        run(&format!("send {provider} --secret-env SECRET --to {url} --event {event}")).expect(0);
        let request = server.received().pop().unwrap();
        let verify = format!("verify {provider} --secret-env SECRET --request - --url {url}");
        run_with(&verify, &request.raw()).expect(0);
    }
}

#[test]
fn a_body_is_sent_byte_for_byte_with_headers_of_ones_own() {
    let (server, files) = (Server::always(204, ""), Files::new());
    let bytes = b"\xff\0\r\n{\"a\": 1.0}\n";
    let (body, url) = (files.write("body", bytes), server.url("/"));
    let more = "-H X-GitHub-Event:push -H content-type:text/plain --id 72d3162e";
    for (line, input) in [(format!("--body {body}"), &b""[..]), ("--body -".to_owned(), bytes)] {
        run_with(&format!("send github --secret-env SECRET --to {url} {line} {more}"), input)
            .expect(0);
        let request = server.received().pop().unwrap();
        assert_eq!(&request.body[..], bytes);
        assert_eq!(request.header("x-github-event"), "push");
        assert_eq!(request.header("content-type"), "text/plain");
        assert_eq!(request.header("x-github-delivery"), "72d3162e");
        run_with("verify github --secret-env SECRET --request -", &request.raw()).expect(0);
    }
}

#[test]
fn many_deliveries_are_many_and_the_summary_counts_them() {
    let server = Server::start(|number, _| match number % 10 {
        0 => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        _ => (StatusCode::OK, String::new()),
    });
    let url = server.url("/");
    let line = "--event voice_note.sent --count 100 --concurrency 8 --rate 100000";
    let ran = run(&format!("send svara --secret-env SECRET --to {url} {line} --json")).expect(1);
    let lines = ran.json();
    assert_eq!(lines.len(), 101);
    let summary = lines.last().unwrap();
    for (name, count) in
        [("deliveries", 100), ("requests", 100), ("accepted", 90), ("rejected", 10)]
    {
        assert_eq!(summary[name], count, "{name}");
    }
    assert_eq!(summary["statuses"], json!({"200": 90, "500": 10}));
    assert!(summary["p50_milliseconds"].as_f64() <= summary["p99_milliseconds"].as_f64());
    quantiles_are_of_the_attempts(&lines);
    let received = server.received();
    let bodies: std::collections::HashSet<_> = received.iter().map(|each| &each.body).collect();
    assert_eq!(bodies.len(), 100, "each is a delivery of its own");

    let ran = run(&format!("send svara --secret-env SECRET --to {url} {line}")).expect(1);
    assert!(ran.stdout.starts_with("100 deliveries, 100 requests in "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("90 accepted, 10 rejected\n  200       90\n  500       10\n  p50 "),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "", "a bar is for terminals");
}

/// The histogram keeps three digits.
#[track_caller]
fn quantiles_are_of_the_attempts(lines: &[Value]) {
    let [attempts @ .., summary] = lines else { panic!("no lines") };
    let mut times: Vec<_> =
        attempts.iter().map(|attempt| attempt["milliseconds"].as_f64().unwrap()).collect();
    times.sort_by(f64::total_cmp);
    for (name, index) in [("p50_milliseconds", 49), ("p99_milliseconds", 98)] {
        let (shown, time) = (summary[name].as_f64().unwrap(), times[index]);
        assert!((shown - time).abs() <= time * 0.002 + 0.002, "{name}: {shown} and {time}");
    }
}

#[test]
fn neither_certificates_nor_a_proxy_are_needed_for_this_machine() {
    let server = Server::always(200, "ok");
    let url = server.url("/");
    let line = format!("send svara --secret-env SECRET --to {url} --event voice_note.sent");
    let mut command = command(line.split(' '));
    command.envs([("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")]);
    command.env("HTTP_PROXY", "http://127.0.0.1:1");
    finish(command).expect(0);
}

#[test]
fn redirects_are_not_followed() {
    let server = Server::always(308, "elsewhere");
    let url = server.url("/");
    let ran = run(&format!("send svara --secret-env SECRET --to {url} --event voice_note.sent"))
        .expect(1);
    assert!(ran.stdout.starts_with("delivery 1: 308 elsewhere ("), "{}", ran.stdout);
}

#[test]
fn an_answer_is_shown_without_control_characters() {
    let server = Server::always(400, "a\u{1b}[31m\nb");
    let url = server.url("/");
    let ran = run(&format!("send svara --secret-env SECRET --to {url} --event voice_note.sent"))
        .expect(1);
    assert!(ran.stdout.starts_with("delivery 1: 400 a\\u{1b}[31m\\nb ("), "{}", ran.stdout);
}

#[test]
fn wrong_set_ups_send_nothing() {
    let server = Server::always(200, "ok");
    let url = server.url("/");
    for (line, expected) in [
        ("svara --event nothing", "Svara has no event of this name, but voice_note.delivered, "),
        ("stripe --event charge", "there are no samples of Stripe: give a body with --body"),
        ("svara", "--event <NAME>|--body <FILE>"),
        ("svara --event voice_note.sent --body /dev/null", "cannot be used with"),
        ("svara --event voice_note.sent --stale 600", "Svara signs no time"),
        ("svara --event voice_note.sent --replay-id", "Svara sends no delivery id"),
        ("svara --event voice_note.sent --count 0", "0 is not in"),
        ("svara --event voice_note.sent --rate 0", "a number between"),
        ("svara --event voice_note.sent --time-scale nan", "a number between"),
        ("contentful --body /dev/null --method ??\u{7f}", "--method"),
        ("paypal --body /dev/null", "signing as PayPal does is not supported"),
        ("svix --body /dev/null --id \u{7f}", "the delivery id has no form that Svix uses"),
        (
            "twilio --event call --id \u{7f}",
            "nothing answers at --to: failed to parse header value",
        ),
        ("discord --body /dev/null", "Discord signs with a private key"),
    ] {
        let ran = run(&format!("send {line} --secret-env SECRET --to {url}"));
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
        ran.expect(2);
    }
    run("send svara --event voice_note.sent --secret-env SECRET --to ftp://a.example").expect(2);
    assert!(server.received().is_empty());
}

#[test]
fn a_private_key_signs_for_a_provider_whose_users_hold_the_public_one() {
    // Ours: the keys of webhook-core's tests.
    let (seed, public) = (
        "5dbe996084ee9fd59bf54d46c52844c3424954c72e4502a9b640bb7b7b8908f1",
        "43d06e76077c8f7158d980f42738316c51575d67f261629f9336d2cf08224afd",
    );
    let (server, files) = (Server::always(200, "ok"), Files::new());
    let (seed, public) = (files.write("seed", seed), files.write("public", public));
    let (url, body) = (server.url("/"), files.write("body", r#"{"type":2}"#));
    run(&format!("send discord --secret-file {seed} --to {url} --body {body}")).expect(0);
    let request = server.received().pop().unwrap();
    run_with(&format!("verify discord --secret-file {public} --request -"), &request.raw())
        .expect(0);
    // A forger has a key of its own.
    run(&format!("send discord --secret-file {seed} --to {url} --body {body} --forge")).expect(0);
    let request = server.received().pop().unwrap();
    run_with(&format!("verify discord --secret-file {public} --request -"), &request.raw())
        .expect(1);
}
