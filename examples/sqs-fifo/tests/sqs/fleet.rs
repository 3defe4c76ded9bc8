//! Many deliveries, several workers, of which one is killed.

use std::collections::HashSet;
use std::thread;

use crate::moto::Sqs;
use crate::program::{Output, Receiving, eventually};
use crate::redis::Redis;
use crate::sender::{DUPLICATE, Delivery, RECEIVED};

const AGENTS: usize = 20;
const EACH: usize = 15;
/// An agent's deliveries come from one of them, one after the other.
const SENDERS: usize = 4;

#[test]
fn each_delivery_is_handled_in_its_agents_order_though_a_worker_dies() {
    let Some(sqs) = Sqs::start("fleet") else { return };
    let Some(redis) = Redis::start("fleet") else { return };
    let mut variables = sqs.variables();
    variables.push(("REDIS_URL", redis.url()));
    let receiver = Receiving::start(variables.clone());
    variables.extend([
        ("CONCURRENCY", "4".to_owned()),
        ("RETRY_SECONDS", "1".to_owned()),
        // A claim of the killed worker's lasts for ten seconds longer.
        ("HANDLER_SECONDS", "1".to_owned()),
        ("WORK_MILLIS", "20".to_owned()),
    ]);
    let output = Output::new("fleet");
    let workers = [output.worker(&variables), output.worker(&variables)];

    // Not JSON, in a group of its own.
    sqs.send("poison", "poison", "poison");

    let agents: Vec<Vec<_>> = (0..AGENTS)
        .map(|agent| {
            (0..EACH).map(|number| Delivery::new(&format!("agent_{agent}"), number)).collect()
        })
        .collect();
    let ([killed, other], address) = (workers, receiver.address);
    thread::scope(|scope| {
        for agents in agents.chunks(AGENTS / SENDERS) {
            scope.spawn(move || {
                for delivery in (0..EACH).flat_map(|n| agents.iter().map(move |all| &all[n])) {
                    assert_eq!(delivery.send_until_accepted(address), RECEIVED);
                    assert_eq!(delivery.send_until_accepted(address), DUPLICATE);
                }
            });
        }
        output.wait_for(AGENTS * EACH / 4);
        killed.kill();
    });

    eventually(|| sqs.len() == 0);
    other.stop("-TERM");
    receiver.program.stop("-TERM");

    let lines = output.lines();
    let handled: HashSet<_> = lines.iter().cloned().collect();
    let expected: HashSet<_> = agents.iter().flatten().map(Delivery::line).collect();
    assert_eq!(handled, expected);
    for deliveries in &agents {
        let expected: Vec<_> = deliveries.iter().map(Delivery::line).collect();
        let mut handled: Vec<_> = lines.iter().filter(|line| expected.contains(line)).collect();
        // What was killed between its work and its commit is handled again, before what follows.
        handled.dedup();
        assert_eq!(handled, expected.iter().collect::<Vec<_>>());
    }
    // By the receiver and by a worker.
    assert_eq!(redis.committed(), [AGENTS * EACH, AGENTS * EACH]);
    assert_eq!(sqs.dead_letters(), 1);
    assert_eq!(sqs.peek_dead_letter().0, "poison");
}
