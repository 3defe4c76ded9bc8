//! Stores deliveries, each once, with the job to be done about it.

use std::time::{Duration, SystemTime};

use sqlx::PgPool;
use tokio::time::timeout;
use webhook_tower::idempotency::{Key, Keys};
use webhook_tower::{CloudEvent, Delivery};

use crate::job::Jobs;
use crate::stdout::word;

/// How long storing may take, so that a sender gets its answer in time. It is 503 then; had the delivery been
/// stored all the same, it is known when it comes again.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct Inbox {
    pool: PgPool,
    jobs: Jobs,
}

pub enum Stored {
    /// The delivery and its job are in the database.
    New,
    /// It was there already.
    Duplicate,
}

pub type Error = Box<dyn std::error::Error + Send + Sync>;

impl Inbox {
    pub const fn new(pool: PgPool, jobs: Jobs) -> Self {
        Self { pool, jobs }
    }

    /// Stores a delivery that came to this endpoint. Once this returns `Ok`, it survives any crash.
    pub async fn store(
        &self,
        endpoint: &str,
        delivery: &Delivery,
        event: &str,
        headers: &[(&str, &str)],
    ) -> Result<Stored, Error> {
        let now = SystemTime::now();
        let record = CloudEvent::new(delivery, endpoint, event, now.into())
            .with_headers(headers.iter().copied());
        // The keys last as long as the delivery: its row takes them with it.
        // Its body alone does not make a delivery the same for as long as that.
        let keys = Keys::of(endpoint, delivery, Duration::MAX).map(Keys::without_body);
        timeout(LIMIT, async {
            if self.insert(delivery, event, &record, keys.as_ref()).await? {
                return Ok(Stored::New);
            }
            if let Some(keys) = keys {
                self.know_by_more(&keys).await?;
            }
            Ok(Stored::Duplicate)
        })
        .await?
    }

    /// One transaction: the delivery, what it is known by, and the job. `false`, and nothing is stored, if one
    /// of its keys is taken. While another transaction takes it, this one waits for what becomes of that.
    async fn insert(
        &self,
        delivery: &Delivery,
        event: &str,
        record: &CloudEvent,
        keys: Option<&Keys>,
    ) -> Result<bool, sqlx::Error> {
        let keys = keys.map(|keys| sorted(keys.all().map(|(key, _)| key))).unwrap_or_default();
        let mut transaction = self.pool.begin().await?;
        let id: i64 = sqlx::query_scalar(
            "insert into deliveries (provider, event, delivery_id, record) \
             values ($1, $2, $3, $4::json) returning id",
        )
        .bind(delivery.provider())
        .bind(word(event))
        .bind(delivery.id().map(word))
        .bind(record.to_json())
        .fetch_one(&mut *transaction)
        .await?;
        let taken = sqlx::query(
            "insert into delivery_keys (key, delivery) select unnest($1::bytea[]), $2 \
             on conflict do nothing",
        )
        .bind(&keys)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        if taken.rows_affected() < keys.len() as u64 {
            transaction.rollback().await?;
            return Ok(false);
        }
        self.jobs.add(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// If the id is known, so are the fingerprints from now on: a retry that was signed anew could else be
    /// captured and replayed under another id. If only a fingerprint is known, the id is anybody's word.
    async fn know_by_more(&self, keys: &Keys) -> Result<(), sqlx::Error> {
        let Some(id) = keys.id() else { return Ok(()) };
        sqlx::query(
            "insert into delivery_keys (key, delivery) \
             select unnest($1::bytea[]), delivery from delivery_keys where key = $2 \
             on conflict do nothing",
        )
        .bind(sorted(keys.fingerprints().iter().copied()))
        .bind(id.as_ref())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// In one order for all, so that no two transactions wait for each other's keys.
fn sorted(keys: impl Iterator<Item = Key>) -> Vec<Vec<u8>> {
    let mut keys: Vec<_> = keys.map(|key| key.as_ref().to_vec()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
