//! What becomes of a delivery when the receiver is killed, at each point: the sender gets no answer, and
//! sends it again, to a receiver that has been started anew.

use crate::gate::Way;
use crate::moto::Sqs;
use crate::program::{Receiving, Variables, at_once};
use crate::redis::Redis;
use crate::sender::{DUPLICATE, Delivery, RECEIVED};

#[test]
fn the_sender_sends_again_what_a_killed_receiver_did_not_answer() {
    at_once(&[
        before_the_claim_nothing_has_happened,
        after_the_claim_the_senders_retry_is_sent_when_the_lease_is_over,
        after_it_was_sent_the_senders_retry_is_sent_too_and_sqs_drops_it,
        after_the_commit_the_senders_retry_is_a_duplicate,
    ]);
}

fn variables(sqs: &Sqs, redis: String) -> Variables {
    let mut variables = sqs.variables();
    variables.push(("REDIS_URL", redis));
    variables
}

fn before_the_claim_nothing_has_happened() {
    let Some(sqs) = Sqs::start("before-claim") else { return };
    let Some(redis) = Redis::start("before-claim") else { return };
    let variables = variables(&sqs, redis.url());
    let delivery = Delivery::new("agent", 1);

    let receiver = Receiving::start(variables.clone());
    let request = delivery.begin(receiver.address, 10);
    receiver.program.kill();
    assert_eq!(request.answer(), None);
    assert_eq!((redis.len(), sqs.len()), (0, 0));

    let receiver = Receiving::start(variables);
    assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
    assert_eq!(sqs.len(), 1);
}

fn after_the_claim_the_senders_retry_is_sent_when_the_lease_is_over() {
    let Some(sqs) = Sqs::start("after-claim") else { return };
    let Some(redis) = Redis::start("after-claim") else { return };
    let variables = variables(&sqs, redis.url());
    let delivery = Delivery::new("agent", 1);

    let receiver = Receiving::start(variables.clone());
    let held = sqs.proxy.hold_request("SendMessageBatch");
    let request = delivery.begin(receiver.address, delivery.body.len());
    held.wait();
    receiver.program.kill();
    assert_eq!(request.answer(), None);
    drop(held);
    assert_eq!(sqs.len(), 0);

    let receiver = Receiving::start(variables);
    assert_eq!(delivery.send(receiver.address).0, 503, "it is claimed");
    assert_eq!(delivery.send_until_accepted(receiver.address), RECEIVED);
    assert_eq!(sqs.len(), 1);
}

fn after_it_was_sent_the_senders_retry_is_sent_too_and_sqs_drops_it() {
    let Some(sqs) = Sqs::start("after-send") else { return };
    let Some(redis) = Redis::start("after-send") else { return };
    let variables = variables(&sqs, redis.url());
    let delivery = Delivery::new("agent", 1);

    let receiver = Receiving::start(variables.clone());
    let held = sqs.proxy.hold_response("SendMessageBatch");
    let request = delivery.begin(receiver.address, delivery.body.len());
    held.wait();
    receiver.program.kill();
    assert_eq!(request.answer(), None);
    assert_eq!(sqs.len(), 1);

    let receiver = Receiving::start(variables);
    assert_eq!(delivery.send(receiver.address).0, 503, "it is claimed");
    assert_eq!(delivery.send_until_accepted(receiver.address), RECEIVED);
    assert_eq!(sqs.len(), 1);
}

fn after_the_commit_the_senders_retry_is_a_duplicate() {
    let Some(sqs) = Sqs::start("after-commit") else { return };
    let Some(redis) = Redis::start("after-commit") else { return };
    let delivery = Delivery::new("agent", 1);

    let gate = redis.gate();
    let receiver = Receiving::start(variables(&sqs, gate.url()));
    // Redis is given the scripts when they are first used: from now on, one request is one step.
    let first = Delivery::new("agent", 0);
    assert_eq!(first.send(receiver.address), (200, RECEIVED.to_owned()));
    let held = sqs.proxy.hold_response("SendMessageBatch");
    let request = delivery.begin(receiver.address, delivery.body.len());
    held.wait();
    let committed = gate.hold(Way::Replies);
    held.release();
    committed.wait();
    receiver.program.kill();
    assert_eq!(request.answer(), None);

    let receiver = Receiving::start(variables(&sqs, redis.url()));
    assert_eq!(delivery.send(receiver.address), (200, DUPLICATE.to_owned()));
    assert_eq!(sqs.len(), 2);
}
