//! Each delivery once, in both adapters, over real sockets: what senders do, and what attackers do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows test functions, not their helpers"
)]

mod actix_receiver;
mod attacks;
mod axum_receiver;
mod logs;
#[path = "../../../webhook-idempotency/tests/redis/server.rs"]
mod server;
mod site;
#[path = "../contract/wire.rs"]
mod wire;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use server::Server;
use site::{Breakable, Receiver, handled};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use webhook_core::providers::{svara::Svara, voisnap::Voisnap};
use webhook_core::{Provider, Secret, UnixTime};
use webhook_idempotency::RedisStore;
use wire::{Answer, Body, Case};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
const SECRET: &str = "whsec_current";
const OLD_SECRET: &str = "whsec_old";

async fn receivers() -> Vec<Receiver> {
    let axum = axum_receiver::start(Breakable::new()).await;
    vec![axum, actix_receiver::start(Breakable::new())]
}

/// Both receivers with a store in memory, and both with one in Redis, where it is installed.
async fn receivers_with_every_store() -> Vec<Receiver> {
    let mut receivers = receivers().await;
    if let Some(server) = Server::start(&[]).await {
        let server = Arc::new(server);
        let store = || Breakable::around(Arc::new(RedisStore::connect(&server.url()).unwrap()));
        receivers.push(axum_receiver::start(store()).await);
        receivers.push(actix_receiver::start(store()));
        for receiver in &mut receivers {
            receiver.server = Some(server.clone());
        }
    }
    receivers
}

/// A request signed with a secret, some seconds after the receivers' time.
fn signed<P: Provider>(secret: &str, id: Option<&str>, body: &str, secs: u64) -> Case {
    let time = UnixTime::from_secs(NOW.as_secs() + secs);
    let headers = Secret::<P>::new(secret).unwrap().sign(body.as_bytes(), time, id).unwrap();
    Case {
        name: "",
        path: "/once",
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: Body::Declared(body.into()),
        expected: Answer { status: 0, body: Vec::new() },
    }
}

fn voisnap(id: &str, body: &str) -> Case {
    voisnap_at(id, body, 0)
}

fn voisnap_at(id: &str, body: &str, secs: u64) -> Case {
    signed::<Voisnap>(SECRET, Some(id), body, secs)
}

impl Case {
    fn to(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    fn under(mut self, id: &str) -> Self {
        self.headers.retain(|(name, _)| name != "x-webhook-delivery-id");
        self.headers.push(("x-webhook-delivery-id".to_owned(), id.to_owned()));
        self
    }
}

impl Receiver {
    /// The status, the text, and whether a handler ran.
    async fn send(&self, case: &Case) -> (u16, String, bool) {
        let before = handled(self);
        let Answer { status, body } = wire::exchange(self.address, case).await;
        (status, String::from_utf8(body).unwrap(), handled(self) > before)
    }

    #[track_caller]
    fn check(&self, got: &(u16, String, bool), status: u16, text: &str, ran: bool) {
        assert_eq!((got.0, &*got.1, got.2), (status, text, ran), "{}", self.name);
    }

    async fn is_handled(&self, case: &Case) {
        self.check(&self.send(case).await, 200, "done", true);
    }

