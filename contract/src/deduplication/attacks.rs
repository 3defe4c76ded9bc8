//! What attackers do with requests that they captured, with every store.
#![allow(missing_docs, reason = "the names of tests are sentences")]

use webhook_core::providers::samva::Samva;
use webhook_core::providers::stripe::Stripe;
use webhook_core::providers::voisnap::Voisnap;

use super::once::{ID, OLD_SECRET, SECRET, signed, voisnap, voisnap_at, with_every_store};
use crate::adapter::Adapter;
use crate::case::{Answer, Case};
use crate::logs;

pub async fn attack_a_captured_request_under_another_id<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let captured = voisnap("dlv_1", "ok");
        once.is_handled(&captured).await;
        for id in ["dlv_2", "dlv_3"] {
            once.is_duplicate(&captured.clone().under(id)).await;
        }
    }
}

pub async fn attack_a_captured_retry_under_another_id<A: Adapter>() {
    for once in with_every_store::<A>().await {
        once.is_handled(&voisnap("dlv_1", "ok")).await;
        let retry = voisnap_at("dlv_1", "ok", 5);
        once.is_duplicate(&retry).await;
        once.is_duplicate(&retry.under("dlv_2")).await;
    }
}

pub async fn attack_using_up_an_id_to_come<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let captured = voisnap("dlv_1", "fail");
        once.is_answered(&captured, failed(), true).await;
        // Replayed under the id of a delivery to come, which is handled all the same.
        once.is_answered(&captured.clone().under("dlv_2"), failed(), true).await;
        once.is_handled(&voisnap("dlv_2", "ok")).await;

        let captured = voisnap("dlv_3", "ok 3");
        once.is_handled(&captured.clone().under("dlv_4")).await;
        once.is_handled(&voisnap("dlv_4", "ok 4")).await;
    }
}

pub async fn attack_stripping_one_of_two_signatures<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let with = |secret| signed::<Stripe>(secret, None, "ok", 0).to("/stripe");
        let value = |case: &Case| case.headers[0].1.clone();
        let (new, old) = (with(SECRET), with(OLD_SECRET));
        let second = value(&old).split_once(',').unwrap().1.to_owned();
        let mut both = new.clone();
        both.headers[0].1 = format!("{},{second}", value(&new));
        once.is_handled(&both).await;
        once.is_duplicate(&new).await;
        once.is_duplicate(&old).await;
    }
}

pub async fn a_retry_after_a_rotation_is_a_duplicate<A: Adapter>() {
    for once in with_every_store::<A>().await {
        // The same endpoint before and after its secret was replaced.
        let before = signed::<Voisnap>(OLD_SECRET, Some("dlv_1"), "ok", 0);
        once.is_handled(&before.clone().to("/before")).await;
        once.is_duplicate(&before).await;
        once.is_duplicate(&voisnap_at("dlv_1", "ok", 5)).await;
        once.is_duplicate(&before.under("dlv_2")).await;
    }
}

pub async fn attack_a_copy_that_overtakes_the_original<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let original = voisnap("dlv_1", "hold");
        let copy = once.held(&original.clone().under("dlv_2")).await;
        once.is_unavailable(&original, false).await;
        once.ends(copy).await;
        once.is_duplicate(&voisnap_at("dlv_1", "hold", 5)).await;
        // Where equal bodies are told apart, it is the id that joined the claim.
        once.is_duplicate(&voisnap_at("dlv_1", "hold", 6).to("/apart")).await;
    }
}

pub async fn attack_a_copy_without_an_id_that_overtakes_the_original<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let original = voisnap("dlv_1", "hold");
        let copy = once.held(&original.clone().without(ID)).await;
        once.is_unavailable(&original, false).await;
        once.ends(copy).await;
        once.is_duplicate(&voisnap_at("dlv_1", "hold", 5)).await;
        once.is_duplicate(&voisnap_at("dlv_1", "hold", 6).to("/apart")).await;
    }
}

pub async fn attack_a_copy_of_an_attempt_that_failed<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let attempt = voisnap("dlv_1", "flaky");
        once.is_answered(&attempt, failed(), true).await;
        once.is_handled(&voisnap_at("dlv_1", "flaky", 5)).await;
        once.is_duplicate(&attempt.clone().under("dlv_2")).await;
        once.is_duplicate(&attempt.under("dlv_3").to("/apart")).await;
    }
}

/// It failed before it was claimed, because strangers had used up the memory for bodies.
pub async fn attack_a_copy_of_an_attempt_that_was_never_claimed<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let attempt = voisnap("dlv_1", "ok");
        once.is_handled(&voisnap_at("dlv_1", "ok", 5)).await;
        once.is_duplicate(&attempt.under("dlv_2")).await;
    }
}

pub async fn attack_many_ids_for_one_delivery<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let captured = voisnap("dlv_1", "ok");
        for id in 2..12 {
            let copy = captured.clone().under(&format!("dlv_{id}"));
            if id == 2 {
                once.is_handled(&copy).await;
            } else {
                once.is_duplicate(&copy).await;
            }
        }
        once.is_duplicate(&captured).await;
        once.is_duplicate(&voisnap_at("dlv_1", "ok", 5)).await;
    }
}

pub async fn stripes_retries_are_one_delivery<A: Adapter>() {
    for once in with_every_store::<A>().await {
        let send = |body, secs| signed::<Stripe>(SECRET, None, body, secs).to("/stripe");
        once.is_handled(&send(r#"{"id":"evt_1"}"#, 0)).await;
        once.is_duplicate(&send(r#"{"id":"evt_1"}"#, 5)).await;
        once.is_duplicate(&send(r#"{"id":"evt_1","pending_webhooks":0}"#, 10)).await;
        once.is_handled(&send(r#"{"id":"evt_2"}"#, 15)).await;
    }
}

pub async fn attack_a_copy_with_another_unsigned_name_is_reported<A: Adapter>() {
    let warnings = || {
        let text = "a duplicate's unsigned headers differ from the handled delivery's";
        logs::matching(|event| event.field("message") == Some(text)).len()
    };
    for once in with_every_store::<A>().await {
        let genuine = |event| {
            signed::<Samva>(SECRET, None, "ok", 0).to("/samva").with("x-webhook-event", event)
        };
        once.is_handled(&genuine("message.delivered")).await;
        once.is_duplicate(&genuine("message.delivered")).await;
        let before = warnings();
        for _ in 0..10 {
            once.is_duplicate(&genuine("message.failed")).await;
        }
        once.is_duplicate(&genuine("message.delivered")).await;
        assert_eq!(warnings() - before, 1, "replays do not multiply it");
        let names = logs::matching(|event| event.contains("message."));
        assert!(names.is_empty(), "names that anyone can send are not logged: {names:?}");
    }
}

fn failed() -> Answer {
    Answer::new(500, "failed")
}
