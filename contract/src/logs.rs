//! What is logged, by whichever thread.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};

static EVENTS: Mutex<Vec<Event>> = Mutex::new(Vec::new());

/// An event of one of these crates.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) level: Level,
    fields: BTreeMap<&'static str, String>,
}

/// The level, the message, and of a rejection why.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.field("message").unwrap_or_default())?;
        for name in ["reason", "cause"] {
            if let Some(value) = self.field(name) {
                write!(f, ": {value}")?;
            }
        }
        Ok(())
    }
}

impl Event {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.fields.values().any(|value| value.contains(text))
    }
}

/// Keeps what is logged from now on.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
}

/// What was logged of requests to this path: the level, the message, and of a rejection why.
pub fn observed(path: &str) -> Vec<String> {
    at(path).iter().map(ToString::to_string).collect()
}

pub(crate) fn at(path: &str) -> Vec<Event> {
    matching(|event| event.field("path") == Some(path))
}

pub(crate) fn matching(is_meant: impl Fn(&Event) -> bool) -> Vec<Event> {
    events().iter().filter(|event| is_meant(event)).cloned().collect()
}

fn events() -> MutexGuard<'static, Vec<Event>> {
    EVENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("webhook")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut kept = Event { level: *event.metadata().level(), fields: BTreeMap::new() };
        event.record(&mut kept);
        events().push(kept);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Event {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}
