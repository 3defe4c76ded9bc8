//! Where deliveries come in.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
mod event;
mod head;
#[cfg(any(feature = "axum", feature = "actix"))]
mod rejected;

pub use head::RequestHead;
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) use rejected::RejectedRequests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::time::timeout;
use webhook_core::{CloudEvent, Delivery, Payload, Rejection, RejectionKind, UnixTime, Verify};
use webhook_idempotency::Keys;

use crate::inbox::Inbox;
use crate::store::{Accepted, KeyKind, NewDelivery, NewKey, Number, Purpose};

/// How long storing may take. Then the answer is 503, and the sender comes again; had the delivery been stored all the
/// same, it is a duplicate then.
const STORING: Duration = Duration::from_secs(2);

/// The event of what has none.
const NO_EVENT: &str = "-";

/// A longer name of an event is cut.
const MAX_NAME: usize = 200;

/// An endpoint that verifies requests, stores what is authentic, and then answers 200.
///
/// Authentic deliveries are stored whatever is in their bodies: reading them is the worker's. A delivery that was stored
/// before is answered 200 with `{"duplicate":true}`. If it cannot be stored the answer is 503, and the sender sends it
/// again.
#[derive(Clone)]
#[must_use = "an endpoint receives nothing until it is a route"]
pub struct Endpoint {
    inbox: Inbox,
    name: Arc<str>,
    verify: Arc<dyn Verify>,
    event: Option<Arc<NameOf>>,
    order: Option<Arc<NameOf>>,
    filter: Option<Arc<Filter>>,
    limits: Limits,
}

type NameOf = dyn Fn(&Delivery) -> Option<String> + Send + Sync;
type Filter = dyn Fn(&Delivery) -> bool + Send + Sync;

#[derive(Debug, Clone, Copy)]
struct Limits {
    body_limit: Option<usize>,
    body_timeout: Option<Duration>,
    max_buffered: Option<usize>,
}

impl Endpoint {
    pub(crate) fn new(inbox: Inbox, name: String, verify: Arc<dyn Verify>) -> Self {
        Self {
            inbox,
            name: name.into(),
            verify,
            event: None,
            order: None,
            filter: None,
            limits: Limits { body_limit: None, body_timeout: None, max_buffered: None },
        }
    }

    /// Sets how the name of the event is found, for the log. By default it is the first hint whose name contains `event`
    /// or `topic`, or else the member `type`, `event`, `event_type` or `eventType` of a JSON body.
    pub fn event_name(
        mut self,
        name: impl Fn(&Delivery) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.event = Some(Arc::new(name));
        self
    }

    /// Lets deliveries with the same text be worked on one after the other, in the order in which they were stored: for
    /// example all of one customer. One that fails holds up those behind it until it succeeds or is given up. Deliveries
    /// that cannot be read as `T`, or have no text, are worked on in any order.
    ///
    /// The order must be known when a delivery is stored, since workers on several machines must agree on it.
    pub fn order_by<T: Payload>(
        mut self,
        order: impl Fn(&T) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.order = Some(Arc::new(move |delivery| order(&T::from_delivery(delivery).ok()?)));
        self
    }

    /// Lets only some deliveries be worked on. The others are stored only; the log can replay them.
    pub fn filter(mut self, filter: impl Fn(&Delivery) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Sets the size limit of a body, in bytes: 1 MiB by default.
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.limits.body_limit = Some(bytes);
        self
    }

    /// Sets the time within which a body must arrive completely: 2.5 s by default. Together with the 2 s that storing
    /// may take, it is less than what the strictest senders wait, 5 s.
    pub const fn body_timeout(mut self, time: Duration) -> Self {
        self.limits.body_timeout = Some(time);
        self
    }

    /// Limits what the bodies that arrive hold together, in bytes: 16 MiB by default.
    pub const fn max_buffered(mut self, bytes: usize) -> Self {
        self.limits.max_buffered = Some(bytes);
        self
    }

    /// Stores a verified delivery, as the routes do. For frameworks that have none here.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Unavailable`], with the cause, if it could not be stored.
    pub async fn store(
        &self,
        delivery: &Delivery,
        head: RequestHead,
    ) -> Result<Accepted, Rejection> {
        let new = self.new_delivery(delivery, head, SystemTime::now().into());
        let accepted = self.accept(new).await?;
        if let Accepted::New(_) = accepted {
            self.inbox.arrived().notify_one();
        }
        #[cfg(feature = "metrics")]
        crate::metrics::accepted(&self.name, accepted);
        Ok(accepted)
    }

