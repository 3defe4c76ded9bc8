//! What those who run the service ask of it: whether it is alive, whether it is ready, and its metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::sleep;
use webhook_tower::idempotency::Claims;

const BYTES: [f64; 7] = [256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0];
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 10.0];

/// Records metrics from now on.
pub fn record_metrics() -> Result<PrometheusHandle, String> {
    let buckets = |builder: PrometheusBuilder, suffix: &str, buckets: &[f64]| {
        builder.set_buckets_for_metric(Matcher::Suffix(suffix.to_owned()), buckets)
    };
    buckets(PrometheusBuilder::new(), "_bytes", &BYTES)
        .and_then(|builder| buckets(builder, "_seconds", &SECONDS))
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| format!("no metrics: {error}"))
}

/// `/metrics`, for an address that strangers cannot reach.
pub fn metrics(handle: PrometheusHandle) -> Router {
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    let text = async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render());
    Router::new().route("/metrics", get(text))
}

/// Whether the service takes deliveries.
#[derive(Clone)]
pub struct Readiness {
    claims: Claims,
    stopping: Arc<AtomicBool>,
}

impl Readiness {
    pub fn new(claims: &Claims) -> Self {
        Self { claims: claims.clone(), stopping: Arc::default() }
    }

    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// `/healthz`, which answers for as long as the service is alive, and `/readyz`.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .with_state(self.clone())
    }
}

async fn ready(State(Readiness { claims, stopping }): State<Readiness>) -> impl IntoResponse {
    if stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match claims.ready().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            // Strangers may ask, too, as often as they like.
            tracing::debug!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the claim store does not answer")
        }
    }
}
