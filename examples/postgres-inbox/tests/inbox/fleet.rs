//! Many deliveries, of which none may be lost, whatever dies.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::deliveries::voisnap_before;
use crate::http::deliver;
use crate::postgres::Postgres;
use crate::program::Program;
use crate::work_service;

const DELIVERIES: usize = 300;
const SENDERS: usize = 6;

#[test]
fn what_was_answered_2xx_is_handled_though_a_worker_and_postgres_die() {
    let Some(postgres) = Postgres::start() else { return };
    let (url, came) = work_service::start(|_| {
        thread::sleep(Duration::from_millis(20));
        200
    });
    let receiver = Program::receiver(&postgres.url());
    let to = receiver.address();
    let settings = [("WORK_URL", &*url), ("CONCURRENCY", "4"), ("DEAD_AFTER_MILLIS", "2000")];
    let worker = Program::worker(&postgres.url(), &settings);
    let victim = Program::worker(&postgres.url(), &settings);

    let accepted = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let accepted = accepted.clone();
            thread::spawn(move || {
                let mut answers = HashMap::<String, usize>::new();
                for n in (sender..DELIVERIES).step_by(SENDERS) {
                    let id = format!("dlv_{n}");
                    // Twice, the second time signed anew; and again until it is answered 2xx.
                    for ago in [Duration::ZERO, Duration::from_secs(3)] {
                        let answer = loop {
                            match deliver(to, &voisnap_before(&id, ago)) {
                                Ok(answer) if answer.status == 200 => break answer,
                                Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                                Err(error) => panic!("the receiver is there: {error}"),
                            }
                            *answers.entry("503".to_owned()).or_default() += 1;
                            thread::sleep(Duration::from_millis(50));
                        };
                        *answers.entry(answer.body).or_default() += 1;
                        accepted.fetch_add(1, Ordering::SeqCst);
                    }
                }
                answers
            })
        })
        .collect();

    let wait_for = |count| {
        while accepted.load(Ordering::SeqCst) < count {
            thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for(DELIVERIES / 2);
    victim.kill();
    wait_for(DELIVERIES);
    postgres.restart();

    let mut answers = HashMap::<String, usize>::new();
    for sender in senders {
        for (answer, count) in sender.join().unwrap() {
            *answers.entry(answer).or_default() += count;
        }
    }
    eprintln!("{answers:?}");
    postgres.wait_for(300, "delivery_log() where state = 'done'");
    postgres.wait_for(0, "graphile_worker.jobs");
    assert_eq!(came.ids(), DELIVERIES);
    assert_eq!(postgres.count("deliveries"), 300);
    // Each done once, however often it was begun.
    let done = "attempts where ended_at is not null and error is null";
    assert_eq!(postgres.count(&format!("(select distinct delivery from {done}) as each_one")), 300);
    assert_eq!(postgres.count(done), 300);
    eprintln!(
        "{} attempts, {:?} died",
        postgres.count("attempts"),
        postgres.all::<String>("select error from attempts where error is not null")
    );
    worker.stop();
}