    async fn is_duplicate(&self, case: &Case) {
        self.check(&self.send(case).await, 200, r#"{"duplicate":true}"#, false);
    }

    async fn is_unavailable(&self, case: &Case, ran: bool) {
        self.check(&self.send(case).await, 503, r#"{"error": "temporarily unavailable"}"#, ran);
    }

    /// Sends a delivery whose handler holds on, and hands out the connection when it does.
    async fn held(&self, case: &Case) -> TcpStream {
        let before = handled(self);
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&wire::to_bytes(case)).await.unwrap();
        while handled(self) == before {
            tokio::task::yield_now().await;
        }
        stream
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_handled_once() {
    for receiver in receivers().await {
        let case = voisnap("dlv_1", "ok");
        receiver.is_handled(&case).await;
        receiver.is_duplicate(&case).await;
        receiver.is_duplicate(&case).await;
        receiver.is_handled(&voisnap("dlv_2", "ok 2")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_bodies_are_one_delivery_unless_the_user_says_so() {
    for receiver in receivers_with_every_store().await {
        receiver.is_handled(&voisnap_at("dlv_1", "ok", 0)).await;
        receiver.is_duplicate(&voisnap_at("dlv_2", "ok", 1)).await;
        let apart = |id, secs| voisnap_at(id, "ok 2", secs).to("/apart");
        receiver.is_handled(&apart("dlv_3", 0)).await;
        receiver.is_handled(&apart("dlv_4", 1)).await;
        receiver.is_duplicate(&apart("dlv_4", 2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_handled_again() {
    for receiver in receivers().await {
        for (body, status, text) in [
            ("fail", 500, "failed"),
            ("panic", 500, r#"{"error": "internal error"}"#),
            ("stuck", 503, r#"{"error": "temporarily unavailable"}"#),
            ("stuck-and-panics", 503, r#"{"error": "temporarily unavailable"}"#),
        ] {
            let case = voisnap(body, body);
            for _ in 0..2 {
                receiver.check(&receiver.send(&case).await, status, text, true);
            }
        }
        // An event that no handler understands fails too, and is not handled by being refused.
        let unread = voisnap("dlv_3", "\u{fffd}").to("/json");
        let refused = r#"{"error": "payload not understood"}"#;
        receiver.check(&receiver.send(&unread).await, 422, refused, false);
        receiver.check(&receiver.send(&unread).await, 422, refused, false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_flight_it_is_not_handled_beside() {
    for receiver in receivers().await {
        let case = voisnap("dlv_1", "hold");
        let mut first = receiver.held(&case).await;
        receiver.is_unavailable(&case, false).await;
        let head = wire::head(receiver.address, &case).await;
        assert!(head.contains("\r\nretry-after: 1\r\n"), "{}: {head}", receiver.name);
        receiver.gate.add_permits(1);
        assert_eq!(wire::read(&mut first).await.status, 200);
        receiver.is_duplicate(&case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_is_handled_to_the_end() {
    for receiver in receivers().await {
        let case = voisnap("dlv_1", "hold");
        let before = handled(&receiver);
        drop(receiver.held(&case).await);
        receiver.is_unavailable(&case, false).await;
        receiver.gate.add_permits(1);
        // The sender comes again until it is no longer told to.
        let answer = loop {
            let answer = receiver.send(&case).await;
            if answer.0 != 503 {
                break answer;
            }
        };
        receiver.check(&answer, 200, r#"{"duplicate":true}"#, false);
        assert_eq!(handled(&receiver) - before, 1, "{}", receiver.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_can_wait_for_those_who_hung_up() {
    for receiver in receivers().await {
        drop(receiver.held(&voisnap("dlv_1", "hold")).await);
        receiver.claims.tasks().close();
        let done = receiver.claims.tasks().clone();
        let waiting = tokio::spawn(async move { done.wait().await });
        receiver.gate.add_permits(1);
        waiting.await.unwrap();
        receiver.is_duplicate(&voisnap("dlv_1", "hold")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_nothing_is_handled_unless_the_user_says_so() {
    logs::keep();
    for receiver in receivers().await {
        let case = voisnap("dlv_1", "ok");
        receiver.store.down.store(true, Ordering::SeqCst);
        let before = logs::count("cause=the claim store");
        receiver.is_unavailable(&case, false).await;
        let chain = "cause=the claim store did not answer: out of reach";
        assert!(logs::count(chain) > before, "{}", receiver.name);
        receiver.is_handled(&case.clone().to("/open")).await;
        receiver.is_handled(&case.clone().to("/open")).await;
        receiver.store.down.store(false, Ordering::SeqCst);
        receiver.is_handled(&case).await;
        receiver.is_duplicate(&case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_committed_at_once_is_committed_later() {
    for receiver in receivers().await {
        let case = voisnap("dlv_1", "hold");
        let mut first = receiver.held(&case).await;
        receiver.store.down.store(true, Ordering::SeqCst);
        receiver.gate.add_permits(1);
        assert_eq!(wire::read(&mut first).await.body, b"done", "{}", receiver.name);
        receiver.store.down.store(false, Ordering::SeqCst);
        // The retries are among the tasks that a shutdown waits for.
        receiver.claims.tasks().close();
        receiver.claims.tasks().wait().await;
        receiver.is_duplicate(&case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forgeries_drive_no_store() {
    for receiver in receivers().await {
        let mut forged = voisnap("dlv_1", "ok");
        forged.body = Body::Declared(b"forged".to_vec());
        let refused = r#"{"error": "invalid signature"}"#;
        receiver.check(&receiver.send(&forged).await, 401, refused, false);
        assert_eq!(receiver.store.asked.load(Ordering::SeqCst), 0, "{}", receiver.name);
        // And without a verification before it there is nothing to claim.
        let text = r#"{"error": "webhook verification is not configured"}"#;
        let unverified = receiver.send(&voisnap("dlv_1", "ok").to("/unverified")).await;
        receiver.check(&unverified, 500, text, false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_key_is_the_only_one() {
    for receiver in receivers().await {
        let case = |id, body| voisnap(id, body).to("/chosen");
        receiver.is_handled(&case("dlv_1", "key-a and more")).await;
        receiver.is_duplicate(&case("dlv_2", "key-a and other")).await;
        receiver.is_handled(&case("dlv_1", "key-b and more")).await;
        // Without a key of its own a delivery has the usual ones.
        receiver.is_handled(&case("dlv_1", "no key")).await;
        receiver.is_duplicate(&case("dlv_9", "no key")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_tells_its_age_can_be_too_old() {
    for receiver in receivers().await {
        let send = async |timestamp: &str| {
            let body = format!(r#"{{"event":"voice_note.sent","timestamp":{timestamp}}}"#);
            let case = signed::<Svara>(SECRET, None, &body, 0).to("/aged");
            receiver.send(&case).await
        };
        // An hour is allowed; the receivers' time is 2023-11-14T22:13:20Z.
        receiver.check(&send(r#""2023-11-14T21:13:20Z""#).await, 200, "done", true);
        let old = r#"{"error": "timestamp outside tolerance"}"#;
        receiver.check(&send(r#""2023-11-14T21:13:19Z""#).await, 400, old, false);
        receiver.check(&send("null").await, 400, r#"{"error": "invalid timestamp"}"#, false);
        receiver.check(&send(r#""2023-11-14T22:30:00Z""#).await, 200, "done", true);
    }
}
