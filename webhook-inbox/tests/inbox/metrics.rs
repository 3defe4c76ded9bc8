//! What Prometheus is told.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use tower::ServiceExt as _;
use webhook_inbox::store::State;

use crate::setup::{Setup, run, worker};

#[tokio::test]
async fn metrics_are_those_of_the_moment() {
    let recorder = PrometheusBuilder::new().install_recorder().unwrap();
    let setup = Setup::new().await;
    let get = async || {
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let recorder = recorder.clone();
        let app = setup.inbox.health().merge(setup.inbox.metrics(move || recorder.render()));
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        String::from_utf8(to_bytes(response.into_body(), 100_000).await.unwrap().into()).unwrap()
    };
    for count in 0..3 {
        let text = get().await;
        let gauge = format!("webhook_inbox_deliveries{{state=\"waiting\"}} {count}\n");
        assert!(text.contains(&gauge), "{text}");
        let body = format!(r#"{{"type":"SessionEnded","n":{count}}}"#);
        setup.send(&count.to_string(), body.as_bytes()).await;
    }
    let (task, stop) = run(worker(&setup.inbox).on_any("voisnap", |_, work| async { work.done() }));
    setup.wait_for(State::Done).await;
    drop(stop);
    task.await.unwrap();
    // What is counted in the process is there without the database.
    sqlx::query("drop table inbox_kinds").execute(setup.sqlite.pool()).await.unwrap();
    let text = get().await;
    assert!(text.contains("webhook_inbox_oldest_seconds NaN"), "{text}");
    let documented = include_str!("../../README.md").lines();
    let documented = documented.filter_map(|line| line.strip_prefix("| `webhook_inbox_"));
    let names: Vec<_> = documented.filter_map(|line| line.split('`').next()).collect();
    assert_eq!(names.len(), 5);
    for name in names {
        assert!(text.contains(&format!("\nwebhook_inbox_{name}")), "{name} is not in {text}");
    }
    for sample in [
        "accepted_total{endpoint=\"voisnap\",outcome=\"new\"}",
        "attempts_total{endpoint=\"voisnap\",outcome=\"done\"}",
        "done_seconds_count{endpoint=\"voisnap\"}",
    ] {
        assert!(text.contains(sample), "{sample} is not in {text}");
    }
}
