//! `sign` prints what the provider would send.

use std::process::Command;

use webhook_core::providers::{self, voisnap};
use webhook_core::{Outgoing, UnixTime};

use crate::program::{Files, SECRET, command, finish, has, run, run_with};
use crate::server::Server;

const BODY: &[u8] = b"{\"type\":\"SessionStarted\"}\n";

#[test]
fn the_headers_are_those_of_the_library() {
    let files = Files::new();
    let body = files.write("body", BODY);
    let line = "sign voisnap --secret-env SECRET --id dlv_1 --at 2023-11-14T22:13:20Z --body";
    let secret = voisnap::Secret::new(SECRET).unwrap();
    let outgoing = Outgoing::new(BODY, UnixTime::from_secs(1_700_000_000)).id("dlv_1");
    let signed = secret.verifier().sign(&outgoing).unwrap();
    let lines = signed.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let lines: Vec<_> = lines.collect();
    let expected = format!("content-type: application/json\n{}", lines.concat());
    assert_eq!(run(&format!("{line} {body}")).expect(0).stdout, expected);
    assert_eq!(run_with(&format!("{line} -"), BODY).expect(0).stdout, expected);
    let object = run(&format!("{line} {body} --json")).expect(0).one();
    assert_eq!(object["provider"], "voisnap");
    assert_eq!(object["headers"]["x-webhook-delivery-id"], "dlv_1");
    assert_eq!(object["headers"].as_object().unwrap().len(), signed.len() + 1);
}

#[test]
fn the_curl_command_can_be_pasted() {
    if !has("curl") {
        return;
    }
    let (server, files) = (Server::always(200, "ok"), Files::new());
    let url = server.url("/hooks?a='b'&c=d");
    let bodies: [&[u8]; 3] = [BODY, b"it's @home $HOME `x` \"y\" \\n", b"@\xff\r\n"];
    for (index, bytes) in bodies.into_iter().enumerate() {
        let body = files.write(&format!("it's-{index}"), bytes);
        let args =
            ["sign", "voisnap", "--secret-env", "SECRET", "--body", &body, "--curl", "--url", &url];
        let file = crate::program::run_args(args).expect(0).stdout;
        let mut commands = vec![file];
        if std::str::from_utf8(bytes).is_ok() {
            let line = format!("sign voisnap --secret-env SECRET --body - --curl --url {url}");
            commands.push(run_with(&line, bytes).expect(0).stdout);
        }
        for command in commands {
            let output = Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(output.stdout, b"ok", "{command}");
            let request = server.received().pop().unwrap();
            assert_eq!(&request.body[..], bytes, "{command}");
            assert_eq!(request.target, "/hooks?a='b'&c=d");
            run_with("verify voisnap --secret-env SECRET --request -", &request.raw()).expect(0);
        }
    }
}

#[test]
fn what_else_is_signed_is_taken_in() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let url = "--url https://a.example/hooks?b=c";
    // Square signs the URL.
    let ran = run(&format!("sign square --secret-env SECRET --body {body} {url}")).expect(0);
    let signature = ran.stdout.lines().find(|line| line.starts_with("x-square")).unwrap();
    let args = format!("verify square --secret-env SECRET --body {body} {url} -H");
    let args = args.split(' ').chain([signature]);
    crate::program::run_args(args.clone()).expect(0);
    let other =
        args.map(|arg| if arg.starts_with("https://") { "https://a.example/hooks" } else { arg });
    crate::program::run_args(other).expect(1);
    for verb in ["sign", "verify"] {
        let ran = run(&format!("{verb} square --secret-env SECRET --body {body}")).expect(2);
        assert_eq!(ran.stderr, "error: Square signs the endpoint's public URL: give --url\n");
    }
}

/// Secrets of every form, and the names of what the program cannot sign for.
const FORMS: [&str; 3] = [
    "whsec_AAECAwQFBgcICQoLDA0ODw==",
    "5dbe996084ee9fd59bf54d46c52844c3424954c72e4502a9b640bb7b7b8908f1",
    "key_1:first-secret",
];
const UNSIGNED: [&str; 8] = [
    "adyen_standard",
    "aws_sns",
    "azure_event_grid",
    "braintree",
    "google_pubsub",
    "mailgun",
    "paypal",
    "plaid",
];

#[test]
fn what_is_signed_for_a_provider_verifies() {
    let files = Files::new();
    let body = files.write("body", r#"{"id":"evt_1"}"#);
    let mut unsigned = Vec::new();
    // Public keys: the tests of `send`.
    for entry in providers::ALL.iter().filter(|entry| !entry.has_public_key()) {
        let name = entry.name();
        let more = if name == "sinch" { "-H x-sinch-webhook-signature-nonce:1" } else { "" };
        let arguments = |verb: &str| {
            format!(
                "{verb} {name} --secret-env FORM --body {body} --url https://a.example/hooks {more}"
            )
        };
        let signed = FORMS.iter().find_map(|form| {
            let mut sign = command(arguments("sign --json --show-secret").split_ascii_whitespace());
            let ran = finish({
                sign.env("FORM", form);
                sign
            });
            (ran.status == 0).then(|| (*form, ran.one()["headers"].clone()))
        });
        let Some((form, headers)) = signed else {
            unsigned.push(name);
            continue;
        };
        let mut verify = command(arguments("verify").split_ascii_whitespace());
        for (name, value) in headers.as_object().unwrap() {
            if name != "x-sinch-webhook-signature-nonce" {
                verify.arg("-H").arg(format!("{name}: {}", value.as_str().unwrap()));
            }
        }
        verify.env("FORM", form);
        let ran = finish(verify);
        assert_eq!(ran.status, 0, "{name}: {}{}", ran.stdout, ran.stderr);
    }
    unsigned.sort_unstable();
    let secret_only = |name: &&&str| !providers::find(name).unwrap().has_public_key();
    let expected: Vec<_> = UNSIGNED.iter().filter(secret_only).copied().collect();
    assert_eq!(unsigned, expected);
}

#[test]
fn wrong_set_ups_are_status_2() {
    for (line, expected) in [
        ("sign svix --body - --id a.b", "the delivery id has no form that Svix uses"),
        ("sign svara --body - --at yesterday", "neither seconds since 1970 nor a time"),
        ("sign svara --body - -H nonsense", "a header is `Name: value`"),
        ("sign svara", "--body <FILE>"),
        ("sign aws_sns --body -", "signing as Amazon SNS does is not supported"),
        ("sign svara --body - --url nonsense", "--url needs a public URL"),
    ] {
        let ran = run_with(&format!("{line} --secret-env SECRET"), b"{}");
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
        ran.expect(2);
    }
    let ran =
        run_with("sign svara --secret-env SECRET --body - --curl --url http://a.example", b"\xff");
    assert!(ran.expect(2).stderr.contains("give it as a file"));
}
