//! Everything that a store is asked.

use std::time::Duration;

use webhook_core::UnixTime;
use webhook_inbox::store::{Accepted, Filter, Outcome, Settled, State, Store, Turn};
use webhook_inbox::testing;

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(1_700_000_000 + secs)
}

/// Asks everything once.
pub(crate) async fn ask(store: &impl Store, round: u64) {
    let now = at(200_000 + 100 * round);
    let mut new: Vec<_> =
        (0..4).map(|nth| testing::delivery(&format!("{round} {nth}"), now)).collect();
    new[0].order = Some("order 1".to_owned());
    new.push(new[1].clone());
    let accepted = store.accept(&new).await.unwrap();
    let Accepted::New(number) = accepted[3] else { panic!("{accepted:?}") };
    // Alone, and then a copy with more keys.
    let mut alone = testing::delivery(&format!("{round} alone"), now);
    store.accept(std::slice::from_ref(&alone)).await.unwrap();
    alone.keys.extend(testing::delivery(&format!("{round} more"), now).keys);
    let copy = store.accept(&[alone]).await.unwrap();
    assert!(matches!(copy[..], [Accepted::Duplicate(_)]), "{copy:?}");
    let lease = Duration::from_secs(10);
    let endpoints = &["voisnap".to_owned()];
    let turn = |settled, want| Turn { worker: "a", now, lease, settled, want, endpoints };
    let claimed = store.turn(turn(Vec::new(), 4)).await.unwrap();
    let settled = |nth: usize, outcome| Settled {
        number: claimed[nth].number,
        attempt: claimed[nth].attempt,
        started: now,
        ended: now,
        outcome,
    };
    let failed = Outcome::Retry { error: "no".to_owned(), at: at(10_000_000) };
    let given_up = Outcome::GivenUp { error: "no".to_owned() };
    let outcomes = vec![settled(0, Outcome::Done), settled(1, failed), settled(2, given_up)];
    store.turn(turn(outcomes, 0)).await.unwrap();
    store.renew("a", &[number], at(300_000 + round)).await.unwrap();
    store.recover(at(300_001 + round), 5).await.unwrap();
    store.backlog(now).await.unwrap();
    store.endpoints().await.unwrap();
    store.ready().await.unwrap();
    store.detail(number).await.unwrap().unwrap();
    store.replay(claimed[0].number, now).await.unwrap();
    store.delete(number).await.unwrap();
    store.forget(at(round), 20).await.unwrap();
    store.forget_rejected(1000, 500).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let filters: [fn(&mut Filter); 8] = [
        |_| {},
        |filter| filter.state = Some(State::Running),
        |filter| filter.state = Some(State::Done),
        |filter| filter.from = Some(at(50)),
        |filter| filter.until = Some(at(50)),
        |filter| filter.before = Some(500),
        |filter| filter.delivery_id = Some("dlv_77".to_owned()),
        |filter| filter.text = Some("nowhere".to_owned()),
    ];
    for set in filters {
        for (provider, event) in [(None, None), (text("voisnap"), None), (None, text("event 1"))] {
            let mut filter = Filter::default();
            (filter.provider, filter.event) = (provider, event);
            set(&mut filter);
            store.list(&filter).await.unwrap();
        }
    }
}
