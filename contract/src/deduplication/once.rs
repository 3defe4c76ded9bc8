use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use webhook_core::providers::{samva, stripe, svara, voisnap};
use webhook_core::{Delivery, Key, SchemeProvider, UnixTime};
use webhook_idempotency::{Claims, MemoryStore, RedisStore};

use super::store::Breakable;
use crate::adapter::Adapter;
use crate::case::{Answer, Case};
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};
use crate::server::Server;
use crate::{NOW, wire};

pub(super) const SECRET: &str = "whsec_current";
pub(super) const OLD_SECRET: &str = "whsec_old";
pub(super) const ID: &str = "x-webhook-delivery-id";

/// A receiver that handles each delivery once.
pub(super) struct Once {
    pub(super) receiver: Receiver,
    pub(super) store: Arc<Breakable>,
    pub(super) claims: Claims,
    name: &'static str,
    /// Of its store; ends with it.
    _server: Option<Server>,
}

/// With a store in memory.
pub(super) fn once<A: Adapter>() -> Once {
    start::<A>("memory", Breakable::around(MemoryStore::new(1000)), None)
}

/// With a store in memory, and with one in Redis, where it is installed.
pub(super) async fn with_every_store<A: Adapter>() -> Vec<Once> {
    let mut all = vec![once::<A>()];
    if let Some(server) = Server::start(&[]).await {
        let store = RedisStore::connect(&server.url()).unwrap();
        all.push(start::<A>("Redis", Breakable::around(store), Some(server)));
    }
    all
}

fn start<A: Adapter>(name: &'static str, store: Arc<Breakable>, server: Option<Server>) -> Once {
    // A handler that is stuck is ended soon, one that holds on has its time.
    let claims = Claims::new(store.clone())
        .endpoint("contract")
        .clock(|| NOW)
        .handler_timeout(Duration::from_millis(1500));
    let current = Webhook::new(secret::<voisnap::Voisnap>().or_previous(OLD_SECRET).unwrap());
    let before = Webhook::new(voisnap::Secret::new(OLD_SECRET).unwrap());
    let stripe = Webhook::new(secret::<stripe::Stripe>().or_previous(OLD_SECRET).unwrap());
    let samva = Webhook::new(secret::<samva::Samva>());
    let svara = Webhook::new(secret::<svara::Svara>());
    let aged = claims.clone().max_age(Duration::from_secs(3600), svara::body_time);
    let text = |path| Route::new(path, Handler::Text);
    let receiver = Receiver::start::<A>(vec![
        text("/once").verified(&current).once(&claims),
        text("/before").verified(&before).once(&claims),
        text("/open").verified(&current).once(&claims.clone().fail_open()),
        text("/chosen").verified(&current).once(&claims.clone().key(chosen_key)),
        text("/apart").verified(&current).once(&claims.clone().tell_equal_bodies_apart()),
        text("/samva").verified(&samva).once(&claims),
        text("/stripe").verified(&stripe).once(&claims),
        text("/aged").verified(&svara).once(&aged),
        text("/unverified").once(&claims),
        Route::new("/json", Handler::Json).verified(&current).once(&claims),
    ]);
    Once { receiver, store, claims, name, _server: server }
}

fn secret<P: SchemeProvider>() -> Key<P> {
    Key::new(SECRET).unwrap()
}

/// The first word, if it names a key.
fn chosen_key(delivery: &Delivery) -> Option<String> {
    let body = std::str::from_utf8(delivery.body()).ok()?;
    body.split(' ').next().filter(|word| word.starts_with("key-")).map(str::to_owned)
}

/// A request signed with a secret, some seconds after the receivers' time.
pub(super) fn signed<P: SchemeProvider>(
    secret: &str,
    id: Option<&str>,
    body: &str,
    secs: u64,
) -> Case {
    let time = UnixTime::from_secs(NOW.as_secs() + secs);
    Case::signed(&Key::<P>::new(secret).unwrap(), "/once", body.as_bytes(), time, id)
}

pub(super) fn voisnap(id: &str, body: &str) -> Case {
    voisnap_at(id, body, 0)
}

pub(super) fn voisnap_at(id: &str, body: &str, secs: u64) -> Case {
    signed::<voisnap::Voisnap>(SECRET, Some(id), body, secs)
}

impl Case {
    pub(super) fn under(self, id: &str) -> Self {
        self.with(ID, id)
    }
}

impl Once {
    /// The answer, and whether a handler ran.
    pub(super) async fn send(&self, case: &Case) -> (Answer, bool) {
        let before = self.receiver.site.handled();
        let answer = self.receiver.exchange(case).await;
        (answer, self.receiver.site.handled() > before)
    }

    pub(super) async fn is_answered(&self, case: &Case, expected: Answer, ran: bool) {
        assert_eq!(self.send(case).await, (expected, ran), "{} in {}", case.path, self.name);
    }

    /// By a handler, which answers the body.
    pub(super) async fn is_handled(&self, case: &Case) {
        let (answer, ran) = self.send(case).await;
        assert_eq!((answer.status, ran), (200, true), "{answer:?} in {}", self.name);
    }

    pub(super) async fn is_duplicate(&self, case: &Case) {
        self.is_answered(case, Answer::new(200, r#"{"duplicate":true}"#), false).await;
    }

    pub(super) async fn is_unavailable(&self, case: &Case, ran: bool) {
        self.is_answered(case, unavailable(), ran).await;
    }

    pub(super) async fn held(&self, case: &Case) -> TcpStream {
        self.receiver.held(case).await
    }

    /// Lets the handler of a delivery go on, and reads its answer.
    pub(super) async fn ends(&self, mut held: TcpStream) {
        self.receiver.site.open();
        assert_eq!(wire::read(&mut held).await.status, 200, "{}", self.name);
    }
}

pub(super) fn unavailable() -> Answer {
    Answer::refusal(503, "temporarily unavailable")
}
