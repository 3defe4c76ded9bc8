//! `endpoints`, against a server that answers as the documents say.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::program::{Files, Ran, command, finish, run};
use crate::server::{Received, Server};

const KEY: &str = "key-of-the-tests-0123456789";
const NEW_SECRET: &str = "whsec_xyz789-new-secret";

fn samva() -> Server {
    Server::start(|_, request| {
        if request.headers.get("x-api-key").is_none_or(|key| key != KEY) {
            let echo = request.headers.get("x-api-key").unwrap().to_str().unwrap();
            return (StatusCode::UNAUTHORIZED, format!(r#"{{"error":"unknown key {echo}"}}"#));
        }
        assert_eq!((&*request.method, &*request.target), ("POST", "/v1/webhooks"));
        (StatusCode::OK, json!({"id": "wh_1", "name": "Orders"}).to_string())
    })
}

fn voxpria() -> Server {
    Server::start(|_, request| {
        if request.header("authorization") != format!("Bearer {KEY}") {
            return (StatusCode::UNAUTHORIZED, r#"{"success":false}"#.to_owned());
        }
        assert_eq!(request.target, "/api/v1/webhooks");
        let endpoint = json!({
            "webhookId": "webhook_abc123", "url": "https://a.example/hooks",
            "events": ["call.completed"], "active": true, "secret": NEW_SECRET,
        });
        let data = if request.method == "GET" { json!([endpoint]) } else { endpoint };
        (StatusCode::OK, json!({"success": true, "data": data}).to_string())
    })
}

/// Runs it with the API key in a variable.
fn endpoints(line: &str, server: &Server) -> Ran {
    let base = server.url("");
    let mut command = command(["endpoints"]);
    command.args(line.split(' ')).args(["--base-url", &base, "--api-key-env", "KEY"]);
    command.env("KEY", KEY);
    let ran = finish(command);
    ran.shows_no(KEY);
    ran.shows_no(NEW_SECRET);
    ran
}

fn body(request: &Received) -> Value {
    assert_eq!(request.header("content-type"), "application/json");
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn samvas_are_created_with_name_url_and_events() {
    let server = samva();
    let line = "create samva --json --name Orders --url https://a.example/hooks \
                --event message.delivered --event message.failed";
    let ran = endpoints(line, &server).expect(0);
    let created = ran.one();
    assert_eq!((&created["id"], &created["provider"]), (&json!("wh_1"), &json!("samva")));
    let expected = json!({
        "name": "Orders", "url": "https://a.example/hooks",
        "events": ["message.delivered", "message.failed"],
    });
    assert_eq!(body(&server.received()[0]), expected);
    assert_eq!(ran.stderr, "");
}

#[test]
fn voxprias_secret_goes_into_a_file_that_only_its_owner_can_read() {
    let (server, files) = (voxpria(), Files::new());
    let path = files.name("secret");
    let line = format!(
        "create voxpria --json --url https://a.example/hooks --event call.completed --secret-out {path}"
    );
    let created = endpoints(&line, &server).expect(0).one();
    assert_eq!(created["id"], "webhook_abc123");
    assert_eq!(created["secret_file"], json!(path));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), NEW_SECRET);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let expected =
        json!({"url": "https://a.example/hooks", "events": ["call.completed"], "active": true});
    assert_eq!(body(&server.received()[0]), expected);

    // An existing file may hold a secret in use: nothing is asked for that could not be kept.
    endpoints(&line, &server).expect(2);
    assert_eq!(server.received().len(), 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), NEW_SECRET);
    // Its text too has the file and not the secret.
    std::fs::remove_file(&path).unwrap();
    let ran = endpoints(&line.replace("--json ", ""), &server).expect(0);
    assert!(ran.stdout.contains(&path), "{}", ran.stdout);
}

#[test]
fn voxprias_are_listed_without_their_secrets() {
    let ran = endpoints("list voxpria --json", &voxpria()).expect(0);
    let expected = json!({
        "provider": "voxpria", "id": "webhook_abc123", "url": "https://a.example/hooks",
        "events": ["call.completed"], "active": true,
    });
    assert_eq!(ran.one(), expected);
    let ran = endpoints("list voxpria", &voxpria()).expect(0);
    assert_eq!(ran.stdout, "webhook_abc123 https://a.example/hooks call.completed\n");
}

#[test]
fn a_refusal_of_the_api_is_status_1_and_shows_no_key() {
    let server = samva();
    let mut command = command(["endpoints", "create", "samva", "--secret-env", "KEY"]);
    command.args(["--url", "https://a.example", "--event", "message.failed", "--json"]);
    command.args(["--base-url", &server.url("/")]).env("KEY", "another-key-0123");
    let ran = finish(command).expect(1);
    ran.shows_no("another-key-0123");
    let error: Value = serde_json::from_str(ran.stderr.trim()).unwrap();
    let expected = r#"Samva answers 401: {"error":"unknown key [secret]"}"#;
    assert_eq!(error, json!({"error": expected}));
}

#[test]
fn an_answer_without_a_secret_leaves_no_file() {
    let files = Files::new();
    let path = files.name("secret");
    let line =
        format!("create voxpria --url https://a.example --event call.failed --secret-out {path}");
    for (answer, status) in
        [(r#"{"success":true,"data":{"webhookId":"w"}}"#, 200), ("<html>", 200), ("{}", 500)]
    {
        endpoints(&line, &Server::always(status, answer)).expect(1);
        assert!(!std::path::Path::new(&path).exists());
    }
}

#[test]
fn wrong_set_ups_are_status_2() {
    let server = samva();
    for (line, expected) in [
        ("list samva", "Samva documents no way to list endpoints"),
        (
            "create samva --url http://a.example --event message.failed",
            "Samva calls https URLs only",
        ),
        ("create voxpria --url https://a.example --event call.failed", "--secret-out"),
        (
            "create samva --url https://a.example --event message.failed --secret-out x",
            "makes up no secret",
        ),
        ("create samva --url https://a.example", "--event"),
        ("create stripe --url https://a.example --event a", "possible values: samva, voxpria"),
    ] {
        let ran = endpoints(line, &server).expect(2);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
    assert!(server.received().is_empty());
    let ran = run("endpoints list voxpria").expect(2);
    assert!(ran.stderr.contains("no api key: give --api-key-env NAME"), "{}", ran.stderr);
}

#[test]
fn an_api_that_does_not_answer_is_status_2() {
    let mut command = command(["endpoints", "list", "voxpria", "--api-key-env", "KEY"]);
    // Port 1 is nobody's.
    command.args(["--base-url", "http://127.0.0.1:1"]).env("KEY", KEY);
    let ran = finish(command).expect(2);
    assert!(ran.stderr.contains("VoxPria does not answer: "), "{}", ran.stderr);
}

#[test]
fn an_event_that_is_not_documented_is_a_warning() {
    let line = "create samva --url https://a.example --event message.read";
    let ran = endpoints(line, &samva()).expect(0);
    assert!(
        ran.stderr.contains(r#"Samva documents no event named "message.read""#),
        "{}",
        ran.stderr
    );
}
