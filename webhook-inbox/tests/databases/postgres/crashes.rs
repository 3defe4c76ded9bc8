//! Processes that are killed at every point where it could matter.

use super::proxy::{Direction, Proxy};
use super::server::Server;
use crate::program::{PATIENCE, Program};
use crate::scenarios::{
    Database as _, comes_again, fill, has_room_again, is_done_again, scenarios,
};

scenarios!(Server::start());

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

    is_done_again(&server);
}

#[test]
fn a_full_disk_loses_nothing_that_was_accepted() {
    let Some(server) = Server::new() else { return };
    // The tables fit into files of 1 MiB, until they do not.
    server.up_with_files_of(Some(1024));
    let mut receiver = Program::receiver(&server.url());
    let accepted = fill(&mut receiver);
    server.down();
    server.up();
    has_room_again(&server, &mut receiver, accepted);
}
