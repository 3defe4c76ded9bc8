//! The worker as whoever runs it sees it.

use example_sqs_fifo::message::open;

use crate::moto::{Sqs, max_receive_count};
use crate::program::{Output, Receiving, Variables, at_once, eventually};
use crate::redis::Redis;
use crate::sender::{Delivery, RECEIVED};

/// Of one worker, which remembers in memory.
fn variables(sqs: &Sqs, settings: &[(&'static str, &str)]) -> Variables {
    let mut variables = sqs.variables();
    variables.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    variables
}

fn deliver(sqs: &Sqs, deliveries: &[Delivery]) {
    let receiver = Receiving::start(sqs.variables());
    for delivery in deliveries {
        assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    }
}

#[test]
fn what_is_not_handled_goes_to_the_dead_letter_queue() {
    at_once(&[what_cannot_be_opened_does_and_its_group_goes_on, work_that_keeps_failing_does]);
}

fn what_cannot_be_opened_does_and_its_group_goes_on() {
    let Some(sqs) = Sqs::start("poison") else { return };
    let output = Output::new("poison");
    let delivery = Delivery::new("agent", 1);
    deliver(&sqs, &[delivery]);
    let (genuine, _) = sqs.peek();
    // Each in a group that a genuine message waits in.
    for (group, poison) in [
        ("unreadable", "poison".to_owned()),
        ("unverified", genuine.replace(r#""webhookverified":true,"#, "")),
        (
            "another",
            genuine.replace(r#""webhookprovider":"voisnap""#, r#""webhookprovider":"samva""#),
        ),
    ] {
        assert!(open(&poison).is_err(), "{group}");
        sqs.send(&poison, group, group);
    }
    deliver(&sqs, &["unreadable", "unverified", "another"].map(|agent| Delivery::new(agent, 1)));

    let worker = output.worker(&variables(&sqs, &[("RETRY_SECONDS", "1")]));
    eventually(|| sqs.len() == 0);
    let log = worker.stop("-TERM");
    assert_eq!(sqs.dead_letters(), 3);
    assert_eq!(log.matches("unusable message").count(), 3 * max_receive_count(), "{log}");
    assert_eq!(output.lines().len(), 4);
}

fn work_that_keeps_failing_does() {
    let Some(sqs) = Sqs::start("failing") else { return };
    let output = Output::new("failing");
    deliver(&sqs, &[Delivery::new("agent", 1)]);
    // It does not get the time that it takes.
    let settings = [("RETRY_SECONDS", "1"), ("HANDLER_SECONDS", "1"), ("WORK_MILLIS", "60000")];
    let worker = output.worker(&variables(&sqs, &settings));
    eventually(|| sqs.dead_letters() == 1);
    let log = worker.stop("-TERM");
    assert_eq!(log.matches("working").count(), max_receive_count(), "{log}");
    assert_eq!((sqs.len(), output.lines().len()), (0, 0));
}

#[test]
fn what_sqs_has_forgotten_is_a_duplicate_all_the_same() {
    let Some(sqs) = Sqs::start("forgotten") else { return };
    let output = Output::new("forgotten");
    deliver(&sqs, &[Delivery::new("agent", 1)]);
    let (body, group) = sqs.peek();
    // As if more than five minutes had passed.
    sqs.send(&body, &group, "another");
    assert_eq!(sqs.len(), 2);
    let worker = output.worker(&variables(&sqs, &[]));
    worker.logs("duplicate message");
    eventually(|| sqs.len() == 0);
    worker.stop("-TERM");
    assert_eq!(output.lines().len(), 1);
}

#[test]
fn a_message_is_hidden_anew_while_it_is_worked_on() {
    let Some(sqs) = Sqs::start("hidden") else { return };
    let output = Output::new("hidden");
    deliver(&sqs, &[Delivery::new("agent", 1)]);
    // A claim lasts for ten seconds longer; its message is hidden anew with every third of that.
    let settings = [("HANDLER_SECONDS", "10"), ("WORK_MILLIS", "8000")];
    let held = sqs.proxy.hold_request("ChangeMessageVisibility");
    let worker = output.worker(&variables(&sqs, &settings));
    held.wait();
    assert!(output.lines().is_empty(), "{:?}", output.lines());
    held.release();
    eventually(|| sqs.len() == 0);
    let log = worker.stop("-TERM");
    // Its other lanes have not seen it.
    assert!(!log.contains("claimed by another"), "{log}");
    assert_eq!(output.lines().len(), 1);
}

#[test]
fn a_message_waits_for_the_claims_without_being_received_again() {
    let Some(sqs) = Sqs::with_max_receive_count("claims-outage", 1) else { return };
    let Some(mut redis) = Redis::new("claims-outage") else { return };
    let output = Output::new("claims-outage");
    deliver(&sqs, &[Delivery::new("agent", 1)]);
    let worker = output.worker(&variables(&sqs, &[("REDIS_URL", &redis.url())]));
    for _ in 0..3 {
        worker.logs("no answer from the claims");
    }
    redis.go_up();
    output.wait_for(1);
    eventually(|| sqs.len() == 0);
    worker.stop("-TERM");
    assert_eq!(sqs.dead_letters(), 0);
}

#[test]
fn groups_are_worked_on_at_the_same_time_and_their_messages_one_after_the_other() {
    let Some(sqs) = Sqs::start("groups") else { return };
    let output = Output::new("groups");
    let deliveries = [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1)];
    deliver(&sqs, &deliveries.map(|(agent, number)| Delivery::new(agent, number)));
    let worker = output.worker(&variables(&sqs, &[("WORK_MILLIS", "3000")]));
    for _ in 0..3 {
        worker.logs("working");
    }
    assert!(output.lines().is_empty(), "{:?}", output.lines());
    output.wait_for(3);
    // A message is deleted a moment after its line is written. The next ones take three seconds.
    eventually(|| sqs.len() == 5 - 3);
    worker.stop("-TERM");
}

#[test]
fn what_is_being_worked_on_is_finished_before_it_stops() {
    let Some(sqs) = Sqs::start("stop") else { return };
    let output = Output::new("stop");
    for (number, signal) in ["-TERM", "-INT"].into_iter().enumerate() {
        deliver(&sqs, &[Delivery::new("agent", number)]);
        let worker = output.worker(&variables(&sqs, &[("WORK_MILLIS", "1000")]));
        worker.logs("working");
        worker.stop(signal);
        assert_eq!(output.lines().len(), number + 1, "{signal}");
        assert_eq!(sqs.len(), 0, "{signal}");
    }
}
