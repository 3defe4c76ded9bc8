//! What is counted.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use webhook_core::Lookup;
use webhook_core::providers::{self, svara};
use webhook_secrets::{Endpoints, Rotating};

#[derive(Default)]
struct Counters(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counters {
    fn read(&self) -> Vec<(String, u64)> {
        let counters = self.0.lock().unwrap();
        counters.iter().map(|(key, count)| (key.clone(), count.load(Ordering::Relaxed))).collect()
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(metrics::Label::value).collect();
        let key = format!("{} {}", key.name(), labels.join(" "));
        Counter::from_arc(self.0.lock().unwrap().entry(key).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn reloads_are_counted() {
    let counters = Counters::default();
    with_local_recorder(&counters, || {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "a").unwrap();
        let github = providers::find("github").unwrap();
        let (_, reload) = Rotating::from_file(&file, move |found| github.verifier(found)).unwrap();
        assert!(!block_on(reload.now()).unwrap());
        fs::write(&file, "b").unwrap();
        assert!(block_on(reload.now()).unwrap());
        fs::write(&file, "").unwrap();
        // Each attempt counts, so that an alert lasts as long as the failure.
        assert!(block_on(reload.now()).is_err() && block_on(reload.now()).is_err());

        let svara = || Box::new(svara::Secret::new("a").unwrap());
        let (_, handle) = Rotating::<Box<dyn webhook_core::Verify>>::new(svara());
        handle.set(svara());
        handle.set(Box::new(providers::github::Secret::new("a").unwrap()));
    });
    let expected = [
        ("webhook_secret_reloads_total github failed", 2),
        ("webhook_secret_reloads_total github ok", 1),
        ("webhook_secret_reloads_total svara failed", 1),
        ("webhook_secret_reloads_total svara ok", 1),
    ];
    assert_eq!(counters.read(), expected.map(|(key, count)| (key.to_owned(), count)));
}

#[test]
fn loads_are_counted() {
    let counters = Counters::default();
    with_local_recorder(&counters, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let endpoints = Endpoints::new(async |id: Arc<str>| match &*id {
            "unknown" => Ok(None),
            "broken" => Err("the database is down"),
            "panics" => panic!("as it should"),
            _ => Ok(Some(svara::Secret::new("a").unwrap())),
        });
        runtime.block_on(async {
            for id in ["acme", "unknown", "broken", "panics", "acme", "unknown", "broken"] {
                if let Lookup::Later(lookup) = endpoints.lookup(id) {
                    _ = lookup.await;
                }
            }
        });
    });
    let expected = [
        ("webhook_endpoint_loads_total failed", 2),
        ("webhook_endpoint_loads_total found", 1),
        ("webhook_endpoint_loads_total unknown", 1),
    ];
    assert_eq!(counters.read(), expected.map(|(key, count)| (key.to_owned(), count)));
}
