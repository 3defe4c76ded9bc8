//! Each delivery once: what senders do, and what attackers do.
#![allow(missing_docs, reason = "the names of tests are sentences")]

mod attacks;
mod once;
mod store;

pub use attacks::*;

use webhook_core::Endpoint;
use webhook_core::providers::standard_webhooks;
use webhook_core::providers::svara::Svara;
use webhook_idempotency::{Claims, MemoryStore};

use once::{SECRET, once, signed, unavailable, voisnap, voisnap_at, with_every_store};

use crate::NOW;
use crate::adapter::Adapter;
use crate::case::{Answer, Body, Case};
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! deduplication {
    ($adapter:ident) => {
        $crate::tests! { $adapter, deduplication:
            a_delivery_is_handled_once
            equal_bodies_are_one_delivery_unless_the_user_says_so
            what_failed_is_handled_again
            in_flight_it_is_not_handled_beside
            who_hangs_up_is_handled_to_the_end
            a_shutdown_can_wait_for_those_who_hung_up
            without_a_store_nothing_is_handled_unless_the_user_says_so
            what_cannot_be_committed_at_once_is_committed_later
            forgeries_drive_no_store
            a_chosen_key_is_the_only_one
            a_body_that_tells_its_age_can_be_too_old
            a_signed_id_is_handled_at_each_endpoint
            attack_a_captured_request_under_another_id
            attack_a_captured_retry_under_another_id
            attack_using_up_an_id_to_come
            attack_stripping_one_of_two_signatures
            a_retry_after_a_rotation_is_a_duplicate
            attack_a_copy_that_overtakes_the_original
            attack_a_copy_without_an_id_that_overtakes_the_original
            attack_a_copy_of_an_attempt_that_failed
            attack_a_copy_of_an_attempt_that_was_never_claimed
            attack_many_ids_for_one_delivery
            stripes_retries_are_one_delivery
            attack_a_copy_with_another_unsigned_name_is_reported
        }
    };
}

pub async fn a_delivery_is_handled_once<A: Adapter>() {
    let once = once::<A>();
    let case = voisnap("dlv_1", "ok");
    once.is_handled(&case).await;
    once.is_duplicate(&case).await;
    once.is_duplicate(&case).await;
    once.is_handled(&voisnap("dlv_2", "ok 2")).await;
}

pub async fn equal_bodies_are_one_delivery_unless_the_user_says_so<A: Adapter>() {
    for once in with_every_store::<A>().await {
        once.is_handled(&voisnap_at("dlv_1", "ok", 0)).await;
        once.is_duplicate(&voisnap_at("dlv_2", "ok", 1)).await;
        let apart = |id, secs| voisnap_at(id, "ok 2", secs).to("/apart");
        once.is_handled(&apart("dlv_3", 0)).await;
        once.is_handled(&apart("dlv_4", 1)).await;
        once.is_duplicate(&apart("dlv_4", 2)).await;
    }
}

pub async fn what_failed_is_handled_again<A: Adapter>() {
    let once = once::<A>();
    for (body, answer) in [
        ("fail", Answer::new(500, "failed")),
        ("panic", Answer::refusal(500, "internal error")),
        ("stuck", unavailable()),
        ("stuck-and-panics", unavailable()),
    ] {
        let case = voisnap(body, body);
        for _ in 0..2 {
            once.is_answered(&case, answer.clone(), true).await;
        }
    }
    // An event that no handler understands fails too, and is not handled by being refused.
    let unread = voisnap("dlv_3", "\u{fffd}").to("/json");
    let refused = Answer::refusal(422, "payload not understood");
    once.is_answered(&unread, refused.clone(), false).await;
    once.is_answered(&unread, refused.clone(), false).await;
}

pub async fn in_flight_it_is_not_handled_beside<A: Adapter>() {
    let once = once::<A>();
    let case = voisnap("dlv_1", "hold");
    let first = once.held(&case).await;
    once.is_unavailable(&case, false).await;
    let head = once.receiver.head(&case).await;
    assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
    once.ends(first).await;
    once.is_duplicate(&case).await;
}

pub async fn who_hangs_up_is_handled_to_the_end<A: Adapter>() {
    let once = once::<A>();
    let case = voisnap("dlv_1", "hold");
    drop(once.held(&case).await);
    once.is_unavailable(&case, false).await;
    once.receiver.site.open();
    // The sender comes again until it is no longer told to.
    while once.send(&case).await.0 == unavailable() {}
    once.is_duplicate(&case).await;
    assert_eq!(once.receiver.site.handled(), 1);
}

