//! A database of secrets, and what lookups answer.

use std::collections::HashMap;
use std::error::Error;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;
use webhook_core::adapter::Chain;
use webhook_core::providers::svara;
use webhook_secrets::{Endpoint, Endpoints, Lookup};

use crate::common::accepts;

/// How long a load takes.
pub(crate) const LOAD: Duration = Duration::from_millis(100);

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A database of secrets that counts its loads.
#[derive(Clone, Default)]
pub(crate) struct Db {
    rows: Arc<Mutex<HashMap<String, Row>>>,
    loads: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Row {
    Secret(&'static str),
    Down,
    Hangs,
    Panics,
    PanicsAtOnce,
}

pub(crate) use Row::{Down, Hangs, Panics, PanicsAtOnce, Secret};

impl Db {
    pub(crate) fn with(id: &str, row: Row) -> Self {
        let db = Self::default();
        db.set(id, row);
        db
    }

    pub(crate) fn set(&self, id: &str, row: Row) {
        self.rows.lock().unwrap().insert(id.to_owned(), row);
    }

    pub(crate) fn remove(&self, id: &str) {
        self.rows.lock().unwrap().remove(id);
    }

    /// How often the database was asked.
    pub(crate) fn loads(&self) -> usize {
        self.loads.lock().unwrap().len()
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let db = self.clone();
        Endpoints::new(move |id: Arc<str>| {
            db.loads.lock().unwrap().push(id.to_string());
            let row = db.rows.lock().unwrap().get(&*id).copied();
            if matches!(row, Some(PanicsAtOnce)) {
                panic!("before there is a future");
            }
            async move {
                sleep(LOAD).await;
                match row {
                    None => Ok(None),
                    Some(Secret(text)) => Ok(Some(svara::Secret::new(text)?)),
                    Some(Down) => Err::<_, BoxError>("connection refused".into()),
                    Some(Hangs) => pending().await,
                    Some(Panics | PanicsAtOnce) => panic!("as it should"),
                }
            }
        })
    }
}

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// What a lookup answers without waiting.
pub(crate) fn at_once(endpoints: &Endpoints, id: &str) -> Option<Option<Endpoint>> {
    match endpoints.lookup(id) {
        Lookup::Ready(found) => Some(found),
        Lookup::Later(_) => None,
    }
}

pub(crate) async fn answer(lookup: Lookup) -> Result<Option<Endpoint>, String> {
    match lookup {
        Lookup::Ready(found) => Ok(found),
        Lookup::Later(lookup) => lookup.await.map_err(|error| Chain(&*error).to_string()),
    }
}

pub(crate) async fn look_up(endpoints: &Endpoints, id: &str) -> Result<Option<Endpoint>, String> {
    answer(endpoints.lookup(id)).await
}

pub(crate) async fn find(endpoints: &Endpoints, id: &str) -> Endpoint {
    look_up(endpoints, id).await.unwrap().unwrap()
}

#[track_caller]
pub(crate) fn assert_secret(endpoint: &Endpoint, secret: &str) {
    assert!(accepts(&**endpoint.verify(), secret), "not {secret}");
}
