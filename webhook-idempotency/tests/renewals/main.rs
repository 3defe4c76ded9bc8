//! Long handlers keep their claims. The clock is tokio's, which jumps to the next timer while nothing else happens.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod controlled;
mod warnings;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use webhook_core::{Delivery, RejectionKind};
use webhook_idempotency::testing::{SignsTime, delivery, secret};
use webhook_idempotency::{Claimed, Claims};

use controlled::Controlled;
use warnings::Warnings;

/// The lease of a long handler, and the time between its renewals.
const LEASE: Duration = Duration::from_secs(30);
const TURN: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

struct Service {
    store: Arc<Controlled>,
    claims: Claims,
    delivery: Delivery,
}

/// What became of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Handled,
    Duplicate,
    Rejected(RejectionKind),
}

const IN_FLIGHT: Attempt = Attempt::Rejected(RejectionKind::InFlight);

impl Service {
    fn new(handler_timeout: Duration) -> Self {
        let store = Arc::new(Controlled::new());
        let claims = Claims::new(store.clone()).handler_timeout(handler_timeout);
        let delivery = delivery(&secret::<SignsTime>(&["secret"]), Some("dlv_1"), "{}", 0);
        Self { store, claims, delivery }
    }

    /// Handles the delivery for this time, with success or without.
    async fn handle(&self, time: Duration, succeeds: bool) -> Attempt {
        match self.claims.handle(&self.delivery, || sleep(time), |()| succeeds).await {
            Claimed::Handled(()) => Attempt::Handled,
            Claimed::Duplicate => Attempt::Duplicate,
            Claimed::Rejected(rejection) => Attempt::Rejected(rejection.kind()),
        }
    }

