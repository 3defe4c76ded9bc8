//! What the worker does about failures, and when it is stopped.

use std::thread::sleep;
use std::time::Duration;

use crate::deliveries::{svara, voisnap};
use crate::http::{deliver, is_received};
use crate::postgres::Postgres;
use crate::program::Program;
use crate::work_service;

#[test]
fn what_fails_is_tried_again_and_then_given_up() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, came) = work_service::start(|id| if id == "dlv_bad" { 500 } else { 200 });
    let receiver = Program::start("receiver", &postgres.url(), &[("MAX_ATTEMPTS", "2")]);
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    for id in ["dlv_bad", "dlv_good"] {
        is_received(deliver(receiver.address(), &voisnap(id)));
    }
    postgres.wait_for(1, "delivery_log() where delivery_id = 'dlv_bad' and state = 'failed'");
    postgres.wait_for(1, "delivery_log() where delivery_id = 'dlv_bad' and state = 'given up'");
    postgres.wait_for(1, "delivery_log() where delivery_id = 'dlv_good' and state = 'done'");
    assert_eq!((came.times("dlv_bad"), came.times("dlv_good")), (2, 1));
    let errors: Vec<String> =
        postgres.all("select error from attempts where ended_at is not null and error is not null");
    assert_eq!(errors, ["WORK_URL answered 500 Internal Server Error"; 2]);
    assert_eq!(worker.stop(), ["handled voisnap SessionEnded dlv_good"]);
}

#[test]
fn it_finishes_what_is_under_way_before_it_stops() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, came) = work_service::start(|_| {
        sleep(Duration::from_millis(700));
        200
    });
    let receiver = Program::receiver(&postgres.url());
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    is_received(deliver(receiver.address(), &voisnap("dlv_1")));
    while came.times("dlv_1") == 0 {
        sleep(Duration::from_millis(10));
    }
    assert_eq!(worker.stop(), ["handled voisnap SessionEnded dlv_1"]);
    assert_eq!(postgres.count("delivery_log() where state = 'done'"), 1);
    assert_eq!(postgres.count("graphile_worker.jobs"), 0);
}

#[test]
fn what_is_old_is_forgotten_once_it_is_done_or_given_up() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, _) = work_service::start(|id| if id == "dlv_done" { 200 } else { 500 });
    let receiver = Program::start("receiver", &postgres.url(), &[("MAX_ATTEMPTS", "1")]);
    let patient = Program::receiver(&postgres.url());
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url), ("RETENTION_DAYS", "7")]);
    is_received(deliver(receiver.address(), &voisnap("dlv_done")));
    is_received(deliver(receiver.address(), &voisnap("dlv_given_up")));
    is_received(deliver(patient.address(), &voisnap("dlv_failed")));
    postgres.wait_for(1, "delivery_log() where state = 'done'");
    postgres.wait_for(1, "delivery_log() where state = 'given up'");
    postgres.wait_for(1, "delivery_log() where state = 'failed'");
    postgres.all::<String>(
        "update deliveries set received_at = now() - interval '8 days' returning event",
    );
    is_received(deliver(patient.address(), &svara(r#"{"event":"of today"}"#)));

    postgres.all::<i64>("select id from graphile_worker.add_job('forget')");
    worker.stderr.wait_for("forgot what was old");
    assert_eq!(
        postgres.all::<String>("select event from deliveries order by id"),
        ["SessionEnded", "of\\u{20}today"]
    );
    assert_eq!(postgres.count("delivery_keys"), 3);
    is_received(deliver(patient.address(), &voisnap("dlv_done")));
}
