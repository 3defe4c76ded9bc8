use super::{LEASE, Subject, at, delivery, failed, numbers, with_body};
use crate::endpoint::after;
use crate::store::{Counts, Filter, NewDelivery, Number, Outcome, State};

async fn listed(subject: &Subject, filter: Filter) -> Vec<Number> {
    subject.0.list(&filter).await.unwrap().rows.iter().map(|row| row.number).collect()
}

fn of(id: &str, [provider, endpoint, event]: [&str; 3], secs: u64) -> NewDelivery {
    NewDelivery {
        provider: provider.to_owned(),
        endpoint: endpoint.to_owned(),
        event: event.to_owned(),
        ..delivery(id, at(secs))
    }
}

pub(super) async fn filters_select(subject: Subject) {
    let new = [
        of("1", ["svara", "voice", "note.sent"], 0),
        of("2", ["svara", "voice", "note.failed"], 10),
        of("3", ["svara", "other", "call"], 20),
        of("4", ["samva", "text", "note_sent"], 30),
        of("5", ["samva", "text", "100%"], 40),
    ];
    let n = subject.accept_new(&new).await;
    let text = |text: &str| Some(text.to_owned());
    let none = Filter::default;
    for (filter, expected) in [
        (none(), vec![n[4], n[3], n[2], n[1], n[0]]),
        (Filter { provider: text("svara"), ..none() }, vec![n[2], n[1], n[0]]),
        (Filter { endpoint: text("voice"), ..none() }, vec![n[1], n[0]]),
        (Filter { event: text("note."), ..none() }, vec![n[1], n[0]]),
        (Filter { event: text("note_"), ..none() }, vec![n[3]]),
        (Filter { event: text("100%"), ..none() }, vec![n[4]]),
        (Filter { event: text("%"), ..none() }, vec![]),
        (Filter { provider: text("svara"), event: text("call"), ..none() }, vec![n[2]]),
        (Filter { provider: text("nobody"), ..none() }, vec![]),
        (Filter { from: Some(at(20)), ..none() }, vec![n[4], n[3], n[2]]),
        (Filter { until: Some(at(20)), ..none() }, vec![n[1], n[0]]),
        (Filter { from: Some(at(10)), until: Some(at(30)), ..none() }, vec![n[2], n[1]]),
        (Filter { from: Some(at(1000)), ..none() }, vec![]),
        (Filter { delivery_id: text("3"), ..none() }, vec![n[2]]),
        (Filter { delivery_id: text("33"), ..none() }, vec![]),
        (Filter { text: text("\"id\":\"4\""), ..none() }, vec![n[3]]),
        (
            Filter { text: text("SessionEnded"), provider: text("samva"), ..none() },
            vec![n[4], n[3]],
        ),
        (Filter { before: Some(n[2]), ..none() }, vec![n[1], n[0]]),
    ] {
        assert_eq!(listed(&subject, filter.clone()).await, expected, "{filter:?}");
    }
    let claimed = subject.claim("a", at(100), 4).await;
    subject.settle("a", &claimed[0], Outcome::Done, at(101)).await;
    subject.settle("a", &claimed[1], failed("no", at(500)), at(101)).await;
    let given_up = Outcome::GivenUp { error: "no".to_owned() };
    subject.settle("a", &claimed[2], given_up, at(101)).await;
    for (state, expected) in [
        (State::Done, n[0]),
        (State::Failed, n[1]),
        (State::GivenUp, n[2]),
        (State::Running, n[3]),
        (State::Waiting, n[4]),
    ] {
        assert_eq!(listed(&subject, Filter { state: Some(state), ..none() }).await, [expected]);
    }
    let endpoints = subject.0.endpoints().await.unwrap();
    let pair = |endpoint: &str, provider: &str| (endpoint.to_owned(), provider.to_owned());
    assert_eq!(endpoints, [pair("other", "svara"), pair("text", "samva"), pair("voice", "svara")]);
}

