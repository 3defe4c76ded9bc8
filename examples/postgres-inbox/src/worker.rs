//! The worker: graphile_worker runs the jobs, tries again what failed, and takes up what a dead worker left.

use std::mem;
use std::time::Duration;

use chrono::Utc;
use graphile_worker::{
    Cron, FailureReason, HookRegistry, IntoTaskHandlerResult, JobRecovery, JobRecoveryResult,
    Plugin, TaskHandler, Worker, WorkerContext, WorkerRecoveryConfig, WorkerShutdownConfig,
};
use sqlx::PgPool;
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::attempts::{self, Attempt};
use crate::job::{HandleDelivery, SCHEMA};
use crate::retention::{self, Forget};
use crate::settings;
use crate::work::{Error, Work};

/// How long what is under way may go on once the worker was asked to stop. What is not done by then goes back
/// to the queue.
const GRACE: Duration = Duration::from_secs(10);

pub struct Settings {
    work: Work,
    concurrency: usize,
    poll: Duration,
    dead_after: Duration,
    retention: retention::Days,
}

impl Settings {
    pub fn from_env() -> Result<Self, String> {
        let concurrency = settings::number("CONCURRENCY", 8)?;
        if concurrency == 0 {
            return Err("CONCURRENCY=0 does no work".to_owned());
        }
        Ok(Self {
            work: Work::from_env()?,
            concurrency,
            poll: settings::millis("POLL_MILLIS", Duration::from_millis(100))?,
            dead_after: settings::millis("DEAD_AFTER_MILLIS", Duration::from_secs(60))?,
            retention: retention::Days::from_env()?,
        })
    }
}

/// Works until asked to stop. The engine ends when the database does; then another is started.
pub async fn run(pool: &PgPool, settings: &Settings, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = work(pool, settings, stop).await {
            tracing::error!(error, "the worker broke off");
            select! {
                () = sleep(settings.dead_after / 6) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

async fn work(pool: &PgPool, settings: &Settings, stop: &CancellationToken) -> Result<(), Error> {
    // A worker is taken for dead once several of its signs of life are missing.
    let recovery = WorkerRecoveryConfig::default()
        .heartbeat_interval(settings.dead_after / 6)
        .sweep_interval(settings.dead_after / 3)
        .sweep_threshold(settings.dead_after)
        .recovery_delay(settings.dead_after / 3);
    let shutdown = WorkerShutdownConfig::default()
        .listen_os_shutdown_signals(false)
        .shutdown_signal(stop.clone().cancelled_owned())
        .grace_period(GRACE)
        .interrupted_job_retry_delay(Duration::ZERO);
    let worker = Worker::options()
        .pg_pool(pool.clone())
        .schema(SCHEMA)
        .concurrency(settings.concurrency)
        // A slot takes one job each time it looks. Not the engine's `local_queue`, which takes many: should the
        // database die while it takes them, it goes on, and they are held by a worker that is well but does
        // not know of them. Without it, the worker breaks off, and they are taken up as a dead worker's.
        .poll_interval(settings.poll)
        .worker_recovery(recovery)
        .worker_shutdown(shutdown)
        .add_extension(pool.clone())
        .add_extension(settings.work.clone())
        .add_extension(settings.retention)
        .add_plugin(Recovery { pool: pool.clone(), delay: settings.dead_after / 3 })
        .define_job::<HandleDelivery>()
        .define_job::<Forget>()
        .with_cron(Cron::daily_at::<Forget>(4, 0)?.build())
        .init()
        .await?;
    tracing::info!("working");
    worker.run().await?;
    Ok(())
}

impl TaskHandler for HandleDelivery {
    const IDENTIFIER: &'static str = "handle_delivery";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let pool = context.get_ext::<PgPool>().ok_or("no database")?;
        let work = context.get_ext::<Work>().ok_or("no work")?;
        attempt(pool, work, self.delivery).await.map_err(|error| error.to_string())
    }
}

async fn attempt(pool: &PgPool, work: &Work, delivery: i64) -> Result<(), Error> {
    let Some(mut attempt) = attempts::begin(pool, delivery).await? else { return Ok(()) };
    let record = mem::take(&mut attempt.record);
    // A task of its own, so that a panic is an error like others. It is dropped with the set.
    let mut task = JoinSet::new();
    let work = work.clone();
    task.spawn(async move { work.handle(record).await });
    let outcome = match task.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(error.into()),
        None => Err("the work was not done".into()),
    };
    note(pool, &attempt, &outcome).await?;
    outcome
}

/// Notes what came of an attempt. What cannot be noted is done again, so some patience is worth it.
async fn note(pool: &PgPool, attempt: &Attempt, outcome: &Result<(), Error>) -> sqlx::Result<()> {
    const TRIES: u32 = 5;
    const PAUSE: Duration = Duration::from_millis(500);
    let mut tries = 0;
    loop {
        let noted = match outcome {
            Ok(()) => attempts::succeeded(pool, attempt).await,
            Err(error) => attempts::failed(pool, attempt, &error.to_string()).await,
        };
        tries += 1;
        match noted {
            Err(error) if tries < TRIES => tracing::warn!(%error, "not noted yet"),
            noted => return noted,
        }
        sleep(PAUSE).await;
    }
}

/// What is done about jobs whose worker did not end them.
struct Recovery {
    pool: PgPool,
    delay: Duration,
}

impl Plugin for Recovery {
    fn register(self, hooks: &mut HookRegistry) {
        hooks.on(JobRecovery, move |interrupted| {
            let (pool, delay) = (self.pool.clone(), self.delay);
            async move {
                let crashed = interrupted.reason == FailureReason::WorkerCrashed;
                let error = if crashed { "the worker died" } else { "the worker was stopped" };
                let job = serde_json::from_value(interrupted.job.payload().clone());
                let Ok(HandleDelivery { delivery }) = job else {
                    return JobRecoveryResult::Default;
                };
                let had_begun =
                    attempts::abandoned(&pool, delivery, error).await.unwrap_or_else(|error| {
                        tracing::error!(delivery, %error, "the attempt's end could not be noted");
                        true
                    });
                if !(crashed && had_begun) {
                    return JobRecoveryResult::Default;
                }
                // Left to itself, the engine takes back the attempt that its worker died of, and a delivery
                // that kills its workers would do so for ever.
                JobRecoveryResult::Reschedule {
                    run_at: Utc::now() + delay,
                    attempts: Some(*interrupted.job.attempts()),
                }
            }
        });
    }
}
