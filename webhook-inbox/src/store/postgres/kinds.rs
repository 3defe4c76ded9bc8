use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sqlx::PgConnection;

use super::super::NewDelivery;
use super::accept::text;

/// How many ids are remembered.
const REMEMBERED: usize = 4096;

/// The ids of kinds, which never change.
#[derive(Default)]
pub(super) struct Kinds(Mutex<HashMap<(String, String, String), i64>>);

impl Kinds {
    /// The id of the delivery's kind. It is made if there is none, and stays if the delivery is not stored.
    pub(super) async fn id(
        &self,
        connection: &mut PgConnection,
        delivery: &NewDelivery,
    ) -> Result<i64, sqlx::Error> {
        let names = [&delivery.provider, &delivery.endpoint, &delivery.event];
        let kind: (String, String, String) = names.map(|name| text(name).into_owned()).into();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).copied();
        if let Some(id) = known {
            return Ok(id);
        }
        // The update changes nothing, so that the row is returned either way.
        let id = sqlx::query_scalar(
            "insert into inbox_kinds (provider, endpoint, event) values ($1, $2, $3) \
             on conflict (provider, endpoint, event) do update set event = excluded.event returning id",
        )
        .bind(&kind.0)
        .bind(&kind.1)
        .bind(&kind.2)
        .fetch_one(connection)
        .await?;
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= REMEMBERED {
            kinds.clear();
        }
        kinds.insert(kind, id);
        Ok(id)
    }
}
