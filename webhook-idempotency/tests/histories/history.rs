//! Histories of a few similar deliveries: senders retry, strangers replay, handlers fail, and time passes.

use std::sync::OnceLock;
use std::time::Duration;

use proptest::prelude::*;
use webhook_core::Delivery;
use webhook_idempotency::testing::{
    Model, NamesInBody, SignsBody, SignsId, SignsTime, delivery, secret,
};
use webhook_idempotency::{ClaimStore, Keys, MAX_IDS, Token};

/// All times are multiples of ten seconds, so that a slow machine does not change the result.
const TICK: Duration = Duration::from_secs(10);
const LEASE: Duration = Duration::from_secs(30);
const RETENTION: Duration = Duration::from_secs(2000);

#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A new token claims a delivery.
    Claim(Arrival),
    /// The attempt claims again for this many ticks, to renew its lease, even if it no longer holds the claim.
    Again(usize, u32),
    /// The attempt commits or releases, even if it no longer holds the claim.
    Commit(usize),
    Release(usize),
    /// An operator forgets the claims of a delivery.
    Forget(Arrival),
    /// This many ticks pass.
    Pass(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    kind: usize,
    id: usize,
    body: usize,
    signed: usize,
    has_body_key: bool,
}

pub(crate) fn histories() -> impl Strategy<Value = Vec<Step>> {
    // Most steps of a history use one kind of delivery, so that they share keys. Some histories begin with more ids
    // than a claim accepts.
    let any = (0..KINDS).prop_flat_map(|kind| proptest::collection::vec(step(kind), 1..40));
    let flooded = proptest::collection::vec(step(0), 1..30).prop_map(|steps| {
        let ids = 1..=MAX_IDS + 1;
        let claims = ids.map(|id| Arrival { kind: 0, id, body: 0, signed: 0, has_body_key: true });
        claims.map(Step::Claim).chain(steps).collect()
    });
    prop_oneof![2 => any, 1 => flooded]
}

const KINDS: usize = 4;

fn step(kind: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => arrival(kind).prop_map(Step::Claim),
        3 => (0..40_usize, prop_oneof![1..4_u32, Just(100)])
            .prop_map(|(attempt, ticks)| Step::Again(attempt, ticks)),
        4 => (0..40_usize).prop_map(Step::Commit),
        3 => (0..40_usize).prop_map(Step::Release),
        1 => arrival(kind).prop_map(Step::Forget),
        2 => prop_oneof![1..4_u32, 60..70_u32, 190..210_u32].prop_map(Step::Pass),
    ]
}

fn arrival(kind: usize) -> impl Strategy<Value = Arrival> {
    (
        prop_oneof![9 => Just(kind), 1 => 0..KINDS],
        0..7_usize,
        0..2_usize,
        0..4_usize,
        prop::bool::weighted(0.8),
    )
        .prop_map(|(kind, id, body, signed, has_body_key)| Arrival {
            kind,
            id,
            body,
            signed,
            has_body_key,
        })
}

impl Arrival {
    fn keys(&self) -> Keys {
        let keys = all_keys()[self.index()].clone();
        if self.has_body_key { keys } else { keys.without_body() }
    }

    const fn index(&self) -> usize {
        ((self.kind * 7 + self.id) * 2 + self.body) * 4 + self.signed
    }
}

/// The keys of all deliveries that may arrive, computed once.
fn all_keys() -> &'static [Keys] {
    static KEYS: OnceLock<Vec<Keys>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut all = Vec::new();
        for kind in 0..KINDS {
            for id in 0..7 {
                for body in 0..2 {
                    for signed in 0..4 {
                        let delivery = signed_by(kind, id, body, signed);
                        all.push(Keys::of("endpoint", &delivery, RETENTION).unwrap());
                    }
                }
            }
        }
        all
    })
}

fn signed_by(kind: usize, id: usize, body: usize, signed: u64) -> Delivery {
    let named = format!("dlv_{id}");
    // The first delivery has no id, if its kind permits that.
    let unsigned = (id > 0).then_some(&*named);
    let body = format!("{{{body}}}");
    match kind {
        0 => delivery(&secret::<SignsTime>(&["secret"]), unsigned, &body, signed),
        1 => delivery(&secret::<SignsBody>(&["secret", "old"]), unsigned, &body, 0),
        2 => delivery(&secret::<SignsId>(&["secret"]), Some(&named), &body, signed),
        _ => {
            let body = format!(r#"{{"id":{id},"body":{body:?}}}"#);
            delivery(&secret::<NamesInBody>(&["secret"]), None, &body, signed)
        }
    }
}

/// Runs a history on the store and the model, and compares every result.
pub(crate) async fn check(store: &impl ClaimStore, history: &[Step], pass: impl AsyncFn(Duration)) {
    let model = Model::default();
    let mut attempts: Vec<(Keys, Token)> = Vec::new();
    for step in history {
        match step {
            Step::Claim(arrival) => {
                let (keys, token) = (arrival.keys(), Token::random().unwrap());
                let claim = store.claim(&keys, token, LEASE).await.unwrap();
                assert_eq!(claim, model.claim(&keys, token, LEASE).await.unwrap(), "{step:?}");
                attempts.push((keys, token));
            }
            Step::Again(attempt, ticks) => {
                let Some((keys, token)) = attempts.get(*attempt) else { continue };
                let lease = TICK * *ticks;
                let claim = store.claim(keys, *token, lease).await.unwrap();
                assert_eq!(claim, model.claim(keys, *token, lease).await.unwrap(), "{step:?}");
            }
            Step::Commit(attempt) => {
                let Some((keys, token)) = attempts.get(*attempt) else { continue };
                let committed = store.commit(keys, *token).await.unwrap();
                assert_eq!(committed, model.commit(keys, *token).await.unwrap(), "{step:?}");
            }
            Step::Release(attempt) => {
                let Some((keys, token)) = attempts.get(*attempt) else { continue };
                store.release(keys, *token).await.unwrap();
                model.release(keys, *token).await.unwrap();
            }
            Step::Forget(arrival) => {
                let keys = arrival.keys();
                let forgotten = store.forget(&keys).await.unwrap();
                assert_eq!(forgotten, model.forget(&keys).await.unwrap(), "{step:?}");
            }
            Step::Pass(ticks) => {
                pass(TICK * *ticks).await;
                model.pass(TICK * *ticks);
            }
        }
    }
}
