//! Strangers with slow bodies, in both adapters, over real sockets: what they can and cannot keep others
//! from, and what is logged of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

mod receivers;
#[path = "../contract/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use receivers::{BUDGET, LIMIT, NOW, Receiver};
use tokio::task::JoinSet;
use tracing::{Event, Level, Metadata, Subscriber, span};
use wire::{Answer, Body, Case};

fn case(path: &'static str, body: Body) -> Case {
    let signed = match &body {
        Body::Declared(body) | Body::Chunked(body, _) | Body::Cut(_, body) => body.clone(),
        Body::BrokenChunk => Vec::new(),
    };
    let headers = receivers::secret().sign(&signed, NOW, Some("dlv_1")).unwrap();
    Case {
        name: "",
        path,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body,
        expected: Answer { status: 0, body: Vec::new() },
    }
}

async fn send(address: SocketAddr, case: Case) -> u16 {
    wire::exchange(address, &case).await.status
}

fn large() -> Case {
    case("/", Body::Declared(vec![b'a'; LIMIT]))
}

/// Connections that hold bodies one byte short of the limit, more of them than the budget has room for.
async fn hold(receiver: &Receiver, answers: &mut JoinSet<u16>) {
    const CONNECTIONS: usize = 16;
    for _ in 0..CONNECTIONS {
        let slow = case("/", Body::Cut(LIMIT, vec![b'a'; LIMIT - 1]));
        answers.spawn(send(receiver.address, slow));
    }
    // All but one have given way: the budget has room for one.
    while answers.len() > 1 {
        assert_eq!(answers.join_next().await.unwrap().unwrap(), 503, "{}", receiver.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_do_not_keep_honest_deliveries_out_and_do_not_flood_the_log() {
    count_events();
    let mut refused = 0;
    for receiver in [receivers::axum().await, receivers::actix()] {
        for _ in 0..3 {
            let mut slow = JoinSet::new();
            hold(&receiver, &mut slow).await;
            for body in [vec![b'a'; 1024], vec![b'a'; LIMIT], vec![b'a'; LIMIT / 2]] {
                for body in [Body::Declared(body.clone()), Body::Chunked(body, 5000)] {
                    let status = send(receiver.address, case("/", body)).await;
                    assert_eq!(status, 200, "{}", receiver.name);
                }
            }
            // The last of them has given way too, and was told so at once.
            assert_eq!(slow.join_next().await.unwrap().unwrap(), 503, "{}", receiver.name);
            refused += 16;
        }
    }
    // At least one of each adapter.
    let warnings = WARNINGS.load(Ordering::SeqCst);
    assert!((2..refused / 4).contains(&warnings), "{warnings} warnings of {refused} refusals");
    assert_eq!(ERRORS.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_counted_until_its_handler_has_finished() {
    count_events();
    for receiver in [receivers::axum().await, receivers::actix()] {
        let waiting = case("/waits", Body::Declared(vec![b'a'; BUDGET]));
        let first = tokio::spawn(send(receiver.address, waiting.clone()));
        receiver.gate.entered().await;
        // Verified bodies do not give way, and the handler has one.
        assert_eq!(send(receiver.address, waiting.clone()).await, 503, "{}", receiver.name);
        assert_eq!(send(receiver.address, large()).await, 200, "{}: another budget", receiver.name);
        receiver.gate.open();
        assert_eq!(first.await.unwrap(), 200, "{}", receiver.name);

        let second = tokio::spawn(send(receiver.address, waiting));
        receiver.gate.entered().await;
        receiver.gate.open();
        assert_eq!(second.await.unwrap(), 200, "{}: room again", receiver.name);
    }
}

static WARNINGS: AtomicUsize = AtomicUsize::new(0);
static ERRORS: AtomicUsize = AtomicUsize::new(0);

fn count_events() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Levels).unwrap());
}

/// Counts what the crates log.
struct Levels;

impl Subscriber for Levels {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("webhook")
    }

    fn event(&self, event: &Event<'_>) {
        match *event.metadata().level() {
            Level::WARN => WARNINGS.fetch_add(1, Ordering::SeqCst),
            Level::ERROR => ERRORS.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
