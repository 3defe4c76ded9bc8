//! `explain` hands on what the library finds.

use serde_json::{Value, json};

use crate::program::{Files, SECRET, run, run_with, signed};

#[test]
fn the_first_line_has_the_likeliest_cause() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let headers = signed("svara", b"{}", "");
    let secret = files.write("secret.txt", format!("{SECRET}\n"));
    let line = format!("explain svara --secret-file {secret} --body {body}{headers} --json");
    let ran = run(&line).expect(1);
    ran.shows_no(SECRET);
    let first = &ran.json()[0];
    assert_eq!(first["verified"], false);
    assert_eq!(first["cause"], "secret-newline");
    let members: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["cause", "evidence", "fix", "verified"]);

    let ran = run(&line.replace(" --json", "")).expect(1);
    assert!(ran.stdout.starts_with("refused: the likeliest cause first\n\nsecret-newline\n"));
    // The program itself takes such a file: it removes the newline.
    run(&line.replace("explain", "verify")).expect(0);
}

#[test]
fn a_genuine_request_verifies() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let headers = signed("voisnap", b"{}", "--at 1700000000");
    let line = format!(
        "explain voisnap --secret-env SECRET --body {body}{headers} --at 1700000001 --json"
    );
    let nothing = json!({"verified": true, "cause": null, "evidence": null, "fix": null});
    assert_eq!(run(&line).expect(0).one(), nothing);
}

/// Both have the same signature header, and Samva sends no time.
#[test]
fn a_request_of_a_provider_with_the_same_header_is_named() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let headers = signed("samva", b"{}", "");
    let line = format!("explain voisnap --secret-env SECRET --body {body}{headers} --json");
    let ran = run(&line).expect(1);
    let first = &ran.json()[0];
    assert_eq!(first["cause"], "other-provider", "{first}");
    assert!(first["evidence"].as_str().unwrap().contains("Samva"), "{first}");
}

#[test]
fn an_age_that_was_not_judged_is_said_beside_the_answer() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let headers = signed("voisnap", b"{}", "--at 1700000000");
    let line = format!("explain voisnap --secret-env SECRET --body {body}{headers}");
    let ran = run(&format!("{line} --at-arrival")).expect(0);
    assert!(ran.stdout.contains("was not judged"), "{}", ran.stdout);
    let ran = run(&line).expect(1);
    assert!(ran.stdout.contains("before the time that it is judged at"), "{}", ran.stdout);
}

#[test]
fn when_nothing_fits_it_says_what_was_tried() {
    let hex = "0".repeat(64);
    let line = format!("explain svara --secret-env SECRET --body - -H x-svara-signature:{hex}");
    let ran = run_with(&line, b"{}").expect(1);
    assert!(ran.stdout.starts_with("refused: no known mistake explains it\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Three checks that people skip:"), "{}", ran.stdout);
    let ran = run_with(&format!("{line} --json"), b"{}").expect(1);
    assert_eq!(ran.one(), json!({"verified": false, "cause": null, "evidence": null, "fix": null}));
}

#[test]
fn the_causes_are_listed() {
    let ran = run("explain --causes --json").expect(0);
    let ids: Vec<Value> = ran.json().iter().map(|line| line["cause"].clone()).collect();
    assert!(ids.contains(&json!("secret-newline")), "{ids:?}");
    let text = run("explain --causes").expect(0).stdout;
    assert_eq!(text.lines().count(), ids.len());
}