pub(super) async fn more_kinds_than_one_list_is_made_from(subject: Subject) {
    let new: Vec<_> = (0..=Filter::KINDS)
        .map(|kind| of(&format!("{kind}"), ["svara", "voice", &format!("event {kind}")], 0))
        .collect();
    subject.accept_new(&new).await;
    let filter = Filter { endpoint: Some("voice".to_owned()), ..Filter::default() };
    let page = subject.0.list(&filter).await.unwrap();
    assert_eq!((page.rows.len(), page.is_partial), (Filter::PAGE, true));
}

pub(super) async fn pages_follow_each_other(subject: Subject) {
    let deliveries = Filter::PAGE * 2 + 7;
    let new: Vec<_> = (0..deliveries)
        .map(|id| with_body(&format!("{id}"), at(0), format!("body {}", id % 2).into()))
        .collect();
    let accepted = subject.accept_new(&new).await;
    for (text, every) in [(None, 1), (Some("body 1".to_owned()), 2)] {
        let mut filter = Filter { text, ..Filter::default() };
        let mut found = Vec::new();
        loop {
            let page = subject.0.list(&filter).await.unwrap();
            found.extend(page.rows.iter().map(|row| row.number));
            match page.next {
                Some(next) => filter.before = Some(next),
                None => break,
            }
        }
        let expected: Vec<_> = accepted.iter().rev().step_by(every).copied().collect();
        let offset = usize::from(every == 2 && deliveries % 2 == 1);
        let expected = if offset == 1 {
            accepted.iter().rev().skip(1).step_by(2).copied().collect()
        } else {
            expected
        };
        assert_eq!(found, expected);
    }
}

pub(super) async fn counts_and_the_oldest(subject: Subject) {
    let empty = subject.0.backlog(at(0)).await.unwrap();
    assert_eq!((empty.oldest, empty.counts), (None, Counts::default()));
    let new: Vec<_> = (0..5).map(|id| delivery(&id.to_string(), at(id))).collect();
    subject.accept_new(&new).await;
    let claimed = subject.claim("a", at(10), 3).await;
    subject.settle("a", &claimed[0], Outcome::Done, at(11)).await;
    subject.settle("a", &claimed[1], failed("no", at(500)), at(11)).await;
    let backlog = subject.0.backlog(at(12)).await.unwrap();
    assert_eq!(backlog.oldest, Some(at(3)));
    let expected = Counts { waiting: 2, failed: 1, running: 1, done: 1, ..Counts::default() };
    assert_eq!(backlog.counts, expected);
}

pub(super) async fn deleting_and_forgetting(subject: Subject) {
    let new: Vec<_> = (0..6).map(|id| delivery(&id.to_string(), at(id))).collect();
    let n = subject.accept_new(&new).await;
    let claimed = subject.claim("a", at(10), 5).await;
    assert_eq!(numbers(&claimed), n[..5]);
    for claimed in &claimed[..3] {
        subject.settle("a", claimed, Outcome::Done, at(11)).await;
    }
    subject.settle("a", &claimed[3], failed("no", at(500)), at(11)).await;
    // The fifth is running, the sixth waits, the fourth has failed.
    assert!(!subject.0.delete(n[4]).await.unwrap(), "it is being worked on");
    assert!(!subject.0.delete(i64::MAX).await.unwrap());
    assert!(subject.0.delete(n[3]).await.unwrap());
    assert!(subject.0.detail(n[3]).await.unwrap().is_none());
    // Its keys are gone with it.
    subject.accept_new(&[delivery("3", at(12))]).await;
    assert_eq!(subject.0.forget(at(1), 10).await.unwrap(), 1);
    assert_eq!(subject.0.forget(after(at(10), LEASE), 1).await.unwrap(), 1, "no more at a time");
    assert_eq!(subject.0.forget(after(at(10), LEASE), 10).await.unwrap(), 1);
    assert_eq!(subject.0.forget(at(10_000), 10).await.unwrap(), 0, "nothing unfinished is removed");
    assert_eq!(listed(&subject, Filter::default()).await.len(), 3);
}
