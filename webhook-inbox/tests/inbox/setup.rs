//! An inbox in a file of the test's own, its receiver and its workers.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use webhook_core::providers::voisnap;
use webhook_inbox::store::{Filter, Row, State};
use webhook_inbox::{Inbox, Sqlite, Worker};

/// Voisnap does not sign the id: equal bodies are one delivery.
pub(crate) const OTHER: &[u8] = br#"{"type":"SessionEnded","agentId":"agt_1","n":2}"#;
pub(crate) const SESSION: &[u8] = br#"{"type":"SessionEnded","agentId":"agt_1","n":1.10}"#;

pub(crate) struct Setup {
    pub(crate) inbox: Inbox,
    pub(crate) sqlite: Sqlite,
    pub(crate) secret: voisnap::Secret,
    _dir: TempDir,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    pub(crate) async fn with(
        options: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = SqliteConnectOptions::new().filename(dir.path().join("inbox.db"));
        let sqlite = Sqlite::with_options(options(file.create_if_missing(true)));
        let inbox = Inbox::open(sqlite.clone()).await.unwrap();
        let secret = voisnap::Secret::new("whsec_test").unwrap();
        Self { inbox, sqlite, secret, _dir: dir }
    }

    pub(crate) fn app(&self) -> Router {
        Router::new().route("/hook", self.inbox.receive("voisnap", self.secret.clone()))
    }

    pub(crate) fn request(&self, id: &str, body: &[u8]) -> Request<Body> {
        let now = std::time::SystemTime::now().into();
        let headers = self.secret.sign(body, now, Some(id)).unwrap();
        let mut request = Request::post("/hook").header("user-agent", "test");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Body::from(body.to_vec())).unwrap()
    }

    pub(crate) async fn send(&self, id: &str, body: &[u8]) -> (StatusCode, Bytes) {
        let response = self.app().oneshot(self.request(id, body)).await.unwrap();
        (response.status(), to_bytes(response.into_body(), 1000).await.unwrap())
    }

    pub(crate) async fn rows(&self) -> Vec<Row> {
        self.inbox.store().list(&Filter::default()).await.unwrap().rows
    }

    pub(crate) async fn wait_for(&self, state: State) -> Row {
        eventually(async || self.rows().await.into_iter().find(|row| row.state == state)).await
    }
}

/// Looks until there is something. After a minute, which is far longer than anything takes, the test fails.
pub(crate) async fn eventually<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), looking).await.expect("not within a minute")
}

/// A worker that waits next to nothing between attempts.
pub(crate) fn worker(inbox: &Inbox) -> Worker {
    let moment = Duration::from_millis(1);
    inbox.worker().attempts(3).backoff(moment, moment).poll_interval(Duration::from_millis(10))
}

pub(crate) fn run(worker: Worker) -> (JoinHandle<()>, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    (tokio::spawn(worker.run_until(async { _ = stopped.await })), stop)
}