    /// Another attempt, which would succeed at once.
    async fn again(&self) -> Attempt {
        self.handle(Duration::ZERO, true).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_handler_keeps_its_claim_and_commits_it() {
    let service = Service::new(10 * MINUTE);
    let retries = async {
        for second in 1..300 {
            sleep(SECOND).await;
            assert_eq!(service.again().await, IN_FLIGHT, "after {second} s");
        }
    };
    let (handled, ()) = tokio::join!(service.handle(5 * MINUTE, true), retries);
    assert_eq!(handled, Attempt::Handled);
    assert_eq!(service.again().await, Attempt::Duplicate);
    sleep(10 * MINUTE).await;
    assert_eq!(service.again().await, Attempt::Duplicate);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_can_be_claimed_30_s_after_a_crash() {
    let service = Service::new(10 * MINUTE);
    let crash = timeout(MINUTE + SECOND, service.handle(5 * MINUTE, true)).await;
    assert!(crash.is_err());
    let renewals = service.store.claims();
    assert_eq!(service.again().await, IN_FLIGHT);
    sleep(LEASE).await;
    assert_eq!(service.store.claims(), renewals + 1, "no renewal after the crash");
    assert_eq!(service.again().await, Attempt::Handled);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_covers_the_handler_is_not_renewed_and_starts_no_task() {
    let service = Service::new(2 * TURN);
    let tasks = async {
        sleep(SECOND).await;
        Handle::current().metrics().num_alive_tasks()
    };
    let (handled, tasks) = tokio::join!(service.handle(19 * SECOND, true), tasks);
    assert_eq!((handled, tasks, service.store.claims()), (Attempt::Handled, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn renewals_end_with_the_handlers_timeout() {
    let service = Service::new(MINUTE);
    let timed_out = service.handle(10 * MINUTE, true).await;
    assert_eq!(timed_out, Attempt::Rejected(RejectionKind::HandlerTimedOut));
    assert_eq!(service.store.claims(), 6, "the claim and five renewals");
    sleep(MINUTE).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    assert_eq!(service.store.claims(), 6);
    assert_eq!(service.again().await, Attempt::Handled);
}

/// The handler's future is not polled any more, so the timeout cannot cancel it.
#[tokio::test(start_paused = true)]
async fn renewals_end_with_the_timeout_of_a_handler_that_cannot_be_canceled() {
    let service = Service::new(MINUTE);
    let mut blocked = Box::pin(service.claims.handle(&service.delivery, pending::<()>, |()| true));
    assert!(timeout(SECOND, &mut blocked).await.is_err());
    sleep(10 * MINUTE).await;
    assert_eq!(service.store.claims(), 6, "the claim and five renewals");
    assert_eq!(service.again().await, Attempt::Handled);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_does_not_claim_again_after_the_release() {
    let service = Service::new(MINUTE);
    let slow_renewal = async {
        sleep(SECOND).await;
        let hold = service.store.hold_claims();
        // The renewal arrives at 10 s, and the handler fails at 11 s.
        sleep(TURN + SECOND / 2).await;
        assert_eq!(service.store.claims(), 2);
        hold.cancel();
    };
    let (failed, ()) = tokio::join!(service.handle(TURN + SECOND, false), slow_renewal);
    assert_eq!(failed, Attempt::Handled);
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "released before the response");
    assert_eq!(service.again().await, Attempt::Handled);
}

#[tokio::test(start_paused = true)]
async fn a_response_does_not_wait_long_for_a_renewal_but_the_release_does() {
    let (warnings, _guard) = Warnings::collect();
    let service = Service::new(MINUTE);
    let (failed, hold) = tokio::join!(service.handle(TURN + SECOND, false), async {
        sleep(SECOND).await;
        service.store.hold_claims()
    });
    assert_eq!(failed, Attempt::Handled);
    let text = "the store has not answered a claim's renewal: settling it later";
    assert_eq!(warnings.take(), [text]);
    assert_eq!(service.claims.tasks().len(), 1);
    // The renewal is executed, and then the release.
    hold.cancel();
    service.claims.tasks().close();
    service.claims.tasks().wait().await;
    assert_eq!(service.again().await, Attempt::Handled);
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_retried_and_logged_once() {
    let (warnings, _guard) = Warnings::collect();
    let service = Service::new(10 * MINUTE);
    let outages = async {
        sleep(SECOND / 2).await;
        for _ in 0..2 {
            sleep(TURN).await;
            service.store.set_down(true);
            sleep(2 * TURN).await;
            assert_eq!(warnings.take(), ["renewing a claim failed: retrying"], "for two renewals");
            service.store.set_down(false);
            sleep(9 * SECOND).await;
            assert_eq!(service.again().await, IN_FLIGHT, "before the lease ends");
            sleep(SECOND).await;
            assert_eq!(service.again().await, IN_FLIGHT, "renewed");
        }
    };
    let (handled, ()) = tokio::join!(service.handle(5 * MINUTE, true), outages);
    assert_eq!(handled, Attempt::Handled);
    assert_eq!(service.again().await, Attempt::Duplicate);
    assert_eq!(warnings.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_not_answered_is_repeated_at_the_next_turn() {
    let (warnings, _guard) = Warnings::collect();
    let service = Service::new(10 * MINUTE);
    let outage = async {
        sleep(SECOND).await;
        let hold = service.store.hold_claims();
        sleep(2 * TURN + SECOND).await;
        assert_eq!(warnings.take(), ["renewing a claim failed: retrying"]);
        hold.cancel();
        sleep(MINUTE).await;
        assert_eq!(service.again().await, IN_FLIGHT);
    };
    let (handled, ()) = tokio::join!(service.handle(5 * MINUTE, true), outage);
    assert_eq!(handled, Attempt::Handled);
}

#[tokio::test(start_paused = true)]
async fn renewing_stops_when_another_attempt_has_claimed_the_delivery() {
    let (warnings, _guard) = Warnings::collect();
    let service = Service::new(10 * MINUTE);
    let outage = async {
        sleep(TURN + SECOND).await;
        service.store.set_down(true);
        sleep(LEASE).await;
        assert_eq!(warnings.take(), ["renewing a claim failed: retrying"]);
        service.store.set_down(false);
        assert_eq!(service.again().await, Attempt::Handled, "the lease has ended");
        let claims = service.store.claims();
        sleep(MINUTE).await;
        let text =
            "renewing a claim failed: another attempt claimed the delivery while it is handled";
        assert_eq!(warnings.take(), [text]);
        assert_eq!(service.store.claims(), claims + 1, "renewing has stopped");
    };
    let (handled, ()) = tokio::join!(service.handle(5 * MINUTE, true), outage);
    assert_eq!(handled, Attempt::Handled, "the handler has gone on");
    let text = "handled twice: another attempt claimed the delivery before the commit";
    assert_eq!(warnings.take(), [text]);
}
