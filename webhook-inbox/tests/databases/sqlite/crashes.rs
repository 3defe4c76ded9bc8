//! Processes that are killed at every point where it could matter, and files that cannot be written to.

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use super::database::File;
use crate::program::Program;

/// The sender comes again, and a worker handles the delivery once.
fn comes_again(file: &File, id: &str, expected: &str) {
    let mut receiver = Program::receiver(&file.url());
    assert_eq!(receiver.store(id), expected);
    assert_eq!(receiver.store(id), "duplicate");
    let _worker = Program::worker(&file.url(), &[]);
    file.wait_for(1, "inbox_deliveries where state = 2 and attempts = 1");
    assert_eq!(file.count("inbox_deliveries"), 1);
}

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

/// Whatever was answered is there, and handled, whenever the receiver dies.
#[test]
fn receivers_killed_at_any_moment_lose_nothing() {
    let file = File::new();
    let mut answered = HashMap::new();
    for round in 0..12_u64 {
        let mut receiver = Program::receiver(&file.url());
        let ids: Vec<_> = (0..40)
            .map(|nth| {
                if nth % 4 == 0 {
                    format!("order/{round}-{nth}")
                } else {
                    format!("dlv_{round}-{nth}")
                }
            })
            .collect();
        for id in &ids {
            receiver.send(id);
        }
        sleep(Duration::from_millis(round * 3));
        receiver.kill();
        for line in receiver.rest() {
            if let Some((id, answer)) = line.split_once(": ") {
                answered.insert(id.to_owned(), answer.to_owned());
            }
        }
        // The sender repeats what was not answered.
        let mut receiver = Program::receiver(&file.url());
        for id in ids {
            let answer = receiver.store(&id);
            if answered.contains_key(&id) {
                assert_eq!(answer, "duplicate", "{id}");
            }
        }
    }
    let _worker = Program::worker(&file.url(), &[]);
    file.wait_for(12 * 40, "inbox_deliveries where state = 2 and attempts = 1");
    assert_eq!(file.count("inbox_deliveries"), 12 * 40);
}

#[test]
fn worker_killed_in_the_midst_of_its_work() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    let mut worker = Program::worker(&file.url(), &[("WORK_TAKES", "60000")]);
    receiver.store("dlv_1");
    worker.wait_for("began dlv_1");
    worker.kill();
    let worker = Program::worker(&file.url(), &[]);
    worker.wait_for("did dlv_1");
    file.wait_for(1, "inbox_deliveries where state = 2 and attempts = 2");
    assert_eq!(file.count("inbox_attempts where error = 'the worker died'"), 1);
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
    // Nobody can tell that it was done: it is done again.
    let worker = Program::worker(&file.url(), &[]);
    worker.wait_for("did dlv_1");
    file.wait_for(1, "inbox_deliveries where state = 2 and attempts = 2");
}

#[test]
fn a_delivery_that_kills_its_workers_is_given_up() {
    let file = File::new();
    let mut receiver = Program::receiver(&file.url());
    receiver.store("dlv_1");
    for _ in 0..3 {
        let mut worker = Program::worker(&file.url(), &[("DEADLY", "dlv_1")]);
        worker.wait_for("began dlv_1");
        worker.rest();
    }
    let worker = Program::worker(&file.url(), &[("DEADLY", "dlv_1")]);
    file.wait_for(1, "inbox_deliveries where state = 3 and attempts = 3");
    receiver.store("dlv_2");
    worker.wait_for("did dlv_2");
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
    let id = |nth: usize| format!("dlv_{nth}");
    let (mut refused, mut accepted) = (0, 0);
    while refused < 5 {
        if receiver.deliver(&id(accepted)) == "unavailable" {
            refused += 1;
        } else {
            (refused, accepted) = (0, accepted + 1);
        }
    }
    assert!(accepted > 30, "{accepted}");
    receiver.kill();

    // There is room again. The sender repeats what was refused.
    let mut receiver = Program::receiver(&file.url());
    for nth in 0..accepted {
        assert_eq!(receiver.store(&id(nth)), "duplicate");
    }
    receiver.store(&id(accepted));
    let _worker = Program::worker(&file.url(), &[]);
    let all = i64::try_from(accepted + 1).unwrap();
    file.wait_for(all, "inbox_deliveries where state = 2");
    assert_eq!(file.count("inbox_deliveries"), all);
}
