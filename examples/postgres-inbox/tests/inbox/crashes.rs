//! Processes that are killed at every point where it could matter.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::deliveries::voisnap;
use crate::http::{Answer, deliver, is_duplicate, is_received};
use crate::postgres::Postgres;
use crate::program::{PATIENCE, Program, signal};
use crate::proxy::{Direction, Proxy};
use crate::work_service;

const DELIVERY: &str = "dlv_1";

/// Kills a receiver when this message is on its way. The sender gets no answer.
fn kill_receiver_at(postgres: &Postgres, direction: Direction, text: &'static str) {
    let proxy = Proxy::start(postgres.port);
    let receiver = Program::receiver(&postgres.url_at(proxy.port));
    let to = receiver.address();
    let caught = proxy.withhold(direction, text);
    let sender = thread::spawn(move || deliver(to, &voisnap(DELIVERY)));
    caught.recv_timeout(PATIENCE).unwrap();
    receiver.kill();
    proxy.cut();
    let answer: io::Result<Answer> = sender.join().unwrap();
    assert!(answer.is_err(), "{answer:?}");
}

/// The sender comes again, and a worker handles the delivery once.
fn comes_again(postgres: &Postgres, expected: fn(io::Result<Answer>)) {
    let receiver = Program::receiver(&postgres.url());
    expected(deliver(receiver.address(), &voisnap(DELIVERY)));
    is_duplicate(deliver(receiver.address(), &voisnap(DELIVERY)));
    let worker = Program::worker(&postgres.url(), &[]);
    postgres.wait_for(1, "delivery_log() where state = 'done' and attempts = 1");
    postgres.wait_for(0, "graphile_worker.jobs");
    assert_eq!(worker.stop(), ["handled voisnap SessionEnded dlv_1"]);
    assert_eq!(postgres.count("deliveries"), 1);
}

#[test]
fn receiver_killed_before_the_transaction() {
    let Some(postgres) = Postgres::start() else { return };
    kill_receiver_at(&postgres, Direction::ToPostgres, "BEGIN");
    assert_eq!(postgres.count("deliveries"), 0);
    comes_again(&postgres, is_received);
}

#[test]
fn receiver_killed_before_the_commit() {
    let Some(postgres) = Postgres::start() else { return };
    kill_receiver_at(&postgres, Direction::ToPostgres, "COMMIT");
    assert_eq!((postgres.count("deliveries"), postgres.count("graphile_worker.jobs")), (0, 0));
    comes_again(&postgres, is_received);
}

#[test]
fn receiver_killed_after_the_commit_before_the_answer() {
    let Some(postgres) = Postgres::start() else { return };
    kill_receiver_at(&postgres, Direction::FromPostgres, "COMMIT");
    assert_eq!((postgres.count("deliveries"), postgres.count("graphile_worker.jobs")), (1, 1));
    comes_again(&postgres, is_duplicate);
}

#[test]
fn worker_killed_in_the_midst_of_its_work() {
    let Some(postgres) = Postgres::start() else { return };
    let (began, has_begun) = mpsc::channel();
    let (url, came) = work_service::start(move |_| {
        began.send(()).unwrap();
        thread::sleep(std::time::Duration::from_millis(300));
        200
    });
    let receiver = Program::receiver(&postgres.url());
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    is_received(deliver(receiver.address(), &voisnap(DELIVERY)));
    has_begun.recv_timeout(PATIENCE).unwrap();
    assert_eq!(postgres.count("delivery_log() where state = 'running'"), 1);
    worker.kill();

    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    postgres.wait_for(1, "delivery_log() where state = 'done' and attempts = 2");
    assert_eq!(came.times(DELIVERY), 2);
    let outcomes = "select coalesce(error, 'succeeded') from attempts order by id";
    assert_eq!(postgres.all::<String>(outcomes), ["the worker died", "succeeded"]);
    assert_eq!(worker.stop(), ["handled voisnap SessionEnded dlv_1"]);
}

#[test]
fn worker_killed_after_the_work_before_it_is_noted() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, came) = work_service::start(|_| 200);
    kill_worker_at(&postgres, &url, "update deliveries set done_at");
    assert_eq!(postgres.count("delivery_log() where state = 'running'"), 1);

    // Nobody can tell that it was done: it is done again.
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    postgres.wait_for(1, "delivery_log() where state = 'done' and attempts = 2");
    assert_eq!(came.times(DELIVERY), 2);
    worker.stop();
}

#[test]
fn worker_killed_before_its_job_is_completed() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, came) = work_service::start(|_| 200);
    kill_worker_at(&postgres, &url, "delete from graphile_worker._private_jobs");
    assert_eq!(postgres.count("delivery_log() where state = 'done'"), 1);
    assert_eq!(postgres.count("graphile_worker.jobs where locked_at is not null"), 1);

    // The job runs again, and finds that all is done.
    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    postgres.wait_for(0, "graphile_worker.jobs");
    assert_eq!((came.times(DELIVERY), postgres.count("attempts")), (1, 1));
    assert!(worker.stop().is_empty());
}

/// Kills a worker when it is about to say this to PostgreSQL.
fn kill_worker_at(postgres: &Postgres, url: &str, text: &'static str) {
    let proxy = Proxy::start(postgres.port);
    let receiver = Program::receiver(&postgres.url());
    let worker = Program::worker(&postgres.url_at(proxy.port), &[("WORK_URL", url)]);
    let caught = proxy.withhold(Direction::ToPostgres, text);
    is_received(deliver(receiver.address(), &voisnap(DELIVERY)));
    caught.recv_timeout(PATIENCE).unwrap();
    worker.kill();
    proxy.cut();
}

#[test]
fn a_delivery_that_kills_its_workers_is_given_up() {
    const ATTEMPTS: &str = "3";
    let Some(postgres) = Postgres::start() else { return };
    let worker_id = Arc::new(AtomicU32::new(0));
    let victim = worker_id.clone();
    let (url, came) = work_service::start(move |id| {
        if id == DELIVERY {
            signal("-KILL", victim.load(Ordering::SeqCst));
        }
        200
    });
    let receiver = Program::start("receiver", &postgres.url(), &[("MAX_ATTEMPTS", ATTEMPTS)]);
    let start = || {
        let worker = Program::start(
            "worker",
            &postgres.url(),
            &[("WORK_URL", &url), ("DEAD_AFTER_MILLIS", "900")],
        );
        worker_id.store(worker.id(), Ordering::SeqCst);
        worker
    };
    is_received(deliver(receiver.address(), &voisnap(DELIVERY)));
    for _ in 0..3 {
        assert_eq!(start().wait(), None);
    }
    let worker = start();
    postgres.wait_for(1, "delivery_log() where state = 'given up' and attempts = 3");
    is_received(deliver(receiver.address(), &voisnap("dlv_2")));
    postgres.wait_for(1, "delivery_log() where state = 'done'");
    assert_eq!((came.times(DELIVERY), came.times("dlv_2")), (3, 1));
    let errors: Vec<String> =
        postgres.all("select distinct error from attempts where error is not null");
    assert_eq!(errors, ["the worker died"]);
    assert_eq!(worker.stop(), ["handled voisnap SessionEnded dlv_2"]);
}
