//! The job that is done about a delivery, as graphile_worker knows it.

use graphile_worker::{JobKeyMode, JobSpec, WorkerUtils};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};

use crate::settings;

/// What the job says: the delivery's number. The delivery itself is in its table.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandleDelivery {
    pub delivery: i64,
}

/// Where graphile_worker keeps its tables.
pub const SCHEMA: &str = "graphile_worker";

/// What graphile_worker does outside its workers.
pub fn engine(pool: &PgPool) -> WorkerUtils {
    WorkerUtils::new(pool, SCHEMA)
}

/// How often a delivery is tried before it is given up: `MAX_ATTEMPTS`, or 10 times, over some 10 hours.
pub fn max_attempts() -> Result<i16, String> {
    match settings::number("MAX_ATTEMPTS", 10)? {
        max @ 1.. => Ok(max),
        other => Err(format!("MAX_ATTEMPTS={other} leaves no attempt")),
    }
}

/// Adds jobs.
#[derive(Clone)]
pub struct Jobs {
    engine: WorkerUtils,
    max_attempts: i16,
}

impl Jobs {
    pub fn new(pool: &PgPool, max_attempts: i16) -> Self {
        Self { engine: engine(pool), max_attempts }
    }

    /// Adds the delivery's job in this connection's transaction. A job that it has already begins anew: the
    /// key makes it one job a delivery.
    pub async fn add(
        &self,
        transaction: &mut PgConnection,
        delivery: i64,
    ) -> Result<(), sqlx::Error> {
        let spec = JobSpec {
            job_key: Some(format!("delivery-{delivery}")),
            job_key_mode: Some(JobKeyMode::Replace),
            max_attempts: Some(self.max_attempts),
            ..JobSpec::default()
        };
        let mut engine = self.engine.clone().with_executor(transaction);
        let added = engine.add_job(HandleDelivery { delivery }, spec).await;
        added.map(drop).map_err(|error| sqlx::Error::Protocol(error.to_string()))
    }
}
