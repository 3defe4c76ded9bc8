//! What those who run the service ask of it: whether it is alive, whether it is ready, and its metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::middleware::from_fn;
use actix_web::rt::{self, time::sleep};
use actix_web::web::{self, Data, ServiceConfig};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use webhook_actix::idempotency::Claims;

use crate::unread;

const BYTES: [f64; 7] = [256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0];
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 10.0];

/// Records metrics from now on.
pub fn record_metrics() -> Result<PrometheusHandle, String> {
    let buckets = |builder: PrometheusBuilder, suffix: &str, buckets: &[f64]| {
        builder.set_buckets_for_metric(Matcher::Suffix(suffix.to_owned()), buckets)
    };
    let handle = buckets(PrometheusBuilder::new(), "_bytes", &BYTES)
        .and_then(|builder| buckets(builder, "_seconds", &SECONDS))
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| format!("no metrics: {error}"))?;
    let upkeep = handle.clone();
    rt::spawn(async move {
        loop {
            sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// `/metrics`, for an address that strangers cannot reach.
pub fn metrics(handle: PrometheusHandle, config: &mut ServiceConfig) {
    let text = async move |handle: Data<PrometheusHandle>| {
        HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
    };
    config.app_data(Data::new(handle)).route("/metrics", web::get().to(text));
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
    pub fn routes(&self, config: &mut ServiceConfig) {
        let resource = |path| web::resource(path).wrap(from_fn(unread::close));
        config
            .app_data(Data::new(self.clone()))
            .service(resource("/healthz").route(web::get().to(|| async { "ok" })))
            .service(resource("/readyz").route(web::get().to(ready)));
    }
}

async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    let (status, text) = if readiness.stopping.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if let Err(error) = readiness.claims.ready().await {
        // Strangers may ask, too, as often as they like.
        tracing::debug!(%error, "not ready");
        (StatusCode::SERVICE_UNAVAILABLE, "the claim store does not answer")
    } else {
        (StatusCode::OK, "ready")
    };
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(text)
}
