use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::keys::{Key, Keys, Note};
use crate::store::{Claim, ClaimStore, MAX_IDS, StoreFuture, Token};

/// The contract of [`ClaimStore`] as a program: two tables and no optimizations.
///
/// Tests compare other stores with it under random histories. The comment at each step is the SQL for PostgreSQL, in one
/// transaction that begins with `pg_advisory_xact_lock` on the namespace:
///
/// ```sql
/// create table claims (id bigserial primary key, state text, token bytea, lease timestamptz,
///                      ids int default 0, flooded bool default false, note bytea);
/// create table keys (key bytea primary key, claim bigint references claims on delete cascade, until timestamptz);
/// ```
#[derive(Debug, Default)]
pub struct Model(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    now: Duration,
    claims: Vec<Row>,
    keys: Vec<KeyRow>,
}

#[derive(Debug, Clone)]
struct Row {
    id: usize,
    state: State,
    token: Token,
    lease: Duration,
    ids: usize,
    flooded: bool,
    note: Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Free,
    InFlight,
    Committed,
}

#[derive(Debug)]
struct KeyRow {
    key: Key,
    claim: usize,
    until: Duration,
}

impl Model {
    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let mut tables = self.tables();
        tables.now = tables.now.saturating_add(time);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a step, and removes what has ended.
    fn begin(&self) -> MutexGuard<'_, Tables> {
        let mut tables = self.tables();
        let now = tables.now;
        // delete from keys where until <= now()
        tables.keys.retain(|row| now < row.until);
        // update claims set state = 'free' where state = 'in flight' and lease <= now()
        for row in &mut tables.claims {
            if row.state == State::InFlight && row.lease <= now {
                row.state = State::Free;
            }
        }
        // delete from claims where id not in (select claim from keys)
        let Tables { claims, keys, .. } = &mut *tables;
        claims.retain(|row| keys.iter().any(|key| key.claim == row.id));
        tables
    }
}

impl Tables {
    /// select claims.* from claims join keys on claim = id where key = $key
    fn of_key(&self, key: Key) -> Option<Row> {
        let row = self.keys.iter().find(|row| row.key == key)?;
        self.claims.iter().find(|claim| claim.id == row.claim).cloned()
    }

    /// Returns the claims of the keys, in the order of the keys.
    fn all_of(&self, keys: &Keys) -> Vec<Row> {
        keys.all().filter_map(|(key, _)| self.of_key(key)).collect()
    }

    /// .. order by state = 'committed' desc, state = 'in flight' desc, <order of the keys> limit 1
    fn claim_of(&self, keys: &Keys) -> Option<Row> {
        // `max_by_key` returns the last of several, and the first is needed.
        self.all_of(keys).into_iter().rev().max_by_key(|row| row.state)
    }

    /// insert into claims ..
    fn new_row(&mut self, token: Token) -> Row {
        let id = self.claims.iter().map(|row| row.id).max().map_or(0, |last| last + 1);
        let (lease, note) = (Duration::ZERO, Note::default());
        let row = Row { id, state: State::Free, token, lease, ids: 0, flooded: false, note };
        self.claims.push(row.clone());
        row
    }

    /// update claims set .. where id = $id
    fn update(&mut self, row: &Row) {
        for old in self.claims.iter_mut().filter(|old| old.id == row.id) {
            *old = row.clone();
        }
    }

    /// Lets the keys join the claim. With `renewed`, all keys are renewed for at least that long.
    fn join(&mut self, row: &mut Row, keys: &Keys, renewed: Option<Duration>) {
        let mut is_now_flooded = false;
        for (key, retention) in keys.all() {
            let claim = self.of_key(key);
            let is_in = claim.as_ref().is_some_and(|claim| claim.id == row.id);
            let joins = claim.is_none_or(|claim| claim.id != row.id && claim.state == State::Free);
            if joins && Some(key) == keys.unsigned_id() {
                if row.ids >= MAX_IDS {
                    is_now_flooded = !row.flooded;
                    row.flooded = true;
                    continue;
                }
                row.ids += 1;
            }
            let is_body = Some(key) == keys.body();
            let is_kept_longer = is_in && is_body && is_now_flooded;
            if joins || is_in && renewed.is_some() || is_kept_longer {
                let kept = if is_body && row.flooded { keys.body_retention() } else { retention };
                let until = self.now.saturating_add(kept.max(renewed.unwrap_or_default()));
                // insert into keys .. on conflict (key) do update set claim = $claim, until = $until
                self.keys.retain(|row| row.key != key);
                self.keys.push(KeyRow { key, claim: row.id, until });
            }
        }
        self.update(row);
    }
}

impl ClaimStore for Model {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        Box::pin(async move {
            let mut tables = self.begin();
            let mut row = tables.claim_of(keys).unwrap_or_else(|| tables.new_row(token));
            let answer = match row.state {
                State::Committed => Claim::Committed(row.note),
                State::InFlight if row.token != token => Claim::InFlight(row.note),
                State::InFlight | State::Free => {
                    row.state = State::InFlight;
                    (row.token, row.note) = (token, keys.note());
                    row.lease = tables.now.saturating_add(lease);
                    tables.update(&row);
                    tables.join(&mut row, keys, Some(lease));
                    return Ok(Claim::Ours);
                }
            };
            tables.join(&mut row, keys, None);
            Ok(answer)
        })
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut tables = self.begin();
            let is_own = |row: &Row| row.state != State::Free && row.token == token;
            let own = tables.all_of(keys).into_iter().find(is_own);
            let row = own.clone().or_else(|| tables.claim_of(keys));
            if own.is_none() && row.as_ref().is_some_and(|row| row.state != State::Free) {
                return Ok(false);
            }
            let mut row = row.unwrap_or_else(|| tables.new_row(token));
            row.state = State::Committed;
            (row.token, row.note) = (token, keys.note());
            tables.update(&row);
            tables.join(&mut row, keys, Some(Duration::ZERO));
            Ok(true)
        })
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut tables = self.begin();
            // update claims set state = 'free' where state = 'in flight' and token = $token and id in (..)
            for mut row in tables.all_of(keys) {
                if row.state == State::InFlight && row.token == token {
                    row.state = State::Free;
                    tables.update(&row);
                }
            }
            Ok(())
        })
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut tables = self.begin();
            // delete from claims where id in (..)
            let forgotten = tables.all_of(keys);
            let is_kept = |id: usize| !forgotten.iter().any(|row| row.id == id);
            tables.claims.retain(|row| is_kept(row.id));
            tables.keys.retain(|row| is_kept(row.claim));
            Ok(!forgotten.is_empty())
        })
    }
}