pub async fn a_shutdown_can_wait_for_those_who_hung_up<A: Adapter>() {
    let once = once::<A>();
    drop(once.held(&voisnap("dlv_1", "hold")).await);
    once.claims.tasks().close();
    let done = once.claims.tasks().clone();
    let waiting = tokio::spawn(async move { done.wait().await });
    once.receiver.site.open();
    waiting.await.unwrap();
    once.is_duplicate(&voisnap("dlv_1", "hold")).await;
}

pub async fn without_a_store_nothing_is_handled_unless_the_user_says_so<A: Adapter>() {
    let once = once::<A>();
    let case = voisnap("dlv_1", "ok");
    once.store.set_down(true);
    once.is_unavailable(&case, false).await;
    let logged = once.receiver.logged("/once");
    let chain = "ERROR webhook rejected: unavailable: the claim store did not answer: out of reach";
    assert_eq!(logged.last().unwrap().to_string(), chain);
    once.is_handled(&case.clone().to("/open")).await;
    once.is_handled(&case.clone().to("/open")).await;
    once.store.set_down(false);
    once.is_handled(&case).await;
    once.is_duplicate(&case).await;
}

pub async fn what_cannot_be_committed_at_once_is_committed_later<A: Adapter>() {
    let once = once::<A>();
    let case = voisnap("dlv_1", "hold");
    let first = once.held(&case).await;
    once.store.set_down(true);
    once.ends(first).await;
    once.store.set_down(false);
    // The retries are among the tasks that a shutdown waits for.
    once.claims.tasks().close();
    once.claims.tasks().wait().await;
    once.is_duplicate(&case).await;
}

pub async fn forgeries_drive_no_store<A: Adapter>() {
    let once = once::<A>();
    let forged = voisnap("dlv_1", "ok").sent(Body::Declared(b"forged".to_vec()));
    let refused = Answer::refusal(401, "invalid signature");
    once.is_answered(&forged, refused.clone(), false).await;
    assert_eq!(once.store.asked(), 0);
    // And without a verification before it there is nothing to claim.
    let refused = Answer::refusal(500, "webhook verification is not configured");
    once.is_answered(&voisnap("dlv_1", "ok").to("/unverified"), refused, false).await;
}

pub async fn a_chosen_key_is_the_only_one<A: Adapter>() {
    let once = once::<A>();
    let case = |id, body| voisnap(id, body).to("/chosen");
    once.is_handled(&case("dlv_1", "key-a and more")).await;
    once.is_duplicate(&case("dlv_2", "key-a and other")).await;
    once.is_handled(&case("dlv_1", "key-b and more")).await;
    // Without a key of its own a delivery has the usual ones.
    once.is_handled(&case("dlv_1", "no key")).await;
    once.is_duplicate(&case("dlv_9", "no key")).await;
}

pub async fn a_body_that_tells_its_age_can_be_too_old<A: Adapter>() {
    let once = once::<A>();
    let aged = |timestamp: &str| {
        let body = format!(r#"{{"event":"voice_note.sent","timestamp":{timestamp}}}"#);
        signed::<Svara>(SECRET, None, &body, 0).to("/aged")
    };
    // An hour is allowed; the receivers' time is 2023-11-14T22:13:20Z.
    once.is_handled(&aged(r#""2023-11-14T21:13:20Z""#)).await;
    let old = Answer::refusal(400, "timestamp outside tolerance");
    once.is_answered(&aged(r#""2023-11-14T21:13:19Z""#), old, false).await;
    let none = Answer::refusal(400, "invalid timestamp");
    once.is_answered(&aged("null"), none, false).await;
    once.is_handled(&aged(r#""2023-11-14T22:30:00Z""#)).await;
}

pub async fn a_signed_id_is_handled_at_each_endpoint<A: Adapter>() {
    // Both tenants have the same secret, so that all else is equal.
    let secret = || standard_webhooks::Secret::new(SECRET).unwrap();
    let look_up = move |path: &str| {
        let tenant = path.rsplit('/').next().unwrap();
        Endpoint::new(tenant, secret()).into()
    };
    let webhook = Webhook::looking_up(look_up);
    let claims = Claims::new(MemoryStore::new(100)).clock(|| NOW);
    let once = |path| Route::new(path, Handler::Endpoint).verified(&webhook).once(&claims);
    let receiver = Receiver::start::<A>(vec![once("/a"), once("/b")]);
    for tenant in ["a", "b"] {
        let case = Case::signed(&secret(), &format!("/{tenant}"), b"{}", NOW, Some("msg_1"));
        let handled = Answer::new(200, format!("handled at {tenant}"));
        assert_eq!(receiver.exchange(&case).await, handled);
        assert_eq!(receiver.exchange(&case).await, Answer::new(200, r#"{"duplicate":true}"#));
    }
    assert_eq!(receiver.site.handled(), 2);
}
