//! Strangers with slow bodies: what they can and cannot keep others from, and what is logged of it.
#![allow(missing_docs, reason = "the names of tests are sentences")]

use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::Level;
use webhook_core::providers::voisnap;

use crate::adapter::Adapter;
use crate::case::{Body, Case};
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};
use crate::{NOW, logs};

const LIMIT: usize = 256 * 1024;
/// Room for one body of that size.
const BUDGET: usize = LIMIT;

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! slow_bodies {
    ($adapter:ident) => {
        $crate::tests! { $adapter, slow_bodies:
            they_do_not_keep_honest_deliveries_out_and_do_not_flood_the_log
            a_body_is_counted_until_its_handler_has_finished
        }
    };
}

fn secret() -> voisnap::Secret {
    voisnap::Secret::new("whsec_attack").unwrap()
}

/// Two routes with a budget each. Their handlers answer with a copy: an answer that is being sent would count.
fn start<A: Adapter>() -> Arc<Receiver> {
    let webhook =
        Webhook { body_limit: LIMIT, max_buffered: Some(BUDGET), ..Webhook::new(secret()) };
    Arc::new(Receiver::start::<A>(vec![
        Route::new("/one", Handler::Text).verified(&webhook),
        Route::new("/other", Handler::Text).verified(&webhook),
    ]))
}

fn case(path: &str, body: &[u8]) -> Case {
    Case::signed(&secret(), path, body, NOW, Some("dlv_1"))
}

async fn send(receiver: Arc<Receiver>, case: Case) -> u16 {
    receiver.exchange(&case).await.status
}

/// Connections that hold bodies one byte short of the limit, more of them than the budget has room for.
async fn hold(receiver: &Arc<Receiver>, answers: &mut JoinSet<u16>) {
    const CONNECTIONS: usize = 16;
    for _ in 0..CONNECTIONS {
        let slow = Body::Cut(LIMIT, vec![b'a'; LIMIT - 1]);
        answers.spawn(send(receiver.clone(), case("/one", b"").sent(slow)));
    }
    // All but one have given way: the budget has room for one.
    while answers.len() > 1 {
        assert_eq!(answers.join_next().await.unwrap().unwrap(), 503);
    }
}

pub async fn they_do_not_keep_honest_deliveries_out_and_do_not_flood_the_log<A: Adapter>() {
    let receiver = start::<A>();
    let mut refused = 0;
    for _ in 0..3 {
        let mut slow = JoinSet::new();
        hold(&receiver, &mut slow).await;
        for len in [1024, LIMIT, LIMIT / 2] {
            let honest = case("/one", &vec![b'a'; len]);
            for honest in [honest.clone(), honest.chunked(5000)] {
                assert_eq!(send(receiver.clone(), honest).await, 200);
            }
        }
        // The last of them has given way too, and was told so at once.
        assert_eq!(slow.join_next().await.unwrap().unwrap(), 503);
        refused += 16;
    }
    let warnings = logs::matching(|event| event.level == Level::WARN).len();
    assert!((1..refused / 4).contains(&warnings), "{warnings} warnings of {refused} refusals");
    let logged = receiver.logged("/one");
    assert!(logged.iter().all(|event| event.level != Level::ERROR), "{logged:?}");
}

pub async fn a_body_is_counted_until_its_handler_has_finished<A: Adapter>() {
    let receiver = start::<A>();
    let mut body = b"hold".to_vec();
    body.resize(BUDGET, b'a');
    let waiting = case("/one", &body);
    let first = tokio::spawn(send(receiver.clone(), waiting.clone()));
    receiver.site.entered().await;
    // Verified bodies do not give way, and the handler has one.
    assert_eq!(send(receiver.clone(), waiting.clone()).await, 503);
    let other = case("/other", &vec![b'a'; LIMIT]);
    assert_eq!(send(receiver.clone(), other).await, 200, "another budget");
    receiver.site.open();
    assert_eq!(first.await.unwrap(), 200);

    let second = tokio::spawn(send(receiver.clone(), waiting));
    receiver.site.entered().await;
    receiver.site.open();
    assert_eq!(second.await.unwrap(), 200, "room again");
}
