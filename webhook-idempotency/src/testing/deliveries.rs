//! Deliveries of four kinds of providers that sign different data.

use webhook_core::{
    Bytes, Delivery, Head, Headers, Key, Part, Scheme, SchemeProvider, UnixTime, Verify as _,
};

/// A provider that signs the body, and sends an id and a hint unsigned.
#[derive(Debug)]
pub enum SignsBody {}

/// A provider that signs the time and the body, and sends an id unsigned.
#[derive(Debug)]
pub enum SignsTime {}

/// A provider that signs an id, the time and the body.
#[derive(Debug)]
pub enum SignsId {}

/// A provider that signs the time and the body. The member `id` of the body identifies the delivery.
#[derive(Debug)]
pub enum NamesInBody {}

const TIME_DOT_BODY: &[Part] = &[Part::Timestamp, Part::Literal("."), Part::Body];

impl SchemeProvider for SignsBody {
    const SCHEME: Scheme =
        Scheme::new("signs-body", "x-signature").delivery_id("x-id").hints(&["x-event"]);
}

impl SchemeProvider for SignsTime {
    const SCHEME: Scheme = Scheme::new("signs-time", "x-signature")
        .timestamp("x-time")
        .delivery_id("x-id")
        .signs(TIME_DOT_BODY);
}

impl webhook_core::SignsTime for SignsTime {}

impl SchemeProvider for SignsId {
    const SCHEME: Scheme = Scheme::new("signs-id", "x-signature")
        .timestamp("x-time")
        .delivery_id("x-id")
        .signs(&[Part::Id, Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body]);
}

impl SchemeProvider for NamesInBody {
    const SCHEME: Scheme = Scheme::new("names-in-body", "x-signature")
        .timestamp("x-time")
        .signs(TIME_DOT_BODY)
        .body_id("id");
}

/// Returns a key of these secrets: the current one, then the previous ones.
pub fn secret<P: SchemeProvider>(secrets: &[&str]) -> Key<P> {
    let mut secrets = secrets.iter();
    let current = Key::new(secrets.next().copied().unwrap_or_default()).unwrap();
    secrets.fold(current, |secret, previous| secret.or_previous(previous).unwrap())
}

/// Returns a verified delivery that was signed some seconds after a fixed time.
pub fn delivery<P: SchemeProvider>(
    secret: &Key<P>,
    id: Option<&str>,
    body: &str,
    secs: u64,
) -> Delivery {
    let headers = secret.sign(body.as_bytes(), time(secs), id).unwrap();
    verified(secret, &headers, body)
}

pub(super) fn time(secs: u64) -> UnixTime {
    UnixTime::from_secs(1_700_000_000 + secs)
}

pub(super) fn verified<P: SchemeProvider>(
    secret: &Key<P>,
    headers: &dyn Headers,
    body: &str,
) -> Delivery {
    let body = Bytes::copy_from_slice(body.as_bytes());
    secret.verify(&Head::new("POST", "/", headers), &body, time(60)).unwrap()
}
