//! Receivers whose secrets change while they run, and those with a secret for each of many tenants.
#![allow(missing_docs, reason = "the names of tests are sentences")]

use std::collections::HashMap;
use std::error::Error;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::RwLock;
use tokio::task::JoinSet;
use webhook_core::Endpoint;
use webhook_core::providers::standard_webhooks::{self, Secret};
use webhook_idempotency::{Claims, MemoryStore};
use webhook_secrets::{Endpoints, Rotating};

use crate::NOW;
use crate::adapter::Adapter;
use crate::case::{Answer, Case};
use crate::logs;
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! secrets {
    ($adapter:ident) => {
        $crate::tests! { $adapter, secrets:
            a_rotation_refuses_nothing_that_is_rightly_signed_and_accepts_nothing_else
            a_thousand_tenants_have_a_secret_each
            a_loader_that_cannot_be_relied_on_is_answered_503_and_recovers
        }
    };
}

type BoxError = Box<dyn Error + Send + Sync>;

/// The text of a secret.
fn text(number: usize) -> String {
    format!("whsec_{number:032}")
}

fn secret(number: usize) -> Secret {
    Secret::new(text(number)).unwrap()
}

fn case(path: &str, secret: &Secret, id: &str) -> Case {
    Case::signed(secret, path, b"{}", NOW, Some(id))
}

pub async fn a_rotation_refuses_nothing_that_is_rightly_signed_and_accepts_nothing_else<
    A: Adapter,
>() {
    const ROTATIONS: usize = 20;
    const REQUESTS: usize = 10_000;
    const CLIENTS: usize = 16;
    /// Which no rotation reaches.
    const NEVER: usize = 1_000_000;

    let (rotating, handle) = Rotating::new(secret(0));
    let route = Route::new("/webhooks", Handler::Bytes).verified(&Webhook::new(rotating));
    let receiver = Arc::new(Receiver::start::<A>(vec![route]));
    // What the provider signs with. A request holds it until it is answered.
    let signs_with = Arc::new(RwLock::new(0_usize));
    let sent = Arc::new(AtomicUsize::new(0));

    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (receiver, signs_with, sent) = (receiver.clone(), signs_with.clone(), sent.clone());
        clients.spawn(async move {
            let (mut accepted, mut refused) = (0, 0);
            loop {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                if number >= REQUESTS {
                    return (accepted, refused);
                }
                let id = format!("msg_{number}");
                let current = signs_with.read().await;
                // One in five is signed with a secret that is not in use: a wrong one, or one that was replaced before the
                // last rotation began.
                let wrong = match number % 10 {
                    0 => Some(NEVER),
                    5 => current.checked_sub(2),
                    _ => None,
                };
                let secret = secret(wrong.unwrap_or(*current));
                let answer = receiver.exchange(&case("/webhooks", &secret, &id)).await;
                if wrong.is_some() {
                    assert_eq!(answer, Answer::refusal(401, "invalid signature"), "{number}");
                    refused += 1;
                } else {
                    assert_eq!(answer, Answer::new(200, "{}"), "{number}");
                    accepted += 1;
                }
            }
        });
    }
    for rotation in 1..=ROTATIONS {
        while sent.load(Ordering::Relaxed) < rotation * REQUESTS / (ROTATIONS + 1) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        handle.set(secret(rotation).or_previous(text(rotation - 1)).unwrap());
        // The provider takes the new one. Whatever was signed with the old one has been answered then.
        *signs_with.write().await = rotation;
        handle.set(secret(rotation));
    }
    let (mut accepted, mut refused) = (0, 0);
    while let Some(client) = clients.join_next().await {
        let (more_accepted, more_refused) = client.unwrap();
        accepted += more_accepted;
        refused += more_refused;
    }
    assert_eq!((accepted + refused, receiver.site.handled()), (REQUESTS, accepted));
    assert!(refused > REQUESTS / 10, "{refused}");
}

