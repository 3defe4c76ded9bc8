//! What senders are answered.

use std::thread;
use std::time::{Duration, SystemTime};

use webhook_tower::providers::svara::Svara;

use crate::deliveries::{samva, signed, svara, under_another_id, voisnap, voisnap_before, voxpria};
use crate::http::{deliver, is_duplicate, is_received, request};
use crate::postgres::Postgres;
use crate::program::{Program, SECRETS, command};

const DELIVERIES: &str = "deliveries";
const JOBS: &str = "graphile_worker.jobs";

#[test]
fn genuine_deliveries_are_stored_and_handled() {
    let Some(postgres) = Postgres::start() else { return };
    let receiver = Program::receiver(&postgres.url());
    let to = receiver.address();
    let mut named = samva(r#"{"id":"msg_2"}"#);
    named.headers.push(("X-Webhook-Event", "message.delivered".to_owned()));
    let all = [
        svara(r#"{"event":"voice_note.sent"}"#),
        samva(r#"{"id":"msg_1"}"#),
        named,
        voisnap("dlv_1"),
        voxpria(r#"{"event":"call.completed","data":{}}"#),
        // PostgreSQL knows no NUL.
        svara(r#"{"event":"a\u0000b c","nul":"\u0000"}"#),
    ];
    for delivery in &all {
        is_received(deliver(to, delivery));
    }
    assert_eq!(request(to, "GET", "/healthz", &[], "").unwrap().status, 200);
    assert_eq!((postgres.count(DELIVERIES), postgres.count(JOBS)), (6, 6));

    let worker = Program::worker(&postgres.url(), &[("CONCURRENCY", "1")]);
    postgres.wait_for(6, "delivery_log() where state = 'done'");
    postgres.wait_for(0, JOBS);
    let expected = [
        "handled svara voice_note.sent -",
        "handled samva - -",
        "handled samva message.delivered -",
        "handled voisnap SessionEnded dlv_1",
        "handled voxpria call.completed -",
        r"handled svara a\u{0}b\u{20}c -",
    ];
    assert_eq!(worker.stop(), expected);
    assert!(receiver.stop().is_empty());
    let attempts = "attempts where ended_at >= started_at and error is null";
    assert_eq!((postgres.count("attempts"), postgres.count(attempts)), (6, 6));
}

#[test]
fn all_parts_run_in_one_process() {
    let Some(postgres) = Postgres::start() else { return };
    let all = Program::all(&postgres.url());
    is_received(deliver(all.address(), &voisnap("dlv_1")));
    postgres.wait_for(1, "delivery_log() where state = 'done'");
    let page = request(all.log_address(), "GET", "/deliveries/1", &[], "").unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("conv of dlv_1") && page.body.contains("succeeded"),
        "{}",
        page.body
    );
    assert_eq!(all.stop(), ["handled voisnap SessionEnded dlv_1"]);
}

#[test]
fn forged_deliveries_are_not_stored() {
    let Some(postgres) = Postgres::start() else { return };
    let receiver = Program::receiver(&postgres.url());
    let mut forged = voisnap("dlv_1");
    forged.body.push(' ');
    assert_eq!(deliver(receiver.address(), &forged).unwrap().status, 401);
    let body = r#"{"event":"voice_note.sent"}"#;
    let forged = signed::<Svara>("/webhooks/svara", "other", body, SystemTime::now(), None);
    assert_eq!(deliver(receiver.address(), &forged).unwrap().status, 401);
    assert_eq!((postgres.count(DELIVERIES), postgres.count("delivery_keys")), (0, 0));
}

#[test]
fn what_comes_again_is_a_duplicate() {
    let Some(postgres) = Postgres::start() else { return };
    let receiver = Program::receiver(&postgres.url());
    let to = receiver.address();
    let first = voisnap("dlv_1");
    is_received(deliver(to, &first));
    is_duplicate(deliver(to, &first));

    // A captured request under another id. That id is not taken by it.
    is_duplicate(deliver(to, &under_another_id(first, "dlv_2")));
    is_received(deliver(to, &voisnap("dlv_2")));

    // A retry that is signed anew, and that one captured, under another id.
    let retry = voisnap_before("dlv_1", Duration::from_secs(5));
    is_duplicate(deliver(to, &retry));
    is_duplicate(deliver(to, &under_another_id(retry, "dlv_3")));
    is_received(deliver(to, &voisnap("dlv_3")));

    // Another endpoint's deliveries are others.
    let body = r#"{"event":"call.completed"}"#;
    is_received(deliver(to, &voxpria(body)));
    is_received(deliver(to, &svara(body)));
    is_duplicate(deliver(to, &svara(body)));

    assert_eq!((postgres.count(DELIVERIES), postgres.count(JOBS)), (5, 5));
}

#[test]
fn of_many_at_once_one_is_received() {
    let Some(postgres) = Postgres::start() else { return };
    let receivers = [Program::receiver(&postgres.url()), Program::receiver(&postgres.url())];
    let addresses = receivers.each_ref().map(Program::address);
    for round in 0..10 {
        let id = format!("dlv_{round}");
        // Half of them signed anew: one id, two fingerprints.
        let signed = [0, 5].map(|secs| voisnap_before(&id, Duration::from_secs(secs)));
        let sent: Vec<_> = (0..8)
            .map(|n| {
                let (to, delivery) = (addresses[n % 2], signed[n / 4].clone());
                thread::spawn(move || deliver(to, &delivery).unwrap())
            })
            .collect();
        let answers: Vec<_> = sent.into_iter().map(|sent| sent.join().unwrap()).collect();
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let received = answers.iter().filter(|answer| answer.body.contains("received"));
        assert_eq!(received.count(), 1, "{answers:?}");
    }
    assert_eq!((postgres.count(DELIVERIES), postgres.count(JOBS)), (10, 10));
    assert_eq!(postgres.count("delivery_keys"), 30);
}

#[test]
fn without_the_database_senders_are_told_to_come_again() {
    let Some(postgres) = Postgres::start() else { return };
    let receiver = Program::receiver(&postgres.url());
    let to = receiver.address();
    let delivery = voisnap("dlv_1");
    postgres.down();
    assert_eq!(deliver(to, &delivery).unwrap().status, 503);
    postgres.up();
    is_received(deliver(to, &delivery));
    is_duplicate(deliver(to, &delivery));
    assert_eq!((postgres.count(DELIVERIES), postgres.count(JOBS)), (1, 1));
}

#[test]
fn what_is_wrong_with_the_set_up_is_named() {
    let fails = |arguments: &[&str], variables: &[(&str, &str)], without: &str, expected: &str| {
        let mut command = command(arguments);
        let database = ("DATABASE_URL", "postgres://user:password@127.0.0.1:1/none");
        command.envs([database]).envs(variables.iter().copied()).env_remove(without);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(expected) && !stderr.contains("password"), "{stderr}");
        assert!(output.stdout.is_empty());
    };
    for (name, _) in SECRETS {
        fails(&["receiver"], &[], name, &format!("{name} is not set"));
    }
    fails(&["worker"], &[], "DATABASE_URL", "DATABASE_URL is not set");
    fails(&["worker"], &[], "", "DATABASE_URL cannot be used: ");
    fails(&["nonsense"], &[], "", "nonsense: not one of receiver, worker, log");
    fails(&["receiver"], &[("BIND", "nonsense")], "", "BIND=nonsense cannot be used: ");
    fails(&["receiver"], &[("MAX_ATTEMPTS", "0")], "", "MAX_ATTEMPTS=0 leaves no attempt");
    fails(&["worker"], &[("WORK_URL", "nonsense")], "", "WORK_URL cannot be used: ");
    fails(&["worker"], &[("DEAD_AFTER_MILLIS", "soon")], "", "DEAD_AFTER_MILLIS=soon is not");
    fails(&["worker"], &[("POLL_MILLIS", "0")], "", "POLL_MILLIS=0 is no time at all");
    fails(&["worker"], &[("CONCURRENCY", "0")], "", "CONCURRENCY=0 does no work");
    fails(&["worker"], &[("RETENTION_DAYS", "0")], "", "RETENTION_DAYS=0 is not from 1 to 36500");
    fails(&["log"], &[("LOG_TOKEN", "")], "", "LOG_TOKEN is empty");
    fails(
        &["log"],
        &[("LOG_BIND", "0.0.0.0:0")],
        "",
        "can be reached from elsewhere: set LOG_TOKEN",
    );
}