    /// Stores a verified delivery whether or not it was stored before, and without a way to know it again: each copy is worked on.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    pub async fn store_copy(
        &self,
        delivery: &Delivery,
        head: RequestHead,
    ) -> Result<Number, Rejection> {
        let new = self.new_delivery(delivery, head, SystemTime::now().into());
        let number = self.accept(NewDelivery { keys: Vec::new(), ..new }).await?.number();
        self.inbox.arrived().notify_one();
        Ok(number)
    }

    /// Stores a request that you have rejected, to be looked at. Strangers send them, so limit how many there are:
    /// [`Store::forget_rejected`](crate::store::Store::forget_rejected) removes the oldest of the whole store, as
    /// [`Inbox::keep_rejected`] does.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    pub async fn store_rejected(
        &self,
        head: RequestHead,
        body: Bytes,
        reason: impl Into<String>,
    ) -> Result<Number, Rejection> {
        let new = self.new_rejected(head, body, reason.into(), SystemTime::now().into());
        self.accept(new).await.map(Accepted::number)
    }

    /// Stores a request that nobody works on and that no delivery is a duplicate of, such as a handshake. The log lists it
    /// as an event of this name. A worker that is told to work on it all the same gives it up, since nothing says
    /// that it is authentic.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    pub async fn store_only(
        &self,
        head: RequestHead,
        body: Bytes,
        event: &str,
    ) -> Result<Number, Rejection> {
        let now = SystemTime::now().into();
        let new = self.new_unverified(head, body, word(event), Purpose::Keep, now);
        self.accept(new).await.map(Accepted::number)
    }

    /// Returns the name of the event under which the log lists a delivery: `-` if it has none.
    pub fn event_of(&self, delivery: &Delivery) -> String {
        let event = match &self.event {
            Some(name) => name(delivery),
            None => event::name(delivery),
        };
        event.map_or_else(|| NO_EVENT.to_owned(), |name| word(&name))
    }

    async fn accept(&self, new: NewDelivery) -> Result<Accepted, Rejection> {
        let unavailable = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Rejection::new(RejectionKind::Unavailable).caused_by(cause)
        };
        let stored = timeout(STORING, self.inbox.accepting().accept(new));
        let too_slow = |_| unavailable("the database has not stored it in 2 s".into());
        let stored = stored.await.map_err(too_slow)?;
        stored.map_err(|error| unavailable(error.into()))
    }

    /// What the routes verify with.
    #[cfg(any(feature = "axum", feature = "actix"))]
    fn verify(&self) -> Arc<dyn Verify> {
        match self.inbox.rejected() {
            Some(requests) => {
                let requests = requests.clone();
                Arc::new(rejected::Keeping { endpoint: self.clone(), requests })
            }
            None => self.verify.clone(),
        }
    }

    fn new_rejected(
        &self,
        head: RequestHead,
        body: Bytes,
        reason: String,
        now: UnixTime,
    ) -> NewDelivery {
        self.new_unverified(head, body, NO_EVENT.to_owned(), Purpose::Rejected { reason }, now)
    }

    fn new_unverified(
        &self,
        head: RequestHead,
        body: Bytes,
        event: String,
        purpose: Purpose,
        now: UnixTime,
    ) -> NewDelivery {
        let provider = self.verify.provider();
        let record = CloudEvent::rejected(provider, &self.name, body.clone(), now);
        NewDelivery {
            provider: provider.to_owned(),
            endpoint: self.name.to_string(),
            event,
            delivery_id: None,
            received: now,
            keys: Vec::new(),
            order: None,
            purpose,
            record: record.with_headers(head.named()).to_json_without_body(),
            body,
            head: head.whole,
        }
    }

    fn new_delivery(&self, delivery: &Delivery, head: RequestHead, now: UnixTime) -> NewDelivery {
        let event = self.event_of(delivery);
        let record = CloudEvent::new(delivery, &self.name, &event, now).with_headers(head.named());
        let is_work = self.filter.as_ref().is_none_or(|filter| filter(delivery));
        NewDelivery {
            provider: delivery.provider().to_owned(),
            endpoint: self.name.to_string(),
            event,
            delivery_id: delivery.id().map(word),
            received: now,
            keys: keys(&self.name, delivery, now),
            order: self.order.as_ref().and_then(|order| order(delivery)).map(|order| {
                // Two endpoints may have orders of the same name.
                format!("{} {}", self.name, word(&order))
            }),
            purpose: if is_work { Purpose::Work } else { Purpose::Keep },
            record: record.to_json_without_body(),
            body: delivery.body().clone(),
            head: head.whole,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("provider", &self.verify.provider())
            .finish_non_exhaustive()
    }
}

/// The body of the answer. A duplicate is answered as everywhere.
#[cfg(any(feature = "axum", feature = "actix"))]
const fn body_of(accepted: Accepted) -> &'static str {
    match accepted {
        Accepted::New(_) => r#"{"received":true}"#,
        Accepted::Duplicate(_) => r#"{"duplicate":true}"#,
    }
}

/// What is kept for the retention in a claim store counts here for as long as the delivery is kept.
fn keys(endpoint: &str, delivery: &Delivery, now: UnixTime) -> Vec<NewKey> {
    let Some(keys) = Keys::of(endpoint, delivery, Duration::MAX) else { return Vec::new() };
    keys.all()
        .map(|(key, kept)| NewKey {
            key,
            until: (kept < Duration::MAX).then(|| after(now, kept)),
            kind: if keys.unsigned_id() == Some(key) {
                KeyKind::UnsignedId
            } else if keys.body() == Some(key) {
                KeyKind::Body
            } else {
                KeyKind::Signed
            },
        })
        .collect()
}

/// A text that every database takes, and no longer than a name should be.
fn word(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(MAX_NAME).collect()
}

/// The time so much later.
pub(crate) fn after(time: UnixTime, duration: Duration) -> UnixTime {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    UnixTime::from_millis(time.as_millis().saturating_add(millis))
}
