//! What holds for every database: receivers and workers die, and nothing that was accepted is lost.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::{PATIENCE, Program};

/// A database that a [`Program`] opens by its URL.
pub(crate) trait Database {
    fn url(&self) -> String;

    /// How many rows there are.
    fn count(&self, what: &str) -> i64;

    /// Waits until there are this many.
    #[track_caller]
    fn wait_for(&self, count: i64, what: &str) {
        let began = Instant::now();
        while self.count(what) != count {
            assert!(began.elapsed() < PATIENCE, "not {count} {what}, but {}", self.count(what));
            sleep(Duration::from_millis(50));
        }
    }
}

/// Makes a test of each scenario for a database, which is `None` if it is not installed.
macro_rules! scenarios {
    ($start:expr; $($scenario:ident)*) => {
        $(
            #[test]
            fn $scenario() {
                let Some(database) = $start else { return };
                $crate::scenarios::$scenario(&database);
            }
        )*
    };
    ($start:expr) => {
        $crate::scenarios::scenarios! {
            $start;
            receivers_killed_at_any_moment_lose_nothing
            worker_killed_in_the_midst_of_its_work
            a_delivery_that_kills_its_workers_is_given_up
        }
    };
}

pub(crate) use scenarios;

/// The sender comes again, and a worker handles the delivery once.
pub(crate) fn comes_again(database: &impl Database, id: &str, expected: &str) {
    let mut receiver = Program::receiver(&database.url());
    let answer = receiver.deliver(id);
    assert!(answer == expected || answer == "unavailable", "{answer}");
    assert_eq!(receiver.store(id), "duplicate");
    let _worker = Program::worker(&database.url(), &[]);
    database.wait_for(1, "inbox_deliveries where state = 2 and attempts = 1");
    assert_eq!(database.count("inbox_deliveries"), 1);
}

/// Whatever was answered is there, and handled, whenever the receiver dies.
pub(crate) fn receivers_killed_at_any_moment_lose_nothing(database: &impl Database) {
    const ROUNDS: u64 = 12;
    const DELIVERIES: u64 = 40;

    let mut answered = HashSet::new();
    for round in 0..ROUNDS {
        let mut receiver = Program::receiver(&database.url());
        let id = |nth| match nth % 4 {
            0 => format!("order/{round}-{nth}"),
            _ => format!("dlv_{round}-{nth}"),
        };
        let ids: Vec<_> = (0..DELIVERIES).map(id).collect();
        for id in &ids {
            receiver.send(id);
        }
        sleep(Duration::from_millis(round * 3));
        receiver.kill();
        let lines = receiver.rest();
        let stored = lines.iter().filter(|line| !line.ends_with(": unavailable"));
        answered.extend(stored.filter_map(|line| Some(line.split_once(": ")?.0.to_owned())));
        // The sender repeats what was not answered.
        let mut receiver = Program::receiver(&database.url());
        for id in ids {
            let answer = receiver.store(&id);
            assert!(answer == "duplicate" || !answered.contains(&id), "{id}");
        }
    }
    let _worker = Program::worker(&database.url(), &[]);
    let all = i64::try_from(ROUNDS * DELIVERIES).unwrap();
    database.wait_for(all, "inbox_deliveries where state = 2 and attempts = 1");
    assert_eq!(database.count("inbox_deliveries"), all);
}

pub(crate) fn worker_killed_in_the_midst_of_its_work(database: &impl Database) {
    let mut receiver = Program::receiver(&database.url());
    let mut worker = Program::worker(&database.url(), &[("WORK_TAKES", "60000")]);
    receiver.store("dlv_1");
    worker.wait_for("began dlv_1");
    assert_eq!(database.count("inbox_deliveries where state = 1"), 1);
    worker.kill();
    is_done_again(database);
    assert_eq!(database.count("inbox_attempts where error = 'the worker died'"), 1);
}

/// Nobody can tell whether it was done: it is done again.
pub(crate) fn is_done_again(database: &impl Database) {
    let worker = Program::worker(&database.url(), &[]);
    worker.wait_for("did dlv_1");
    database.wait_for(1, "inbox_deliveries where state = 2 and attempts = 2");
}

pub(crate) fn a_delivery_that_kills_its_workers_is_given_up(database: &impl Database) {
    let mut receiver = Program::receiver(&database.url());
    receiver.store("dlv_1");
    for _ in 0..3 {
        let mut worker = Program::worker(&database.url(), &[("DEADLY", "dlv_1")]);
        worker.wait_for("began dlv_1");
        worker.rest();
    }
    let worker = Program::worker(&database.url(), &[("DEADLY", "dlv_1")]);
    database.wait_for(1, "inbox_deliveries where state = 3 and attempts = 3");
    receiver.store("dlv_2");
    worker.wait_for("did dlv_2");
    assert_eq!(database.count("inbox_attempts where error = 'the worker died'"), 3);
}

fn id(nth: usize) -> String {
    format!("dlv_{nth}")
}

/// Delivers until the disk is full, and returns how many were accepted.
pub(crate) fn fill(receiver: &mut Program) -> usize {
    let (mut refused, mut accepted) = (0, 0);
    // Whatever takes long is refused, too; only a full disk refuses again and again.
    while refused < 5 {
        if receiver.deliver(&id(accepted)) == "unavailable" {
            refused += 1;
        } else {
            (refused, accepted) = (0, accepted + 1);
        }
    }
    assert!(accepted > 30, "{accepted}");
    accepted
}

/// There is room again. The sender repeats what was refused.
pub(crate) fn has_room_again(database: &impl Database, receiver: &mut Program, accepted: usize) {
    for nth in 0..accepted {
        assert_eq!(receiver.store(&id(nth)), "duplicate");
    }
    receiver.store(&id(accepted));
    let _worker = Program::worker(&database.url(), &[]);
    let all = i64::try_from(accepted + 1).unwrap();
    database.wait_for(all, "inbox_deliveries where state = 2");
    assert_eq!(database.count("inbox_deliveries"), all);
}
