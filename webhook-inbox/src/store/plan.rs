//! What a batch comes to: which deliveries are new, and which keys are written. Pure, so that every database agrees.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use webhook_idempotency::{Key, MAX_IDS};

use super::shared::millis;
use super::{Accepted, KeyKind, NewDelivery, NewKey, Number, Purpose, State};

/// What is known of a key of the batch, as the stores read it: also keys that have expired.
#[derive(sqlx::FromRow)]
pub(super) struct KnownKey {
    key: Vec<u8>,
    delivery: Number,
    until: Option<i64>,
    /// How many ids that are not signed its delivery has.
    ids: i64,
    /// Whether there is its delivery: somebody may have removed it by hand.
    has_delivery: bool,
}

/// Begins the statement that reads [`KnownKey`]s. The condition for the keys follows.
pub(super) const KNOWN: &str = "select key, delivery, until, (select count(*) from inbox_keys ids \
    where ids.delivery = known.delivery and ids.kind = 1) as ids, \
    exists (select 1 from inbox_deliveries where number = known.delivery) as has_delivery \
    from inbox_keys known where key ";

/// What is to be written.
#[derive(Default)]
pub(super) struct Plan<'a> {
    /// The new deliveries. One that is waiting has to be held if there are earlier ones of its order in the database.
    pub(super) new: Vec<(&'a NewDelivery, State)>,
    /// The keys, in an order that is the same for all.
    pub(super) keys: BTreeMap<Key, PlannedKey>,
    /// The keys that are written in place of those that do not count.
    pub(super) expired: Vec<Key>,
    /// The deliveries whose body counts from now on for as long as they are kept.
    pub(super) lasting: BTreeSet<Number>,
    outcomes: Vec<(bool, Owner)>,
}

/// Whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// A delivery in the database.
    Stored(Number),
    /// One of [`Plan::new`].
    New(usize),
}

/// A key that is to be written.
pub(super) struct PlannedKey {
    pub(super) owner: Owner,
    pub(super) until: Option<i64>,
    pub(super) kind: KeyKind,
}

impl PlannedKey {
    fn new(key: &NewKey, owner: Owner) -> Self {
        Self { owner, until: key.until.map(millis), kind: key.kind }
    }

    /// The number of its kind in the database.
    pub(super) const fn kind_code(&self) -> i64 {
        match self.kind {
            KeyKind::Signed => 0,
            KeyKind::UnsignedId => 1,
            KeyKind::Body => 2,
        }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(batch: &'a [NewDelivery], known: Vec<KnownKey>) -> Self {
        let mut ids: HashMap<Owner, usize> = HashMap::new();
        for key in &known {
            ids.insert(Owner::Stored(key.delivery), usize::try_from(key.ids).unwrap_or_default());
        }
        let known = known.into_iter().map(|key| (key.key.clone(), key)).collect();
        let mut planning = Planning { known, ids, orders: HashSet::new(), plan: Self::default() };
        for delivery in batch {
            planning.add(delivery);
        }
        planning.plan
    }

    /// The deliveries in the database that get more keys.
    #[cfg(feature = "postgres")]
    pub(super) fn stored_owners(&self) -> BTreeSet<Number> {
        let owners = self.keys.values().map(|key| key.owner);
        owners
            .filter_map(|owner| match owner {
                Owner::Stored(number) => Some(number),
                Owner::New(_) => None,
            })
            .collect()
    }

    /// What became of each delivery of the batch, once the new ones have these numbers.
    pub(super) fn accepted(&self, numbers: &[Number]) -> Option<Vec<Accepted>> {
        let accepted = self.outcomes.iter().map(|(is_new, owner)| {
            let number = number(*owner, numbers)?;
            Some(if *is_new { Accepted::New(number) } else { Accepted::Duplicate(number) })
        });
        accepted.collect()
    }
}

/// The number of a delivery, once the new ones have these numbers.
pub(super) fn number(owner: Owner, numbers: &[Number]) -> Option<Number> {
    match owner {
        Owner::Stored(number) => Some(number),
        Owner::New(nth) => numbers.get(nth).copied(),
    }
}

/// All keys of a batch.
pub(super) fn keys(batch: &[NewDelivery]) -> BTreeSet<Key> {
    batch.iter().flat_map(|delivery| &delivery.keys).map(|key| key.key).collect()
}

struct Planning<'a> {
    known: HashMap<Vec<u8>, KnownKey>,
    ids: HashMap<Owner, usize>,
    orders: HashSet<&'a str>,
    plan: Plan<'a>,
}

impl<'a> Planning<'a> {
    fn add(&mut self, delivery: &'a NewDelivery) {
        let now = millis(delivery.received);
        let owner = delivery.keys.iter().find_map(|key| self.owner(&key.key, now));
        if let Some(owner) = owner {
            self.plan.outcomes.push((false, owner));
            self.add_keys(owner, delivery, now);
            return;
        }
        let owner = Owner::New(self.plan.new.len());
        let state = match &delivery.order {
            _ if delivery.purpose == Purpose::Keep => State::Kept,
            _ if matches!(delivery.purpose, Purpose::Rejected { .. }) => State::Rejected,
            Some(order) if !self.orders.insert(order) => State::Held,
            _ => State::Waiting,
        };
        self.plan.outcomes.push((true, owner));
        self.plan.new.push((delivery, state));
        for key in &delivery.keys {
            self.write(key, owner);
        }
    }

    /// Whose this key is, if it counts.
    fn owner(&self, key: &Key, now: i64) -> Option<Owner> {
        let (owner, until) = match (self.plan.keys.get(key), self.known.get(key.as_ref())) {
            (Some(planned), _) => (planned.owner, planned.until),
            (None, Some(known)) if known.has_delivery => {
                (Owner::Stored(known.delivery), known.until)
            }
            (None, _) => return None,
        };
        until.is_none_or(|until| until > now).then_some(owner)
    }

    /// Adds the keys of a duplicate that nobody has. A delivery has a limited number of ids that are not signed: one more
    /// means that somebody replays it under made-up ids, and from then on its body counts for as long as it is kept.
    fn add_keys(&mut self, owner: Owner, delivery: &NewDelivery, now: i64) {
        for key in &delivery.keys {
            if self.owner(&key.key, now).is_some() {
                continue;
            }
            let ids = self.ids.get(&owner).copied().unwrap_or_default();
            if key.kind == KeyKind::UnsignedId && ids >= MAX_IDS {
                self.keep_body(owner);
            } else {
                self.write(key, owner);
            }
        }
    }

    fn keep_body(&mut self, owner: Owner) {
        let keys = self.plan.keys.values_mut();
        for key in keys.filter(|key| key.owner == owner && key.kind == KeyKind::Body) {
            key.until = None;
        }
        if let Owner::Stored(number) = owner {
            self.plan.lasting.insert(number);
        }
    }

    fn write(&mut self, key: &NewKey, owner: Owner) {
        if key.kind == KeyKind::UnsignedId {
            let ids = self.ids.entry(owner).or_default();
            *ids = ids.saturating_add(1);
        }
        if self.known.remove(key.key.as_ref()).is_some() {
            self.plan.expired.push(key.key);
        }
        self.plan.keys.insert(key.key, PlannedKey::new(key, owner));
    }
}
