//! A wrong set-up ends both programs before they begin.

use std::process::Command;

use crate::moto::{CREDENTIALS, max_receive_count};
use crate::program::{RECEIVER, SECRET, WORKER};

const URL: &str = "http://127.0.0.1:1/000000000000/voisnap.fifo";

/// What a program says about a set-up in which this variable has this value, or none.
#[track_caller]
fn says(program: &str, name: &str, value: Option<&str>) -> String {
    let mut command = Command::new(program);
    command.env_clear().envs(CREDENTIALS).env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs([("QUEUE_URL", URL), ("VOISNAP_WEBHOOK_SECRET", SECRET)]).env_remove(name);
    let output = command.envs(value.map(|value| (name, value))).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_missing_is_named() {
    let secret = "VOISNAP_WEBHOOK_SECRET is not set\n";
    assert_eq!(says(RECEIVER, "VOISNAP_WEBHOOK_SECRET", None), secret);
    for program in [RECEIVER, WORKER] {
        assert_eq!(says(program, "QUEUE_URL", None), "QUEUE_URL is not set\n");
        assert!(says(program, "AWS_REGION", None).ends_with("AWS_REGION is not set\n"));
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let standard = "QUEUE_URL is not the URL of a FIFO queue, which ends in .fifo\n";
    let redis = "REDIS_URL cannot be used: ";
    for program in [RECEIVER, WORKER] {
        assert_eq!(says(program, "QUEUE_URL", Some("http://127.0.0.1:1/0/voisnap")), standard);
        assert!(says(program, "REDIS_URL", Some("nonsense")).starts_with(redis));
    }
    assert!(says(RECEIVER, "BIND", Some("nonsense")).contains("BIND=nonsense cannot be used: "));
    for value in ["", "0", "1001", "-1", "ten"] {
        let expected = "CONCURRENCY is not a number from 1 to 1000\n";
        assert_eq!(says(WORKER, "CONCURRENCY", Some(value)), expected, "{value}");
    }
}

#[test]
fn the_readme_counts_as_the_queue_does() {
    let (readme, count) = (include_str!("../../README.md"), max_receive_count());
    for text in [
        format!("received {count} times (`maxReceiveCount` in `queue.json`)"),
        format!("is `maxReceiveCount`, {count}."),
    ] {
        assert!(readme.contains(&text), "{text}");
    }
}
