use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;

use super::{LEASE, START, Subject, at, delivery, failed, numbers, settled};
use crate::endpoint::after;
use crate::store::{Number, Outcome, Purpose, Replayed, State};

async fn accept(subject: &Subject, deliveries: usize) -> Vec<Number> {
    let new: Vec<_> = (0..deliveries).map(|id| delivery(&format!("id {id}"), at(0))).collect();
    subject.accept_new(&new).await
}

pub(super) async fn deliveries_are_claimed_once_and_in_order(subject: Subject) {
    let accepted = accept(&subject, 5).await;
    let first = subject.claim("a", at(0), 3).await;
    assert_eq!(numbers(&first), accepted[..3]);
    assert_eq!((first[0].attempt, &*first[0].endpoint, first[0].received), (1, "voisnap", at(0)));
    assert_eq!(first[0].body, r#"{"type":"SessionEnded","id":"id 0"}"#);
    assert_eq!(subject.state(accepted[0]).await, State::Running);
    let done = first.iter().map(|claimed| settled(claimed, Outcome::Done, at(1))).collect();
    assert_eq!(numbers(&subject.turn("a", at(1), 10, done).await), accepted[3..]);
    assert!(subject.claim("a", at(1), 10).await.is_empty());
    let row = subject.0.detail(accepted[0]).await.unwrap().unwrap().row;
    assert_eq!((row.state, row.ended, row.attempts), (State::Done, Some(at(1)), 1));
}

pub(super) async fn concurrent_workers_share_the_work(subject: Subject) {
    let accepted = accept(&subject, 200).await;
    let names: Vec<_> = (0..8).map(|worker| worker.to_string()).collect();
    let work = names.iter().map(async |worker| {
        let mut held = Vec::new();
        loop {
            let claimed = subject.claim(worker, at(0), 7).await;
            if claimed.is_empty() {
                return held;
            }
            held.extend(numbers(&claimed));
        }
    });
    let held = join_all(work).await.concat();
    assert_eq!(held.len(), 200);
    assert_eq!(held.into_iter().collect::<HashSet<_>>(), accepted.into_iter().collect());
}

pub(super) async fn only_the_holder_settles(subject: Subject) {
    let number = accept(&subject, 1).await[0];
    let claimed = subject.claim("a", at(0), 1).await.remove(0);
    subject.settle("b", &claimed, Outcome::Done, at(1)).await;
    assert_eq!(subject.state(number).await, State::Running, "another worker");
    subject.settle("a", &claimed, failed("no", at(1)), at(1)).await;
    let again = subject.claim("a", at(1), 1).await.remove(0);
    subject.settle("a", &claimed, Outcome::Done, at(2)).await;
    assert_eq!(subject.state(number).await, State::Running, "an earlier attempt");
    subject.settle("a", &again, Outcome::Done, at(2)).await;
    subject.settle("a", &again, failed("late", at(3)), at(3)).await;
    assert_eq!(subject.state(number).await, State::Done, "it has been settled");
}

pub(super) async fn a_failure_waits_for_its_time(subject: Subject) {
    let number = accept(&subject, 1).await[0];
    for attempt in 1..=3 {
        let now = at(100 * u64::from(attempt));
        let claimed = subject.claim("a", now, 1).await.remove(0);
        assert_eq!(claimed.attempt, attempt);
        let next = after(now, Duration::from_secs(50));
        subject.settle("a", &claimed, failed(&format!("error {attempt}"), next), now).await;
        assert_eq!(subject.state(number).await, State::Failed);
        assert!(subject.claim("a", after(now, Duration::from_secs(49)), 1).await.is_empty());
    }
    let last = subject.claim("a", at(400), 1).await.remove(0);
    subject.settle("a", &last, Outcome::GivenUp { error: "at last".to_owned() }, at(401)).await;
    let detail = subject.0.detail(number).await.unwrap().unwrap();
    assert_eq!((detail.row.state, detail.row.ended), (State::GivenUp, Some(at(401))));
    assert_eq!(detail.row.error.as_deref(), Some("at last"));
    let errors: Vec<_> = detail.failures.iter().map(|each| (each.number, &*each.error)).collect();
    assert_eq!(errors, [(1, "error 1"), (2, "error 2"), (3, "error 3"), (4, "at last")]);
    assert_eq!((detail.failures[0].started, detail.failures[0].ended), (at(100), at(100)));
    assert!(subject.claim("a", at(10_000), 1).await.is_empty());
}

/// Of the first endpoints first, and of no others.
pub(super) async fn only_what_is_asked_for_is_claimed(subject: Subject) {
    let of = |id: &str, endpoint: &str| crate::store::NewDelivery {
        endpoint: endpoint.to_owned(),
        ..delivery(id, at(0))
    };
    let new = [of("1", "text"), of("2", "unknown"), of("3", "voice"), of("4", "text")];
    let accepted = subject.accept_new(&new).await;
    assert_eq!(numbers(&subject.claim("a", at(0), 1).await), [accepted[2]]);
    assert_eq!(numbers(&subject.claim("a", at(0), 9).await), [accepted[0], accepted[3]]);
    assert_eq!(subject.state(accepted[1]).await, State::Waiting);
}

pub(super) async fn a_lease_expires_unless_it_is_renewed(subject: Subject) {
    let accepted = accept(&subject, 2).await;
    let lost = subject.claim("dies", at(0), 1).await.remove(0);
    let lives = numbers(&subject.claim("lives", at(0), 1).await);
    // Not those of others, nor those that it does not know of.
    subject.0.renew("lives", &[lost.number], after(at(8), LEASE)).await.unwrap();
    subject.0.renew("lives", &lives, after(at(8), LEASE)).await.unwrap();
    assert_eq!(subject.0.recover(at(10), 5).await.unwrap(), 0, "not yet");
    assert_eq!(subject.0.recover(at(11), 5).await.unwrap(), 1);
    assert_eq!(subject.state(accepted[0]).await, State::Failed);
    let again = subject.claim("lives", at(11), 2).await;
    assert_eq!((numbers(&again), again[0].attempt), (vec![accepted[0]], 2));
    // It was only slow.
    subject.settle("dies", &lost, Outcome::Done, at(12)).await;
    assert_eq!(subject.state(accepted[0]).await, State::Running);
    let detail = subject.0.detail(accepted[0]).await.unwrap().unwrap();
    assert_eq!(detail.failures[0].error, "the worker died");
    assert_eq!(detail.failures[0].started, at(0));
}

pub(super) async fn what_kills_its_workers_is_given_up(subject: Subject) {
    let number = accept(&subject, 1).await[0];
    for attempt in 1..=3 {
        let now = at(100 * attempt);
        assert_eq!(subject.claim("dies", now, 1).await.len(), 1);
        assert_eq!(subject.0.recover(after(now, LEASE * 2), 3).await.unwrap(), 1);
    }
    assert_eq!(subject.state(number).await, State::GivenUp);
}

fn ordered(ids: [&str; 3], order: &str) -> Vec<crate::store::NewDelivery> {
    ids.map(|id| {
        let mut new = delivery(id, at(0));
        new.order = Some(order.to_owned());
        new
    })
    .to_vec()
}

pub(super) async fn an_order_is_kept(subject: Subject) {
    let first = subject.accept_new(&ordered(["1", "2", "3"], "one")).await;
    let other = subject.accept_new(&ordered(["4", "5", "6"], "other")).await;
    let free = subject.accept_new(&[delivery("7", at(0))]).await;
    assert_eq!(subject.state(first[1]).await, State::Held);
    let claimed = subject.claim("a", at(0), 10).await;
    assert_eq!(numbers(&claimed), [first[0], other[0], free[0]]);
    // A failure holds up those behind it.
    subject.settle("a", &claimed[0], failed("no", at(50)), at(1)).await;
    subject.settle("a", &claimed[1], Outcome::Done, at(1)).await;
    assert_eq!(numbers(&subject.claim("b", at(2), 10).await), [other[1]]);
    let again = subject.claim("b", at(50), 10).await;
    assert_eq!(numbers(&again), [first[0]]);
    subject.settle("b", &again[0], Outcome::Done, at(51)).await;
    // One that arrives now comes last.
    let mut last = delivery("8", at(51));
    last.order = Some("one".to_owned());
    let last = subject.accept_new(&[last]).await[0];
    for expected in [first[1], first[2], last] {
        let claimed = subject.claim("a", at(60), 10).await;
        assert_eq!(numbers(&claimed), [expected]);
        subject.settle("a", &claimed[0], Outcome::Done, at(60)).await;
    }
}

pub(super) async fn what_is_given_up_lets_the_next_of_its_order_go(subject: Subject) {
    let accepted = subject.accept_new(&ordered(["1", "2", "3"], "one")).await;
    let claimed = subject.claim("a", at(0), 10).await;
    let given_up = Outcome::GivenUp { error: "no".to_owned() };
    subject.settle("a", &claimed[0], given_up, at(1)).await;
    // The second dies with its worker, once too often.
    assert_eq!(numbers(&subject.claim("a", at(1), 10).await), [accepted[1]]);
    assert_eq!(subject.0.recover(at(100), 1).await.unwrap(), 1);
    assert_eq!(subject.state(accepted[2]).await, State::Waiting);
    // The first comes back while the third is under way.
    let third = subject.claim("a", at(100), 10).await;
    assert_eq!(subject.0.replay(accepted[0], at(101)).await.unwrap(), Replayed::Yes);
    assert_eq!(subject.state(accepted[0]).await, State::Held);
    subject.settle("a", &third[0], Outcome::Done, at(102)).await;
    assert_eq!(numbers(&subject.claim("a", at(102), 10).await), [accepted[0]]);
}

pub(super) async fn a_replay_begins_anew(subject: Subject) {
    let number = accept(&subject, 1).await[0];
    assert_eq!(subject.0.replay(number, START).await.unwrap(), Replayed::NotNow, "waiting");
    let claimed = subject.claim("a", at(0), 1).await.remove(0);
    assert_eq!(subject.0.replay(number, START).await.unwrap(), Replayed::NotNow, "running");
    subject.settle("a", &claimed, failed("no", at(1000)), at(1)).await;
    assert_eq!(subject.0.replay(number, at(2)).await.unwrap(), Replayed::Yes, "failed");
    let claimed = subject.claim("a", at(2), 1).await.remove(0);
    assert_eq!(claimed.attempt, 1);
    subject.settle("a", &claimed, Outcome::Done, at(3)).await;
    assert_eq!(subject.0.replay(number, at(4)).await.unwrap(), Replayed::Yes, "done");
    let detail = subject.0.detail(number).await.unwrap().unwrap();
    assert_eq!((detail.row.state, detail.row.ended), (State::Waiting, None));
    assert_eq!(detail.failures.len(), 1, "what has happened is not forgotten");
    assert_eq!(subject.0.replay(i64::MAX, START).await.unwrap(), Replayed::NotFound);
}

/// Those that it holds up do not hold it up.
pub(super) async fn a_failed_delivery_is_replayed_before_those_behind_it(subject: Subject) {
    let accepted = subject.accept_new(&ordered(["1", "2", "3"], "one")).await;
    let claimed = subject.claim("a", at(0), 10).await;
    subject.settle("a", &claimed[0], failed("no", at(1000)), at(1)).await;
    assert_eq!(subject.0.replay(accepted[0], at(2)).await.unwrap(), Replayed::Yes);
    assert_eq!(numbers(&subject.claim("a", at(2), 10).await), [accepted[0]]);
}

pub(super) async fn kept_deliveries_are_not_worked_on(subject: Subject) {
    let mut kept = delivery("kept", at(0));
    kept.purpose = Purpose::Keep;
    let number = subject.accept_new(&[kept]).await[0];
    assert_eq!(subject.state(number).await, State::Kept);
    assert!(subject.claim("a", at(0), 1).await.is_empty());
    assert_eq!(subject.0.replay(number, at(1)).await.unwrap(), Replayed::Yes);
    assert_eq!(numbers(&subject.claim("a", at(1), 1).await), [number]);
}
