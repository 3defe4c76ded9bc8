//! The receiver as its senders see it, and what it puts into the queue.

use std::thread;

use example_sqs_fifo::message::{BODY_LIMIT, open};
use webhook_tower::CloudEvent;

use crate::moto::Sqs;
use crate::program::Receiving;
use crate::redis::Redis;
use crate::sender::{DUPLICATE, Delivery, RECEIVED, UNAVAILABLE};

#[test]
fn what_a_worker_gets_is_what_was_delivered() {
    let Some(sqs) = Sqs::start("record") else { return };
    let receiver = Receiving::start(sqs.variables());
    let delivery = Delivery::new("agent_7", 1);
    assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    assert_eq!(delivery.send(receiver.address), (200, DUPLICATE.to_owned()));
    assert_eq!(sqs.len(), 1);

    let (body, group) = sqs.peek();
    assert_eq!(group, "agent_7");
    let record = CloudEvent::from_json(body.as_bytes()).unwrap();
    assert_eq!(record.source(), "/webhooks/voisnap");
    assert_eq!(record.event_type(), "voisnap.SessionEnded");
    let (opened, event) = open(&body).unwrap();
    assert_eq!(
        (opened.id(), opened.body().as_ref()),
        (Some(&*delivery.id), delivery.body.as_bytes())
    );
    assert_eq!(event.agent_id.as_deref(), Some("agent_7"));
}

#[test]
fn while_sqs_is_out_of_reach_the_sender_is_told_to_come_again() {
    let Some(sqs) = Sqs::start("outage") else { return };
    let receiver = Receiving::start(sqs.variables());
    let delivery = Delivery::new("agent", 1);
    sqs.proxy.is_down(true);
    for _ in 0..2 {
        assert_eq!(delivery.send(receiver.address), (503, UNAVAILABLE.to_owned()));
        // By the attempt to send, not by a claim that was left over.
        receiver.program.logs("not sent to the queue");
    }
    sqs.proxy.is_down(false);
    assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    assert_eq!(sqs.len(), 1);
}

#[test]
fn the_sender_of_a_message_that_sqs_refuses_is_told_to_come_again() {
    let Some(sqs) = Sqs::start("refused") else { return };
    let receiver = Receiving::start(sqs.variables());
    let delivery = Delivery::new("agent", 1);
    sqs.proxy.refuse_next_message();
    assert_eq!(delivery.send(receiver.address), (503, UNAVAILABLE.to_owned()));
    receiver.program.logs("InternalError");
    assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    assert_eq!(sqs.len(), 1);
}

#[test]
fn what_arrives_while_sqs_does_not_answer_is_sent_together() {
    let Some(sqs) = Sqs::start("together") else { return };
    let receiver = Receiving::start(sqs.variables());
    // Until the receiver tries again.
    let held = sqs.proxy.hold_response("SendMessageBatch");
    thread::scope(|scope| {
        scope.spawn(|| Delivery::new("agent", 0).send_until_accepted(receiver.address));
        held.wait();
        for number in 1..=25 {
            let delivery = Delivery::new("agent", number);
            scope.spawn(move || delivery.send_until_accepted(receiver.address));
        }
    });
    assert_eq!(sqs.len(), 26);
    let largest = sqs.proxy.largest_batch();
    assert!((2..=10).contains(&largest), "{largest}");
}

#[test]
fn a_body_that_would_not_fit_is_refused_before_it_is_claimed() {
    let Some(sqs) = Sqs::start("size") else { return };
    let Some(redis) = Redis::start("size") else { return };
    let mut variables = sqs.variables();
    variables.push(("REDIS_URL", redis.url()));
    let receiver = Receiving::start(variables);
    let mut delivery = Delivery::new("agent", 1);

    let padding = BODY_LIMIT - delivery.body.len();
    delivery.body += &" ".repeat(padding + 1);
    let (status, _) = delivery.begin(receiver.address, 0).answer().unwrap();
    assert_eq!(status, 413);
    assert_eq!((redis.len(), sqs.len()), (0, 0));

    delivery.body.pop();
    assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    assert_eq!(sqs.len(), 1);
}
