//! The ids of kinds, which never change.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Provider, endpoint and event.
pub(super) type Kind = (String, String, String);

/// How many ids are remembered.
const REMEMBERED: usize = 4096;

/// Ids that are known without asking the database.
#[derive(Default)]
pub(super) struct Kinds(Mutex<HashMap<Kind, i64>>);

impl Kinds {
    pub(super) fn get(&self, kind: &Kind) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(kind).copied()
    }

    /// Remembers ids that are committed.
    pub(super) fn remember(&self, ids: impl IntoIterator<Item = (Kind, i64)>) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, id) in ids {
            if kinds.len() >= REMEMBERED {
                kinds.clear();
            }
            kinds.insert(kind, id);
        }
    }
}
