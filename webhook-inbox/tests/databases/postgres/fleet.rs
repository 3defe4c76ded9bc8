//! Many deliveries, of which none may be lost, whatever dies.

use std::collections::HashSet;

use super::server::Server;
use crate::program::Program;
use crate::scenarios::Database as _;

const DELIVERIES: usize = 300;

#[test]
fn what_was_accepted_is_handled_though_a_worker_and_postgres_die() {
    let Some(server) = Server::start() else { return };
    let settings = [("WORK_TAKES", "20")];
    let mut receiver = Program::receiver(&server.url());
    let worker = Program::worker(&server.url(), &settings);
    let mut victim = Program::worker(&server.url(), &settings);
    for nth in 0..DELIVERIES {
        // Every third is one of an order.
        let id = if nth % 3 == 0 { format!("order/{nth}") } else { format!("dlv_{nth}") };
        receiver.store(&id);
        if nth == DELIVERIES / 3 {
            victim.wait_for("began");
            victim.kill();
        }
        if nth % (DELIVERIES / 3) == DELIVERIES / 2 % (DELIVERIES / 3) {
            receiver.send(&format!("late_{nth}"));
            server.restart();
            // Whether that one was stored is known to whoever sends it again.
            receiver.store(&format!("late_{nth}"));
        }
        // Once more.
        assert_eq!(receiver.store(&id), "duplicate", "{id}");
    }
    let all = i64::try_from(DELIVERIES + 3).unwrap();
    server.wait_for(all, "inbox_deliveries where state = 2");
    assert_eq!(server.count("inbox_deliveries"), all);
    drop(worker);
    let ids: Vec<String> = server.all("select convert_from(body, 'utf8') from inbox_deliveries");
    assert_eq!(ids.into_iter().collect::<HashSet<_>>().len(), DELIVERIES + 3);
}
