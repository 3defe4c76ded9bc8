//! Exit statuses, `--json` and `NO_COLOR`, the same for every command.

use std::process::Command;

use serde_json::Value;

use crate::program::{Files, PROGRAM, command, finish, run};
use crate::server::Server;

/// Lines that end with each status.
fn lines(files: &Files, server: &Server) -> Vec<(String, i32)> {
    let body = files.write("body", "{}");
    let bad = format!("-H x-svara-signature:{}", "0".repeat(64));
    let (ok, teapot) = (server.url("/ok"), server.url("/teapot"));
    let signed = run(&format!("sign svara --secret-env SECRET --body {body} --json")).one();
    let good = format!(
        "-H x-svara-signature:{}",
        signed["headers"]["x-svara-signature"].as_str().unwrap()
    );
    let secret = "--secret-env SECRET";
    [
        ("providers".to_owned(), 0),
        ("providers nobody".to_owned(), 2),
        (format!("sign svara {secret} --body {body}"), 0),
        (format!("sign svara {secret} --body {body}/nowhere"), 2),
        (format!("verify svara {secret} --body {body} {good}"), 0),
        (format!("verify svara {secret} --body {body} {bad}"), 1),
        (format!("verify svara {secret}"), 2),
        (format!("explain svara {secret} --body {body} {good}"), 0),
        (format!("explain svara {secret} --body {body} {bad}"), 1),
        (format!("explain svara {secret}"), 2),
        (format!("send svara {secret} --to {ok} --body {body}"), 0),
        (format!("send svara {secret} --to {teapot} --body {body}"), 1),
        (format!("send svara {secret} --to http://127.0.0.1:1 --body {body}"), 2),
        (format!("endpoints list voxpria {secret} --base-url {teapot}"), 1),
        (format!("endpoints list samva {secret}"), 2),
        ("completions bash".to_owned(), 0),
        ("man".to_owned(), 0),
        ("nonsense".to_owned(), 2),
    ]
    .into()
}

fn server() -> Server {
    Server::start(|_, request| {
        let status = if request.target.starts_with("/teapot") { 418 } else { 200 };
        (axum::http::StatusCode::from_u16(status).unwrap(), "{}".to_owned())
    })
}

#[test]
fn the_status_says_whether_it_was_accepted_rejected_or_wrong() {
    let (files, server) = (Files::new(), server());
    for (line, status) in lines(&files, &server) {
        let ran = run(&line);
        assert_eq!(ran.status, status, "{line}: {}", ran.stderr);
        assert_eq!(status == 2, !ran.stderr.is_empty() && ran.status != 1, "{line}");
    }
}

#[test]
fn json_is_one_object_a_line_whatever_the_status() {
    let (files, server) = (Files::new(), server());
    for (line, status) in lines(&files, &server) {
        let ran = run(&format!("{line} --json")).expect(status);
        ran.json();
        // Wrong arguments are told by clap, in words.
        if status == 2 && !ran.stderr.contains("--help") && !line.contains("nobody") {
            let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
            assert!(error["error"].is_string(), "{line}: {}", ran.stderr);
        }
    }
}

#[test]
fn colours_are_for_terminals_and_not_with_no_color() {
    let text = run("providers svara").expect(0).stdout;
    assert!(!text.contains('\u{1b}'));
    let coloured = |no_color: bool| {
        let mut command = command(["providers", "svara"]);
        command.env("CLICOLOR_FORCE", "1");
        if no_color {
            command.env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
        }
        finish(command).stdout.contains('\u{1b}')
    };
    assert!(coloured(false));
    assert!(!coloured(true));
}

#[test]
fn the_version_is_the_crates() {
    let output = Command::new(PROGRAM).arg("--version").output().unwrap();
    let expected = format!("webhook {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
