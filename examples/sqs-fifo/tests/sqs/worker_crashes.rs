//! What becomes of a message when its worker is killed, at each point: it comes again, to another worker.

use crate::gate::Way;
use crate::moto::Sqs;
use crate::program::{Output, Receiving, Variables, at_once, eventually};
use crate::redis::Redis;
use crate::sender::{Delivery, RECEIVED};

#[test]
fn another_worker_finishes_what_a_killed_one_had() {
    at_once(&[
        before_the_claim_it_is_handled_once,
        in_its_work_it_is_handled_once_by_another,
        after_its_work_it_is_handled_twice,
        before_it_was_deleted_it_is_a_duplicate,
    ]);
}

/// A message in a queue, and what its workers need.
struct Stage {
    sqs: Sqs,
    redis: Redis,
    output: Output,
    line: String,
}

impl Stage {
    fn new(name: &str) -> Option<Self> {
        // It is received by the killed worker and by the one that finishes, and by none in between.
        let (sqs, redis) = (Sqs::with_max_receive_count(name, 2)?, Redis::start(name)?);
        let receiver = Receiving::start(sqs.variables());
        let delivery = Delivery::new("agent", 1);
        assert_eq!(delivery.send(receiver.address), (200, RECEIVED.to_owned()));
        Some(Self { sqs, redis, output: Output::new(name), line: delivery.line() })
    }

    fn variables(&self, redis: String, work_millis: &str) -> Variables {
        let mut variables = self.sqs.variables();
        variables.extend([
            ("REDIS_URL", redis),
            // A claim lasts for ten seconds longer, and its message is hidden for longer than that.
            ("HANDLER_SECONDS", "1".to_owned()),
            ("WORK_MILLIS", work_millis.to_owned()),
        ]);
        variables
    }

    /// Another worker finishes, and logs this on the way. The work was done so many times then.
    #[track_caller]
    fn finish(self, log: &str, times: usize) {
        let other = self.output.worker(&self.variables(self.redis.url(), "1"));
        other.logs(log);
        eventually(|| self.sqs.len() == 0);
        other.stop("-TERM");
        assert_eq!(self.output.lines(), vec![self.line; times]);
        assert_eq!(self.redis.committed(), [1]);
        assert_eq!(self.sqs.dead_letters(), 0);
    }
}

fn before_the_claim_it_is_handled_once() {
    let Some(stage) = Stage::new("worker-before-claim") else { return };
    let gate = stage.redis.gate();
    let held = gate.hold(Way::Requests);
    let killed = stage.output.worker(&stage.variables(gate.url(), "1"));
    held.wait();
    killed.kill();
    stage.finish("working", 1);
}

fn in_its_work_it_is_handled_once_by_another() {
    let Some(stage) = Stage::new("worker-in-work") else { return };
    let killed = stage.output.worker(&stage.variables(stage.redis.url(), "60000"));
    killed.logs("working");
    killed.kill();
    stage.finish("working", 1);
}

fn after_its_work_it_is_handled_twice() {
    let Some(stage) = Stage::new("worker-after-work") else { return };
    let gate = stage.redis.gate();
    let killed = stage.output.worker(&stage.variables(gate.url(), "500"));
    killed.logs("working");
    let held = gate.hold(Way::Requests);
    held.wait();
    assert_eq!(stage.output.lines(), [&*stage.line], "it is about to commit");
    killed.kill();
    stage.finish("working", 2);
}

fn before_it_was_deleted_it_is_a_duplicate() {
    let Some(stage) = Stage::new("worker-before-delete") else { return };
    let held = stage.sqs.proxy.hold_request("DeleteMessage");
    let killed = stage.output.worker(&stage.variables(stage.redis.url(), "1"));
    held.wait();
    killed.kill();
    drop(held);
    assert_eq!(stage.redis.committed(), [1]);
    stage.finish("duplicate message", 1);
}
