//! What attackers do with requests that they captured, in both receivers and both stores.

use webhook_core::providers::{samva::Samva, stripe::Stripe};

use super::*;

impl Case {
    fn without_id(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "x-webhook-delivery-id");
        self
    }

    fn called(mut self, event: &str) -> Self {
        self.headers.push(("x-webhook-event".to_owned(), event.to_owned()));
        self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_captured_request_under_another_id() {
    for receiver in receivers_with_every_store().await {
        let captured = voisnap("dlv_1", "ok");
        receiver.is_handled(&captured).await;
        for id in ["dlv_2", "dlv_3"] {
            receiver.is_duplicate(&captured.clone().under(id)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_captured_retry_under_another_id() {
    for receiver in receivers_with_every_store().await {
        receiver.is_handled(&voisnap("dlv_1", "ok")).await;
        let retry = voisnap_at("dlv_1", "ok", 5);
        receiver.is_duplicate(&retry).await;
        receiver.is_duplicate(&retry.under("dlv_2")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_using_up_an_id_to_come() {
    for receiver in receivers_with_every_store().await {
        let captured = voisnap("dlv_1", "fail");
        assert_eq!(receiver.send(&captured).await.0, 500);
        // Replayed under the id of a delivery to come, which is handled all the same.
        assert_eq!(receiver.send(&captured.clone().under("dlv_2")).await.0, 500);
        receiver.is_handled(&voisnap("dlv_2", "ok")).await;

        let captured = voisnap("dlv_3", "ok 3");
        receiver.is_handled(&captured.clone().under("dlv_4")).await;
        receiver.is_handled(&voisnap("dlv_4", "ok 4")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_stripping_one_of_two_signatures() {
    for receiver in receivers_with_every_store().await {
        let with = |secret| signed::<Stripe>(secret, None, "ok", 0).to("/stripe");
        let value = |case: &Case| case.headers[0].1.clone();
        let (new, old) = (with(SECRET), with(OLD_SECRET));
        let second = value(&old).split_once(',').unwrap().1.to_owned();
        let mut both = new.clone();
        both.headers[0].1 = format!("{},{second}", value(&new));
        receiver.is_handled(&both).await;
        receiver.is_duplicate(&new).await;
        receiver.is_duplicate(&old).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_a_rotation_is_a_duplicate() {
    for receiver in receivers_with_every_store().await {
        // The same endpoint before and after its secret was replaced.
        let before = signed::<Voisnap>(OLD_SECRET, Some("dlv_1"), "ok", 0);
        receiver.is_handled(&before.clone().to("/before")).await;
        receiver.is_duplicate(&before).await;
        receiver.is_duplicate(&voisnap_at("dlv_1", "ok", 5)).await;
        receiver.is_duplicate(&before.under("dlv_2")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_copy_that_overtakes_the_original() {
    for receiver in receivers_with_every_store().await {
        let original = voisnap("dlv_1", "hold");
        let mut copy = receiver.held(&original.clone().under("dlv_2")).await;
        receiver.is_unavailable(&original, false).await;
        receiver.gate.add_permits(1);
        assert_eq!(wire::read(&mut copy).await.status, 200);
        receiver.is_duplicate(&voisnap_at("dlv_1", "hold", 5)).await;
        // Where equal bodies are told apart, it is the id that joined the claim.
        receiver.is_duplicate(&voisnap_at("dlv_1", "hold", 6).to("/apart")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_copy_without_an_id_that_overtakes_the_original() {
    for receiver in receivers_with_every_store().await {
        let original = voisnap("dlv_1", "hold");
        let mut copy = receiver.held(&original.clone().without_id()).await;
        receiver.is_unavailable(&original, false).await;
        receiver.gate.add_permits(1);
        assert_eq!(wire::read(&mut copy).await.status, 200);
        receiver.is_duplicate(&voisnap_at("dlv_1", "hold", 5)).await;
        receiver.is_duplicate(&voisnap_at("dlv_1", "hold", 6).to("/apart")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_copy_of_an_attempt_that_failed() {
    for receiver in receivers_with_every_store().await {
        let attempt = voisnap("dlv_1", "flaky");
        receiver.check(&receiver.send(&attempt).await, 500, "failed", true);
        receiver.is_handled(&voisnap_at("dlv_1", "flaky", 5)).await;
        receiver.is_duplicate(&attempt.clone().under("dlv_2")).await;
        receiver.is_duplicate(&attempt.under("dlv_3").to("/apart")).await;
    }
}

/// It failed before it was claimed, because strangers had used up the memory for bodies.
#[tokio::test(flavor = "multi_thread")]
async fn attack_a_copy_of_an_attempt_that_was_never_claimed() {
    for receiver in receivers_with_every_store().await {
        let attempt = voisnap("dlv_1", "ok");
        receiver.is_handled(&voisnap_at("dlv_1", "ok", 5)).await;
        receiver.is_duplicate(&attempt.under("dlv_2")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_many_ids_for_one_delivery() {
    for receiver in receivers_with_every_store().await {
        let captured = voisnap("dlv_1", "ok");
        for id in 2..12 {
            let copy = captured.clone().under(&format!("dlv_{id}"));
            let answer = receiver.send(&copy).await;
            receiver.check(
                &answer,
                200,
                if id == 2 { "done" } else { r#"{"duplicate":true}"# },
                id == 2,
            );
        }
        receiver.is_duplicate(&captured).await;
        receiver.is_duplicate(&voisnap_at("dlv_1", "ok", 5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_retries_are_one_delivery() {
    for receiver in receivers_with_every_store().await {
        let send = |body, secs| signed::<Stripe>(SECRET, None, body, secs).to("/stripe");
        receiver.is_handled(&send(r#"{"id":"evt_1"}"#, 0)).await;
        receiver.is_duplicate(&send(r#"{"id":"evt_1"}"#, 5)).await;
        receiver.is_duplicate(&send(r#"{"id":"evt_1","pending_webhooks":0}"#, 10)).await;
        receiver.is_handled(&send(r#"{"id":"evt_2"}"#, 15)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_a_copy_with_another_unsigned_name_is_reported() {
    logs::keep();
    for receiver in receivers_with_every_store().await {
        let warning = "a duplicate's unsigned headers differ from the handled delivery's";
        let genuine = signed::<Samva>(SECRET, None, "ok", 0).to("/samva");
        receiver.is_handled(&genuine.clone().called("message.delivered")).await;
        receiver.is_duplicate(&genuine.clone().called("message.delivered")).await;
        let before = logs::count(warning);
        for _ in 0..10 {
            receiver.is_duplicate(&genuine.clone().called("message.failed")).await;
        }
        receiver.is_duplicate(&genuine.called("message.delivered")).await;
        assert_eq!(logs::count(warning) - before, 1, "{}: replays multiply it", receiver.name);
        assert_eq!(logs::count("message."), 0, "names that anyone can send are not logged");
    }
}
