//! What is logged, and how often.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use std::{fs, io};

use common::accepts;
use futures_executor::block_on;
use tracing::field::{Field, Visit};
use tracing::{Metadata, Subscriber, span};
use webhook_core::providers::{github, svara};
use webhook_core::{Lookup, Verify};
use webhook_secrets::{Endpoints, Rotating};

static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl Log {
    fn keep() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
    }

    /// The events that contain this text.
    fn of(text: &str) -> Vec<String> {
        let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|event| event.contains(text)).cloned().collect()
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("webhook")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        EVENTS.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

fn svara(text: &str) -> svara::Secret {
    svara::Secret::new(text).unwrap()
}

#[test]
fn each_failure_of_a_file_is_logged_once() {
    Log::keep();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    let write = |text: &str| fs::write(&path, text).unwrap();
    write("s3cr3t");
    let (secret, reload) =
        Rotating::from_file(&path, |found| svara::Secret::read(found.current())).unwrap();
    let reload_often = || (0..5).for_each(|_| _ = block_on(reload.now()));

    reload_often();
    fs::remove_file(&path).unwrap();
    reload_often();
    write("s3cr3t ");
    reload_often();
    // The same mistake in another text.
    write("0th3r ");
    reload_often();
    write("s3cr3t");
    reload_often();
    write("s3cr3t ");
    reload_often();
    write("n3w");
    reload_often();
    // The same failure, after a success.
    write("s3cr3t ");
    reload_often();

    assert!(accepts(&secret, "n3w"));
    let events = Log::of(path.to_str().unwrap());
    let levels: Vec<_> = events.iter().map(|event| event.split(' ').next().unwrap()).collect();
    let expected = ["ERROR", "ERROR", "ERROR", "INFO", "ERROR", "INFO", "ERROR"];
    assert_eq!(levels, expected, "{events:#?}");
    assert!(events[0].contains("cannot be read"), "{events:#?}");
    assert!(events[1].contains("line 1 begins or ends with white space"), "{events:#?}");
    assert!(events[3].contains("usable again"), "{events:#?}");
    assert!(events[5].contains("secrets replaced"), "{events:#?}");
    assert!(events.iter().all(|event| event.contains("provider=\"svara\"")), "{events:#?}");
    for text in ["s3cr3t", "0th3r", "n3w"] {
        assert!(events.iter().all(|event| !event.contains(text)), "{events:#?}");
    }
}

#[test]
fn a_verifier_of_another_provider_is_logged() {
    Log::keep();
    let (_, handle) = Rotating::new(Box::new(github::Secret::new("a").unwrap()) as Box<dyn Verify>);
    handle.set(Box::new(svara("b")));
    handle.set(Box::new(github::Secret::new("c").unwrap()));
    let events = Log::of("provider=\"github\"");
    assert_eq!(events.len(), 2, "{events:#?}");
    assert!(events[0].starts_with("ERROR ") && events[0].contains("other=\"svara\""));
    assert!(events[1].starts_with("INFO "), "{events:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_that_no_answer_shows_is_logged_every_ten_seconds() {
    Log::keep();
    let is_down = Arc::new(Mutex::new(false));
    let database = is_down.clone();
    let endpoints = Endpoints::new(move |_| {
        let is_down = *database.lock().unwrap();
        async move {
            if is_down { Err(io::Error::other("connection refused")) } else { Ok(Some(svara("a"))) }
        }
    })
    .time_to_live(Duration::from_secs(10))
    .serve_stale(Duration::from_secs(3600));
    let look_up = async || {
        if let Lookup::Later(lookup) = endpoints.lookup("logged") {
            lookup.await.unwrap().unwrap();
        }
    };
    look_up().await;
    *is_down.lock().unwrap() = true;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        look_up().await;
    }
    let events = Log::of("endpoint=\"logged\"");
    assert_eq!(events.len(), 3, "{events:#?}");
    assert!(events[0].contains("could not be loaded: connection refused"), "{events:#?}");
    assert!(events[1].starts_with("WARN ") && events[1].contains("left_out=9"), "{events:#?}");
}
