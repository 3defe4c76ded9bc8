use futures_util::future::join_all;

use super::{Subject, at, delivery, key, with_body};
use crate::store::{Accepted, Filter, KeyKind, NewDelivery, Purpose, Replayed, State};

pub(super) async fn what_is_accepted_is_there_byte_for_byte(subject: Subject) {
    let long = vec![b'x'; 1 << 20];
    let bodies: [&[u8]; 6] =
        [b"", b"{\"a\":1.10}\r\n", b"\xff\xfe\x00", b"[1]", b"\xef\xbb\xbf{}", &long];
    for (index, body) in bodies.into_iter().enumerate() {
        let new = with_body(&format!("id {index}"), at(0), body.to_vec().into());
        let number = subject.accept_new(std::slice::from_ref(&new)).await[0];
        let detail = subject.0.detail(number).await.unwrap().unwrap();
        assert_eq!(detail.event.body(), body);
        assert_eq!(detail.event.headers()["user-agent"], "test");
        assert_eq!(detail.event.provider(), "voisnap");
        let row = detail.row;
        assert_eq!((row.number, &*row.provider, &*row.endpoint), (number, "voisnap", "voisnap"));
        assert_eq!((&*row.event, row.delivery_id), ("SessionEnded", new.delivery_id));
        assert_eq!((row.received, row.state, row.attempts), (at(0), State::Waiting, 0));
        assert_eq!((row.next_attempt, row.ended, row.error), (Some(at(0)), None, None));
        assert!(detail.failures.is_empty());
    }
    assert!(subject.0.detail(i64::MAX).await.unwrap().is_none());
}

pub(super) async fn the_last_rejected_requests_are_kept(subject: Subject) {
    let head = b"POST / HTTP/1.1\r\nX: \xff\r\n\r\n";
    let rejected = |index: u64| NewDelivery {
        keys: Vec::new(),
        delivery_id: None,
        purpose: Purpose::Rejected { reason: "the signature\ndoes not match".to_owned() },
        head: Some(head[..].into()),
        ..delivery("id", at(index))
    };
    let delivered = subject.accept_new(&[delivery("one", at(0))]).await[0];
    let n = subject.accept_new(&(0..5).map(rejected).collect::<Vec<_>>()).await;
    let detail = subject.0.detail(n[0]).await.unwrap().unwrap();
    assert_eq!(detail.head.as_deref(), Some(&head[..]));
    assert_eq!(detail.row.error.as_deref(), Some("the signature\ndoes not match"));
    assert_eq!((detail.row.state, detail.row.next_attempt), (State::Rejected, None));
    assert_eq!(subject.0.replay(n[0], at(10)).await.unwrap(), Replayed::NotNow);
    assert_eq!(subject.0.backlog(at(10)).await.unwrap().counts.rejected, 5);

    assert_eq!(subject.0.forget_rejected(5, 10).await.unwrap(), 0);
    assert_eq!(subject.0.forget_rejected(2, 1).await.unwrap(), 1, "no more at a time");
    assert_eq!(subject.0.forget_rejected(2, 10).await.unwrap(), 2);
    let filter = Filter { state: Some(State::Rejected), ..Filter::default() };
    let left = subject.0.list(&filter).await.unwrap().rows;
    assert_eq!(left.iter().map(|row| row.number).collect::<Vec<_>>(), [n[4], n[3]]);
    assert_eq!(subject.claim("a", at(10), 10).await.len(), 1, "nobody works on them");
    assert_eq!(subject.0.forget(at(4), 10).await.unwrap(), 1, "of one the time has come");
    subject.0.forget_rejected(0, 10).await.unwrap();
    assert!(subject.0.list(&filter).await.unwrap().rows.is_empty());
    assert_eq!(subject.state(delivered).await, State::Running);
}

pub(super) async fn a_delivery_that_shares_a_key_is_a_duplicate(subject: Subject) {
    let (one, other) = (delivery("one", at(0)), delivery("other", at(0)));
    let accepted = subject.accept(&[one.clone(), one.clone(), other.clone()]).await;
    let [Accepted::New(first), Accepted::Duplicate(again), Accepted::New(second)] = accepted[..]
    else {
        panic!("{accepted:?}");
    };
    assert_eq!(first, again);
    assert!(first < second, "later deliveries have larger numbers");
    assert_eq!(subject.accept(&[other]).await, [Accepted::Duplicate(second)]);
    // Without keys nothing is known again.
    let mut unknown = one;
    unknown.keys.clear();
    subject.accept_new(&[unknown.clone(), unknown]).await;
}

pub(super) async fn a_key_expires(subject: Subject) {
    let mut new = delivery("one", at(0));
    new.keys = vec![key("one", Some(at(100)), KeyKind::Signed)];
    let first = subject.accept_new(&[new.clone()]).await[0];
    new.received = at(99);
    assert_eq!(subject.accept(&[new.clone()]).await, [Accepted::Duplicate(first)]);
    new.received = at(100);
    new.keys[0].until = Some(at(200));
    let second = subject.accept_new(&[new.clone()]).await[0];
    new.received = at(150);
    assert_eq!(subject.accept(&[new]).await, [Accepted::Duplicate(second)]);
}