/// The tenant that a path ends with.
fn tenant(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

pub async fn a_thousand_tenants_have_a_secret_each<A: Adapter>() {
    const TENANTS: usize = 1000;
    const CLIENTS: usize = 64;

    let loads: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    let count = loads.clone();
    let endpoints = Endpoints::new(move |id: Arc<str>| {
        *count.lock().unwrap().entry(id.to_string()).or_default() += 1;
        let number: Option<usize> = id.parse().ok().filter(|number| *number < TENANTS);
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, BoxError>(number.map(secret))
        }
    });
    let unknown = Endpoint::unknown(secret(TENANTS));
    let webhook = Webhook::looking_up(move |path| endpoints.lookup(tenant(path)).or(&unknown));
    let claims = Claims::new(MemoryStore::new(100_000)).clock(|| NOW);
    let mut route = Route::new("/{tenant}", Handler::Endpoint).verified(&webhook);
    // The extractor alone does not deduplicate.
    if !A::DIFFERENCES.observes_before_the_handler {
        route = route.once(&claims);
    }
    let receiver = Arc::new(Receiver::start::<A>(vec![route]));

    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (receiver, next) = (receiver.clone(), next.clone());
        clients.spawn(async move {
            loop {
                // Every tenant four times, by different clients at about the same time.
                let number = next.fetch_add(1, Ordering::Relaxed);
                let (tenant, turn) = (number / 4, number % 4);
                if tenant >= TENANTS {
                    return;
                }
                let path = format!("/{tenant}");
                // The first two have the same id at every tenant.
                let answer = match turn {
                    0 => receiver.exchange(&case(&path, &secret(tenant), "msg_1")).await,
                    1 => receiver.exchange(&case(&path, &secret(tenant), "msg_2")).await,
                    2 => receiver.exchange(&case(&path, &secret(tenant + 1), "msg_3")).await,
                    _ => {
                        let unknown = format!("/{}", TENANTS + tenant);
                        receiver.exchange(&case(&unknown, &secret(tenant), "msg_1")).await
                    }
                };
                let expected = match turn {
                    0 | 1 => Answer::new(200, format!("handled at {tenant}")),
                    _ => Answer::refusal(401, "invalid signature"),
                };
                assert_eq!(answer, expected, "{tenant} {turn}");
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    assert_eq!(receiver.site.handled(), 2 * TENANTS);
    let loads = loads.lock().unwrap();
    assert_eq!(loads.len(), 2 * TENANTS);
    assert!(loads.values().all(|count| *count == 1), "{loads:?}");
}

pub async fn a_loader_that_cannot_be_relied_on_is_answered_503_and_recovers<A: Adapter>() {
    const LIMIT: Duration = Duration::from_millis(300);

    let is_well: Arc<std::sync::RwLock<bool>> = Arc::default();
    let well = is_well.clone();
    let endpoints = Endpoints::new(move |id: Arc<str>| {
        let is_well = *well.read().unwrap();
        async move {
            match &*id {
                _ if is_well => Ok(Some(secret(1))),
                "fails" => Err(BoxError::from("the database is away")),
                "hangs" => pending().await,
                "panics" => panic!("as it was told"),
                // What is no secret.
                _ => Ok(Some(standard_webhooks::Secret::new("whsec_nonsense!")?)),
            }
        }
    });
    let endpoints = endpoints.load_timeout(LIMIT);
    let webhook = Webhook::looking_up({
        let endpoints = endpoints.clone();
        move |path| endpoints.lookup(tenant(path))
    });
    let route = Route::new("/{tenant}", Handler::Endpoint).verified(&webhook);
    let receiver = Receiver::start::<A>(vec![route]);
    let tenants = ["fails", "hangs", "panics", "nonsense"];
    for tenant in tenants {
        let case = case(&format!("/{tenant}"), &secret(1), "msg_1");
        let unavailable = Answer::refusal(503, "temporarily unavailable");
        assert_eq!(receiver.exchange(&case).await, unavailable, "{tenant}");
    }
    assert!(logs::matching(|event| event.contains("nonsense!")).is_empty());
    *is_well.write().unwrap() = true;
    for tenant in tenants {
        // Whoever repairs it need not wait for the next attempt.
        endpoints.invalidate(tenant);
        let case = case(&format!("/{tenant}"), &secret(1), "msg_1");
        let handled = Answer::new(200, format!("handled at {tenant}"));
        assert_eq!(receiver.exchange(&case).await, handled);
    }
}
