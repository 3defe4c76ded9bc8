//! `providers` shows the registry.

use serde_json::json;
use webhook_core::providers::{self, Entry};

use crate::program::run;

#[test]
fn the_table_has_a_line_for_each_provider() {
    let table = run("providers").expect(0).stdout;
    for entry in providers::ALL {
        let row = table.lines().find(|line| line.split(' ').next() == Some(entry.name()));
        assert!(row.is_some_and(|row| row.contains(entry.title())), "{}", entry.name());
    }
    assert!(table.contains(&format!("{} providers", providers::ALL.len())));
}

#[test]
fn json_has_an_object_a_line() {
    let lines = run("providers --json").expect(0).json();
    let names: Vec<_> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, providers::ALL.iter().map(Entry::name).collect::<Vec<_>>());
    assert_eq!(
        run("providers svara --json").expect(0).one(),
        *lines.iter().find(|line| line["name"] == "svara").unwrap()
    );
}

#[test]
fn one_is_described_in_full() {
    let text = run("providers svara").expect(0).stdout;
    for part in [
        "Svara (svara)",
        "webhook secret, from the dashboard, Settings, Webhooks",
        "x-svara-signature",
        "no time is signed",
        "10 s",
        "5 times: after 1 s, 5 s, 30 s, 2 min and 10 min",
        "voice_note.delivered, voice_note.failed, voice_note.sent",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let slack = run("providers slack --json").expect(0).one();
    assert_eq!(slack["retry_delays_seconds"], json!([0, 60, 300]));
    assert_eq!(slack["tolerance_seconds"], 300);
    assert!(slack["handshake"].is_string());
    assert_eq!(
        slack["documentation"].as_str(),
        providers::find("slack").unwrap().documentation_url()
    );
}

#[test]
fn a_name_may_have_dashes_and_an_unknown_one_is_status_2() {
    run("providers gitlab-token").expect(0);
    let ran = run("providers strpie").expect(2);
    assert!(ran.stderr.contains("Do you mean 'stripe'?"), "{}", ran.stderr);
}

#[test]
fn a_pipe_that_is_closed_early_is_no_error() {
    use std::process::Stdio;
    let mut child = crate::program::command(["providers"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}
