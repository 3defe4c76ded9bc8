//! An inbox with deliveries, and its log.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;
use webhook_core::UnixTime;
use webhook_inbox::log::Log;
use webhook_inbox::store::{
    Accepted, NewDelivery, Number, Outcome, Purpose, Settled, State, Store, Turn,
};
use webhook_inbox::{Inbox, Sqlite};

/// When the first delivery was received: 2025-11-25 18:30 UTC. Each further one came a minute later.
pub(crate) const START: u64 = 1_764_095_400;

pub(crate) struct Given {
    pub(crate) inbox: Inbox,
    received: u64,
    _directory: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Given {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("inbox-log").tempdir().unwrap();
        let store = Sqlite::file(directory.path().join("inbox.db")).unwrap();
        Self { inbox: Inbox::open(store).await.unwrap(), received: START, _directory: directory }
    }

    fn store(&self) -> &dyn Store {
        &**self.inbox.store()
    }

    /// Adds a delivery of `provider`, whose endpoint is called the same.
    pub(crate) async fn add(
        &mut self,
        provider: &str,
        event: &str,
        id: &str,
        body: &[u8],
    ) -> Number {
        let delivery = self.delivery(provider, event, id, body);
        self.accept(delivery).await
    }

    pub(crate) fn delivery(
        &mut self,
        provider: &str,
        event: &str,
        id: &str,
        body: &[u8],
    ) -> NewDelivery {
        let received = UnixTime::from_secs(self.received);
        self.received += 60;
        let headers = json!({ "content-type": "application/json", "user-agent": "<i>Sender</i>" });
        let record = json!({
            "specversion": "1.0", "id": id, "source": provider, "type": format!("{provider}.{event}"),
            "data_base64": "", "webhookverified": true, "webhookprovider": provider,
            "webhookheaders": headers.to_string(),
        });
        NewDelivery {
            provider: provider.to_owned(),
            endpoint: provider.to_owned(),
            event: event.to_owned(),
            delivery_id: (!id.is_empty()).then(|| id.to_owned()),
            received,
            keys: Vec::new(),
            order: None,
            purpose: Purpose::Work,
            head: None,
            record: record.to_string().replace(r#""id":"""#, r#""id":"-""#),
            body: Bytes::copy_from_slice(body),
        }
    }

    pub(crate) async fn accept(&self, delivery: NewDelivery) -> Number {
        match self.store().accept(&[delivery]).await.unwrap()[..] {
            [Accepted::New(number)] => number,
            ref other => panic!("{other:?}"),
        }
    }

    /// Adds some that need nothing but to be there.
    pub(crate) async fn add_many(&mut self, deliveries: usize) {
        for n in 0..deliveries {
            self.add("svara", "voice_note.sent", &format!("dlv_{n}"), b"{}").await;
        }
    }

    /// Lets a worker take up all that waits, and returns how many those are.
    pub(crate) async fn claim(&self) -> usize {
        self.turn(Vec::new(), usize::from(u16::MAX)).await.len()
    }

    /// Ends the first attempt at a delivery that was claimed.
    pub(crate) async fn settle(&self, number: Number, outcome: Outcome) {
        let (started, ended) = (UnixTime::from_secs(START), UnixTime::from_secs(START + 1));
        self.turn(vec![Settled { number, attempt: 1, started, ended, outcome }], 0).await;
    }

    pub(crate) async fn give_up(&self, number: Number, error: &str) {
        self.settle(number, Outcome::GivenUp { error: error.to_owned() }).await;
    }

    async fn turn(&self, settled: Vec<Settled>, want: usize) -> Vec<Number> {
        let now = UnixTime::from_secs(self.received);
        let endpoints = self.store().endpoints().await.unwrap();
        let endpoints: Vec<_> = endpoints.into_iter().map(|(endpoint, _)| endpoint).collect();
        let lease = Duration::from_hours(1);
        let turn = Turn { worker: "test", now, lease, settled, want, endpoints: &endpoints };
        self.store().turn(turn).await.unwrap().into_iter().map(|claimed| claimed.number).collect()
    }

    /// Returns the state of a delivery, if it is there.
    pub(crate) async fn state(&self, number: Number) -> Option<State> {
        self.store().detail(number).await.unwrap().map(|detail| detail.row.state)
    }

    pub(crate) fn app(&self) -> Router {
        Log::new(&self.inbox).local_only().into_router()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.app(), "GET", path, &[]).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        send(self.app(), "POST", path, &[]).await
    }

    /// Gets JSON, or posts and receives it.
    pub(crate) async fn json(&self, method: &str, path: &str) -> (StatusCode, Value) {
        let answer = send(self.app(), method, path, &[("accept", "application/json")]).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// Returns the numbers of the deliveries that the page lists.
    #[track_caller]
    pub(crate) fn listed(answer: &Answer) -> Vec<Number> {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let parts = answer.text().split("<th scope=\"row\"><a href=\"./deliveries/").skip(1);
        parts.map(|part| part.split(['?', '"']).next().unwrap().parse().unwrap()).collect()
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// Returns the address of the link with this text.
    #[track_caller]
    pub(crate) fn link(&self, text: &str) -> String {
        let before = self.text().split(&format!(">{text}</a>")).next().unwrap();
        assert!(before.len() < self.text().len(), "no link {text}");
        let address = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
        address.replace("&#38;", "&").replace("&amp;", "&")
    }
}

pub(crate) async fn send(
    app: Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:3001");
    }
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}