/// A copy with a new signature, then a copy of that with another id: still one delivery.
pub(super) async fn a_duplicate_brings_its_keys(subject: Subject) {
    let with = |names: [&str; 2]| {
        let mut new = delivery(names[0], at(0));
        new.keys = names.map(|name| key(name, None, KeyKind::Signed)).to_vec();
        new
    };
    let first = subject.accept_new(&[with(["id", "signature"])]).await[0];
    let duplicate = [Accepted::Duplicate(first)];
    assert_eq!(subject.accept(&[with(["id", "another signature"])]).await, duplicate);
    assert_eq!(subject.accept(&[with(["another id", "another signature"])]).await, duplicate);
    assert_eq!(subject.accept(&[with(["another id", "a third signature"])]).await, duplicate);
}

pub(super) async fn a_fifth_unsigned_id_makes_the_body_count(subject: Subject) {
    let with_id = |id: &str, received| {
        let mut new = delivery(id, received);
        new.keys =
            vec![key(id, None, KeyKind::UnsignedId), key("the body", Some(at(100)), KeyKind::Body)];
        new
    };
    let first = subject.accept_new(&[with_id("id 1", at(0))]).await[0];
    for id in ["id 2", "id 3", "id 4", "id 5"] {
        assert_eq!(
            subject.accept(&[with_id(id, at(1))]).await,
            [Accepted::Duplicate(first)],
            "{id}"
        );
    }
    // The fifth was refused, so the body counts beyond its time.
    assert_eq!(subject.accept(&[with_id("id 6", at(1000))]).await, [Accepted::Duplicate(first)]);

    // A delivery that was not replayed like that: its body expires.
    let other = |id: &str, received| {
        let mut new = with_id(id, received);
        new.keys[1] = key("another body", Some(at(100)), KeyKind::Body);
        new
    };
    let second = subject.accept_new(&[other("id 11", at(0))]).await[0];
    assert_eq!(subject.accept(&[other("id 12", at(1))]).await, [Accepted::Duplicate(second)]);
    let mut late = other("id 13", at(1000));
    late.keys[1].until = Some(at(1100));
    subject.accept_new(&[late]).await;
}

pub(super) async fn of_concurrent_copies_one_is_new(subject: Subject) {
    for round in 0..20 {
        let copies = (0..8).map(|copy| {
            let mut new = delivery(&format!("{round}"), at(0));
            // In another order each time, and with a key of its own.
            new.keys.push(key(&format!("{round} {copy}"), None, KeyKind::Signed));
            if copy % 2 == 1 {
                new.keys.reverse();
            }
            new
        });
        let copies: Vec<_> = copies.collect();
        let accepted =
            join_all(copies.iter().map(|copy| subject.accept(std::slice::from_ref(copy))));
        let accepted: Vec<_> = accepted.await.concat();
        let new: Vec<_> = accepted.iter().filter(|each| matches!(each, Accepted::New(_))).collect();
        assert_eq!(new.len(), 1, "{accepted:?}");
        let Accepted::New(number) = new[0] else { unreachable!() };
        let others = accepted.iter().filter(|each| **each == Accepted::Duplicate(*number)).count();
        assert_eq!(others, 7, "{accepted:?}");
    }
}

pub(super) async fn what_was_removed_is_new(subject: Subject) {
    let (one, other) = (delivery("one", at(0)), delivery("other", at(0)));
    let n = subject.accept_new(&[one.clone(), other.clone()]).await;
    assert!(subject.0.delete(n[0]).await.unwrap());
    subject.accept_new(&[one]).await;
    assert_eq!(subject.accept(std::slice::from_ref(&other)).await, [Accepted::Duplicate(n[1])]);

    let mut kept = delivery("kept", at(0));
    kept.purpose = Purpose::Keep;
    subject.accept_new(std::slice::from_ref(&kept)).await;
    assert!(subject.0.forget(at(1), 10).await.unwrap() > 0);
    subject.accept_new(&[kept]).await;
    assert_eq!(subject.accept(&[other]).await, [Accepted::Duplicate(n[1])]);
}

pub(super) async fn hostile_texts_are_stored(subject: Subject) {
    let texts = ["'; drop table inbox_deliveries; --", "%_\\", "\u{202e}\u{1f980}", "{\"}", " "];
    for text in texts {
        let mut new = delivery(text, at(0));
        new.endpoint = text.to_owned();
        new.event = text.to_owned();
        new.order = Some(text.to_owned());
        let number = subject.accept_new(&[new]).await[0];
        let row = subject.0.detail(number).await.unwrap().unwrap().row;
        assert_eq!((&*row.endpoint, &*row.event), (text, text));
        assert_eq!((row.delivery_id.as_deref(), row.order.as_deref()), (Some(text), Some(text)));
    }
}
