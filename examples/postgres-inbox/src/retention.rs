//! Deliveries are forgotten after some time, and with them what they were known by.

use graphile_worker::worker_utils::types::CleanupTask;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerContextExt};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::settings;

/// How long deliveries are kept once they are done or given up: `RETENTION_DAYS`, or 30 days. As long,
/// duplicates are known.
#[derive(Debug, Clone, Copy)]
pub struct Days(i32);

impl Days {
    pub fn from_env() -> Result<Self, String> {
        match settings::number("RETENTION_DAYS", 30)? {
            days @ 1..=36_500 => Ok(Self(days)),
            other => Err(format!("RETENTION_DAYS={other} is not from 1 to 36500")),
        }
    }
}

/// A job that is done daily.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forget {}

impl TaskHandler for Forget {
    const IDENTIFIER: &'static str = "forget";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let pool = context.get_ext::<PgPool>().ok_or("no database")?;
        let Days(days) = context.get_ext::<Days>().ok_or("no retention")?;
        let forgotten = sqlx::query(
            "delete from deliveries where received_at < now() - make_interval(days => $1) \
             and id in (select id from delivery_log() where state in ('done', 'given up'))",
        )
        .bind(days)
        .execute(pool)
        .await
        .map_err(|error| error.to_string())?;
        // A delivery whose job is gone is given up just the same.
        let cleaned = context.utils().cleanup(&[CleanupTask::DeletePermanentlyFailedJobs]).await;
        cleaned.map_err(|error| error.to_string())?;
        tracing::info!(deliveries = forgotten.rows_affected(), "forgot what was old");
        Ok::<_, String>(())
    }
}
