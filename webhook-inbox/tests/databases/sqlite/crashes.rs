//! Processes that are killed at every point where it could matter, and files that cannot be written to.

use std::thread::sleep;
use std::time::Duration;

use super::database::File;
use crate::program::Program;
use crate::scenarios::{
    Database as _, comes_again, fill, has_room_again, is_done_again, scenarios,
};

scenarios!(Some(File::new()));

#[test]
fn receiver_killed_while_it_waits_to_write() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    let lock = file.lock();
    receiver.send("dlv_1");
    sleep(Duration::from_millis(200));
    receiver.kill();
    drop(lock);
    assert!(receiver.rest().iter().all(|line| !line.starts_with("dlv_1")));
    assert_eq!((file.count("inbox_deliveries"), file.count("inbox_keys")), (0, 0));
    comes_again(&file, "dlv_1", "new");
}

#[test]
fn receiver_killed_after_the_commit() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    receiver.send("dlv_1");
    file.wait_for(1, "inbox_deliveries");
    receiver.kill();
    comes_again(&file, "dlv_1", "duplicate");
}

#[test]
fn worker_killed_after_the_work_before_it_is_noted() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    let mut worker = Program::worker(&file.url(), &[("WORK_TAKES", "300")]);
    receiver.store("dlv_1");
    worker.wait_for("began dlv_1");
    let lock = file.lock();
    worker.wait_for("did dlv_1");
    worker.kill();
    drop(lock);
    is_done_again(&file);
}

#[test]
fn a_writer_that_holds_the_file_delays_and_loses_nothing() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    let lock = file.lock();
    assert_eq!(receiver.deliver("dlv_1"), "unavailable");
    drop(lock);
    let answer = receiver.store("dlv_1");
    assert!(["new", "duplicate"].contains(&&*answer), "{answer}");
    let _worker = Program::worker(&file.url(), &[]);
    file.wait_for(1, "inbox_deliveries where state = 2");
    assert_eq!(file.count("inbox_deliveries"), 1);
}

#[test]
fn a_full_disk_loses_nothing_that_was_accepted() {
    let file = File::new();
    // No file may be larger than 3 MiB. A commit writes some 40 KiB to the log, until that is moved into the file.
    let mut receiver = Program::receiver_with_files_of(&file.url(), 3 * 1024);
    let accepted = fill(&mut receiver);
    receiver.kill();
    has_room_again(&file, &mut Program::receiver(&file.url()), accepted);
}
