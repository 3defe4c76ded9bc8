//! Each delivery is handled once, by several receivers that remember in one Redis.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use webhook_tower::providers::voisnap::Voisnap;

use crate::redis::Redis;
use crate::service::{Answer, PATIENCE, Request, Service};
use crate::{handled, sign_at};

const DELIVERIES: usize = 200;
const TIMES: usize = 8;
const CLIENTS: usize = 16;

const RECEIVED: &str = r#"{"received":true}"#;
const DUPLICATE: &str = r#"{"duplicate":true}"#;

/// Begins to send the delivery of that number, signed anew.
fn begin(service: &Service, number: usize) -> Request {
    // Deliveries that are signed in the same second differ in their bodies, else they were one.
    let body = format!(r#"{{"type":"Error","data":{{"conversationId":"conv_{number}"}}}}"#);
    let id = format!("dlv_{number}");
    let headers = sign_at::<Voisnap>("whsec_voisnap", &body, &id, SystemTime::now());
    service.begin("POST", "/webhooks/voisnap", &headers, body.len(), &body)
}

fn send(service: &Service, number: usize) -> Answer {
    begin(service, number).answer()
}

fn line(number: usize) -> String {
    format!("handled voisnap Error dlv_{number}\n")
}

/// Sends until it is no longer told to come again.
fn send_until_accepted(service: &Service, number: usize) -> String {
    let start = Instant::now();
    loop {
        let answer = send(service, number);
        if answer.status != 503 {
            assert_eq!(answer.status, 200, "{}", answer.body);
            return answer.body;
        }
        assert!(start.elapsed() < PATIENCE, "{}", answer.body);
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_of_them_handle_each_delivery_once() {
    let Some(redis) = Redis::start("two") else { return };
    let variables = [("REDIS_URL", &*redis.url()), ("WORK_MILLIS", "20")];
    share([Service::start_with(&variables), Service::start_with(&variables)]);
}

/// Sends every delivery several times, in a random order, at random to either, from many clients.
fn share(services: [Service; 2]) {
    // The same every time: what differs is how the clients meet.
    let random = BuildHasherDefault::<DefaultHasher>::default();
    let mut sends: Vec<_> = (0..DELIVERIES * TIMES).collect();
    sends.sort_by_key(|send| random.hash_one(send));
    let sends = Mutex::new(sends.into_iter());
    let next = || sends.lock().unwrap().next();
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(send) = next() {
                    let either = usize::from(random.hash_one((send, "either")) % 2 == 0);
                    match &*send_until_accepted(&services[either], send % DELIVERIES) {
                        RECEIVED => _ = received.fetch_add(1, Ordering::Relaxed),
                        answer => assert_eq!(answer, DUPLICATE),
                    }
                }
            });
        }
    });
    assert_eq!(received.into_inner(), DELIVERIES);

    let lines = services.map(handled);
    assert!(lines.iter().all(|lines| !lines.is_empty()), "both have a share: {lines:?}");
    let mut lines: Vec<_> = lines.iter().flat_map(|lines| lines.split_inclusive('\n')).collect();
    let mut expected: Vec<_> = (0..DELIVERIES).map(line).collect();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn without_redis_nothing_is_handled_until_it_is_back() {
    let Some(mut redis) = Redis::new("outage") else { return };
    let service = Service::start_with(&[("REDIS_URL", &redis.url())]);
    for outage in 0..2 {
        let answer = send(&service, outage);
        let unavailable = r#"{"error": "temporarily unavailable"}"#;
        assert_eq!((answer.status, &*answer.body), (503, unavailable));
        redis.go_up();
        assert_eq!(send_until_accepted(&service, outage), RECEIVED);
        assert_eq!(send_until_accepted(&service, outage), DUPLICATE);
        redis.go_down();
    }
    assert_eq!(send(&service, 2).status, 503);
    assert_eq!(handled(service), line(0) + &line(1));
}

#[test]
fn what_was_killed_in_its_work_is_handled_again_after_the_lease() {
    /// The limit of a handler of Voisnap's deliveries, and ten seconds.
    const LEASE: Duration = Duration::from_secs(12);
    let Some(redis) = Redis::start("killed") else { return };
    let before = Instant::now();
    let killed = Service::start_with(&[("REDIS_URL", &*redis.url()), ("WORK_MILLIS", "60000")]);
    let _request = begin(&killed, 1);
    killed.logs("working");
    let after = Instant::now();
    killed.signal("-KILL");
    assert_eq!(killed.wait(), (None, String::new()));

    let other = Service::start_with(&[("REDIS_URL", &redis.url())]);
    assert_eq!(send_until_accepted(&other, 1), RECEIVED);
    assert!(before.elapsed() >= LEASE, "after {:?}", before.elapsed());
    // Not to the second: this machine may be busy.
    assert!(after.elapsed() < LEASE * 2, "after {:?}", after.elapsed());
    assert_eq!(send_until_accepted(&other, 1), DUPLICATE);
    assert_eq!(handled(other), line(1));
}
