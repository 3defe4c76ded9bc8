//! What is logged, by whichever thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};
use tracing_core::span::Current;

static EVENTS: Mutex<Vec<Event>> = Mutex::new(Vec::new());
static SPANS: Mutex<BTreeMap<u64, (&Metadata<'_>, Fields)>> = Mutex::new(BTreeMap::new());

thread_local! {
    /// The spans that the thread is in, from the outside in.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Fields with their values.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// An event of one of these crates.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) level: Level,
    fields: Fields,
    span: Option<u64>,
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

    /// The fields of the span that it happened in, as they are now.
    pub(crate) fn span(&self) -> Option<Fields> {
        lock(&SPANS).get(&self.span?).map(|(_, fields)| fields.clone())
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

/// What was logged of requests to this endpoint.
pub fn observed_of_endpoint(endpoint: &str) -> Vec<String> {
    let events = matching(|event| event.field("endpoint") == Some(endpoint));
    events.iter().map(ToString::to_string).collect()
}

pub(crate) fn at(path: &str) -> Vec<Event> {
    matching(|event| event.field("path") == Some(path))
}

pub(crate) fn matching(is_meant: impl Fn(&Event) -> bool) -> Vec<Event> {
    events().iter().filter(|event| is_meant(event)).cloned().collect()
}

fn events() -> MutexGuard<'static, Vec<Event>> {
    lock(&EVENTS)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("webhook")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Visited(Fields::new());
        event.record(&mut fields);
        let span = ENTERED.with_borrow(|entered| entered.last().copied());
        events().push(Event { level: *event.metadata().level(), fields: fields.0, span });
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let mut fields = Visited(Fields::from([("name", span.metadata().name().to_owned())]));
        span.record(&mut fields);
        let id = COUNT.fetch_add(1, Ordering::Relaxed);
        lock(&SPANS).insert(id, (span.metadata(), fields.0));
        span::Id::from_u64(id)
    }

    fn record(&self, span: &span::Id, values: &span::Record<'_>) {
        let mut fields = Visited(Fields::new());
        values.record(&mut fields);
        lock(&SPANS).get_mut(&span.into_u64()).unwrap().1.extend(fields.0);
    }

    fn current_span(&self) -> Current {
        let entered = ENTERED.with_borrow(|entered| entered.last().copied());
        entered.map_or_else(Current::none, |id| {
            Current::new(span::Id::from_u64(id), lock(&SPANS)[&id].0)
        })
    }

    fn enter(&self, span: &span::Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &span::Id) {
        ENTERED.with_borrow_mut(|entered| assert_eq!(entered.pop(), Some(span.into_u64())));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
}

struct Visited(Fields);

impl Visit for Visited {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
