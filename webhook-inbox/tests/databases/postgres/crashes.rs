//! Processes that are killed at every point where it could matter.

use super::proxy::{Direction, Proxy};
use super::server::Server;
use crate::program::{PATIENCE, Program};

/// Kills a receiver when this message is on its way. The sender gets no answer.
fn kill_receiver_at(server: &Server, id: &str, direction: Direction, text: &'static str) {
    let proxy = Proxy::start(server.port);
    let mut receiver = Program::receiver(&Server::url_at(proxy.port));
    let caught = proxy.withhold(direction, text);
    receiver.send(id);
    caught.recv_timeout(PATIENCE).unwrap();
    receiver.kill();
    proxy.cut();
    assert!(receiver.rest().iter().all(|line| !line.starts_with(id)));
}

/// The sender comes again, and a worker handles the delivery once.
fn comes_again(server: &Server, id: &str, expected: &str) {
    let mut receiver = Program::receiver(&server.url());
    let answer = receiver.deliver(id);
    assert!(answer == expected || answer == "unavailable", "{answer}");
    assert_eq!(receiver.store(id), "duplicate");
    let _worker = Program::worker(&server.url(), &[]);
    server.wait_for(1, "inbox_deliveries where state = 2 and attempts = 1");
    assert_eq!(server.count("inbox_deliveries"), 1);
}

/// What is in the statement that stores a delivery, and only there.
const STORE: &str = "insert into inbox_deliveries";

#[test]
fn receiver_killed_before_the_transaction() {
    let Some(server) = Server::start() else { return };
    kill_receiver_at(&server, "dlv_1", Direction::ToPostgres, STORE);
    comes_again(&server, "dlv_1", "new");
}

#[test]
fn receiver_killed_after_the_commit_before_the_answer() {
    let Some(server) = Server::start() else { return };
    kill_receiver_at(&server, "dlv_1", Direction::FromPostgres, "SELECT 1\0");
    assert_eq!(server.count("inbox_deliveries"), 1);
    comes_again(&server, "dlv_1", "duplicate");
}

/// A delivery with an order has a transaction of several statements.
#[test]
fn receiver_killed_before_the_commit() {
    let Some(server) = Server::start() else { return };
    kill_receiver_at(&server, "a/1", Direction::ToPostgres, "COMMIT");
    assert_eq!((server.count("inbox_deliveries"), server.count("inbox_keys")), (0, 0));
    comes_again(&server, "a/1", "new");
}

#[test]
fn receiver_killed_after_the_commit_of_several_statements() {
    let Some(server) = Server::start() else { return };
    kill_receiver_at(&server, "a/1", Direction::FromPostgres, "COMMIT");
    assert_eq!(server.count("inbox_deliveries"), 1);
    comes_again(&server, "a/1", "duplicate");
}

#[test]
fn worker_killed_in_the_midst_of_its_work() {
    let Some(server) = Server::start() else { return };
    let mut receiver = Program::receiver(&server.url());
    let mut worker = Program::worker(&server.url(), &[("WORK_TAKES", "60000")]);
    receiver.store("dlv_1");
    worker.wait_for("began dlv_1");
    assert_eq!(server.count("inbox_deliveries where state = 1"), 1);
    worker.kill();

    let worker = Program::worker(&server.url(), &[]);
    worker.wait_for("did dlv_1");
    server.wait_for(1, "inbox_deliveries where state = 2 and attempts = 2");
    assert_eq!(server.all::<String>("select error from inbox_attempts"), ["the worker died"]);
}

#[test]
fn worker_killed_after_the_work_before_it_is_noted() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::start(server.port);
    let mut worker = Program::worker(&Server::url_at(proxy.port), &[]);
    let caught = proxy.withhold(Direction::ToPostgres, "set state = $1, run_at = null, ended_at");
    let mut receiver = Program::receiver(&server.url());
    receiver.store("dlv_1");
    caught.recv_timeout(PATIENCE).unwrap();
    worker.kill();
    proxy.cut();
    assert!(worker.rest().contains(&"did dlv_1".to_owned()));

    // Nobody can tell that it was done: it is done again.
    let worker = Program::worker(&server.url(), &[]);
    worker.wait_for("did dlv_1");
    server.wait_for(1, "inbox_deliveries where state = 2 and attempts = 2");
}

#[test]
fn a_delivery_that_kills_its_workers_is_given_up() {
    let Some(server) = Server::start() else { return };
    let mut receiver = Program::receiver(&server.url());
    receiver.store("dlv_1");
    for _ in 0..3 {
        let mut worker = Program::worker(&server.url(), &[("DEADLY", "dlv_1")]);
        worker.wait_for("began dlv_1");
        worker.rest();
    }
    let worker = Program::worker(&server.url(), &[("DEADLY", "dlv_1")]);
    server.wait_for(1, "inbox_deliveries where state = 3 and attempts = 3");
    receiver.store("dlv_2");
    worker.wait_for("did dlv_2");
    assert_eq!(server.count("inbox_attempts where error = 'the worker died'"), 3);
}

#[test]
fn a_full_disk_loses_nothing_that_was_accepted() {
    let Some(server) = Server::new() else { return };
    // The tables fit into files of 1 MiB, until they do not.
    server.up_with_files_of(Some(1024));
    let mut receiver = Program::receiver(&server.url());
    let id = |nth: usize| format!("dlv_{nth}");
    let mut refused = 0;
    let mut accepted = 0;
    // Whatever takes long is refused, too; only a full disk refuses again and again.
    while refused < 5 {
        if receiver.deliver(&id(accepted)) == "unavailable" {
            refused += 1;
        } else {
            (refused, accepted) = (0, accepted + 1);
        }
    }
    assert!(accepted > 100, "{accepted}");
    assert_eq!(receiver.store(&id(0)), "duplicate");
    assert_eq!(server.count("inbox_deliveries"), i64::try_from(accepted).unwrap());

    // There is room again. The sender repeats what was refused.
    server.down();
    server.up();
    receiver.store(&id(accepted));
    let _worker = Program::worker(&server.url(), &[]);
    let all = i64::try_from(accepted + 1).unwrap();
    server.wait_for(all, "inbox_deliveries where state = 2");
    assert_eq!(server.count("inbox_deliveries"), all);
}
