//! The table. Texts and statuses are those of the rejections' documentation.

use super::{BUDGET, FREE, LARGE, LIMIT, voisnap};
use crate::NOW;
use crate::case::{Answer, Body, Case};
use crate::wire::shown;

const EVENT: &[u8] = br#"{"type":"SessionEnded","data":{}}"#;
const SIGNATURE: &str = "x-webhook-signature";
const TIMESTAMP: &str = "x-webhook-timestamp";
const ID: &str = "x-webhook-delivery-id";

/// A name, a request, and its answer.
pub(super) type Row = (&'static str, (Case, Answer));

/// A genuine delivery of an event.
pub(super) fn genuine() -> Case {
    case("/event", EVENT)
}

pub(super) fn all() -> Vec<Row> {
    let mut all = Vec::new();
    all.extend(accepted());
    all.extend(heads());
    all.extend(precedence());
    all.extend(bodies());
    all.extend(payloads());
    all.extend(wrong_set_ups());
    all
}

fn accepted() -> Vec<Row> {
    let large = vec![b'a'; 3 * 1024 * 1024];
    let medium = vec![b'a'; 300 * 1024];
    vec![
        ("genuine", genuine().answered("SessionEnded dlv_1")),
        ("no id", case("/event", EVENT).without(ID).answered("SessionEnded -")),
        ("in one-byte chunks", case("/event", EVENT).chunked(1).answered("SessionEnded dlv_1")),
        ("in two chunks", case("/bytes", EVENT).chunked(30).echoed()),
        ("empty", case("/bytes", b"").echoed()),
        ("empty and chunked", case("/bytes", b"").chunked(1).echoed()),
        ("not text", case("/bytes", b"\xff\x00\xfe").echoed()),
        ("exactly the limit", case("/bytes", &vec![b'a'; LIMIT]).echoed()),
        ("exactly the limit, chunked", case("/bytes", &vec![b'a'; LIMIT]).chunked(1000).echoed()),
        ("300 KiB", case("/large", &medium).echoed()),
        ("300 KiB in chunks", case("/large", &medium).chunked(777).echoed()),
        ("3 MiB", case("/large", &large).echoed()),
        ("3 MiB in chunks", case("/large", &large).chunked(64 * 1024).echoed()),
        ("the whole budget", case("/budget", &[b'a'; FREE + BUDGET]).echoed()),
        (
            "the whole budget in chunks",
            case("/budget", &[b'a'; FREE + BUDGET]).chunked(999).echoed(),
        ),
        ("an upgrade", upgrade(EVENT).echoed()),
        ("an upgrade in chunks", upgrade(EVENT).chunked(10).echoed()),
        ("an upgrade without a body", upgrade(b"").echoed()),
        ("a body swapped on the way", case("/swapped", EVENT).echoed()),
        (
            "the hash in upper case",
            case("/bytes", EVENT)
                .edit(SIGNATURE, |value| value.to_uppercase().replace("SHA256", "sha256"))
                .echoed(),
        ),
    ]
}

fn heads() -> Vec<Row> {
    let far = (NOW.as_secs() + 301).to_string();
    let old = (NOW.as_secs() - 301).to_string();
    vec![
        (
            "no signature",
            case("/bytes", EVENT).without(SIGNATURE).refused(401, "missing signature"),
        ),
        (
            "two signatures",
            case("/bytes", EVENT).twice(SIGNATURE).refused(401, "malformed signature"),
        ),
        (
            "no hex",
            case("/bytes", EVENT)
                .with(SIGNATURE, "sha256=hello")
                .refused(401, "malformed signature"),
        ),
        (
            "the prefix in upper case",
            case("/bytes", EVENT)
                .edit(SIGNATURE, |value| value.replace("sha256", "SHA256"))
                .refused(401, "malformed signature"),
        ),
        (
            "no timestamp",
            case("/bytes", EVENT).without(TIMESTAMP).refused(400, "invalid timestamp"),
        ),
        (
            "two timestamps",
            case("/bytes", EVENT).twice(TIMESTAMP).refused(400, "invalid timestamp"),
        ),
        (
            "a word for a timestamp",
            case("/bytes", EVENT).with(TIMESTAMP, "now").refused(400, "invalid timestamp"),
        ),
        (
            "the least of numbers",
            case("/bytes", EVENT)
                .with(TIMESTAMP, "-9223372036854775808")
                .refused(400, "invalid timestamp"),
        ),
        (
            "an old timestamp",
            case("/bytes", EVENT).with(TIMESTAMP, &old).refused(400, "timestamp outside tolerance"),
        ),
        (
            "a timestamp to come",
            case("/bytes", EVENT).with(TIMESTAMP, &far).refused(400, "timestamp outside tolerance"),
        ),
        ("two ids", case("/bytes", EVENT).twice(ID).refused(400, "invalid delivery id")),
        ("an empty id", case("/bytes", EVENT).with(ID, "").refused(400, "invalid delivery id")),
        (
            "another signature",
            case("/bytes", EVENT)
                .with(SIGNATURE, &format!("sha256={}", "0".repeat(64)))
                .refused(401, "invalid signature"),
        ),
        (
            "another timestamp than signed",
            case("/bytes", EVENT)
                .with(TIMESTAMP, &(NOW.as_secs() + 1).to_string())
                .refused(401, "invalid signature"),
        ),
    ]
}

/// Of several things that are wrong, the first in the order of the documentation is answered, before the body
/// is read.
fn precedence() -> Vec<Row> {
    let old = (NOW.as_secs() - 301).to_string();
    vec![
        (
            "all of it wrong",
            case("/bytes", EVENT)
                .without(SIGNATURE)
                .with(TIMESTAMP, "now")
                .twice(ID)
                .sent(Body::Cut(LIMIT + 1, Vec::new()))
                .refused(401, "missing signature"),
        ),
        (
            "wrong but for the signature",
            case("/bytes", EVENT)
                .with(TIMESTAMP, "now")
                .twice(ID)
                .sent(Body::Cut(LIMIT + 1, Vec::new()))
                .refused(400, "invalid timestamp"),
        ),
        (
            "wrong but for signature and time",
            case("/bytes", EVENT)
                .twice(ID)
                .sent(Body::Cut(LIMIT + 1, Vec::new()))
                .refused(400, "invalid delivery id"),
        ),
        (
            "no signature, no body ever",
            case("/bytes", EVENT)
                .without(SIGNATURE)
                .sent(Body::Cut(100, Vec::new()))
                .refused(401, "missing signature"),
        ),
        (
            "an old timestamp, no body ever",
            case("/bytes", EVENT)
                .with(TIMESTAMP, &old)
                .sent(Body::Cut(100, Vec::new()))
                .refused(400, "timestamp outside tolerance"),
        ),
    ]
}

fn bodies() -> Vec<Row> {
    vec![
        (
            "another body",
            case("/bytes", EVENT)
                .sent(Body::Declared(EVENT.to_ascii_uppercase()))
                .refused(401, "invalid signature"),
        ),
        (
            "declared too large, no body ever",
            case("/bytes", EVENT)
                .sent(Body::Cut(LIMIT + 1, Vec::new()))
                .refused(413, "body too large"),
        ),
        (
            "declared beyond memory",
            case("/bytes", EVENT)
                .sent(Body::Cut(usize::MAX / 2, Vec::new()))
                .refused(413, "body too large"),
        ),
        (
            "too large in chunks",
            case("/bytes", &vec![b'a'; LIMIT + 1]).chunked(100).refused(413, "body too large"),
        ),
        (
            "too large in a chunk",
            case("/bytes", &vec![b'a'; LIMIT + 1])
                .chunked(LIMIT + 1)
                .refused(413, "body too large"),
        ),
        (
            "too large for a large limit",
            case("/large", &vec![b'a'; LARGE + 1]).refused(413, "body too large"),
        ),
        (
            "an upgrade, forged",
            upgrade(EVENT)
                .sent(Body::Declared(EVENT.to_ascii_uppercase()))
                .refused(401, "invalid signature"),
        ),
        (
            "over the budget",
            case("/budget", &[b'a'; FREE + BUDGET + 1]).refused(503, "temporarily unavailable"),
        ),
        (
            "a body that never comes",
            case("/hurried", EVENT)
                .sent(Body::Cut(EVENT.len(), Vec::new()))
                .refused(408, "body timed out"),
        ),
        (
            "a body that stops",
            case("/hurried", EVENT)
                .sent(Body::Cut(EVENT.len(), EVENT[..5].to_vec()))
                .refused(408, "body timed out"),
        ),
        (
            "a malformed body",
            case("/bytes", EVENT).sent(Body::BrokenChunk).refused(400, "body could not be read"),
        ),
    ]
}

fn payloads() -> Vec<Row> {
    let encoded = |path| case(path, b"{}").with("content-encoding", "gzip");
    vec![
        ("encoded, as bytes", encoded("/bytes").echoed()),
        ("encoded, as text", encoded("/string").refused(415, "unsupported content encoding")),
        ("encoded, as JSON", encoded("/json").refused(415, "unsupported content encoding")),
        ("encoded, as an event", encoded("/event").refused(415, "unsupported content encoding")),
        (
            "encoded and forged",
            encoded("/json").sent(Body::Declared(b"[]".to_vec())).refused(401, "invalid signature"),
        ),
        ("identity", case("/json", b"{}").with("content-encoding", "identity").echoed()),
        ("JSON of another type", case("/json", b"{}").with("content-type", "text/csv").echoed()),
        ("text", case("/string", "grüezi".as_bytes()).echoed()),
        ("no text", case("/string", b"\xff").refused(422, "payload not understood")),
        ("no JSON", case("/json", b"{").refused(422, "payload not understood")),
        ("empty is no JSON", case("/json", b"").refused(422, "payload not understood")),
        ("no event", case("/event", b"{}").refused(422, "payload not understood")),
        ("an event to come", case("/event", br#"{"type":"New"}"#).answered("New dlv_1")),
    ]
}

fn wrong_set_ups() -> Vec<Row> {
    let text = "webhook verification is not configured";
    vec![
        ("no verification", case("/unconfigured", EVENT).refused(500, text)),
        ("another provider's event", case("/samvas-event", EVENT).refused(500, text)),
        ("two verifications", case("/twice", EVENT).refused(500, text)),
        (
            "two verifications, forged",
            case("/twice", EVENT).without(SIGNATURE).refused(401, "missing signature"),
        ),
    ]
}

/// A genuine delivery that would also speak WebSocket.
fn upgrade(body: &[u8]) -> Case {
    case("/bytes", body).with("connection", "upgrade").with("upgrade", "websocket")
}

/// One with bytes behind its body.
pub(super) fn upgrade_with_more() -> (Case, Answer) {
    let (case, answer) = upgrade(EVENT).echoed();
    (case.sent(Body::Cut(EVENT.len(), [EVENT, b"more"].concat())), answer)
}

/// A client that sends its body only when it is asked for it.
pub(super) fn waits_to_continue() -> Case {
    case("/bytes", EVENT).with("expect", "100-continue").sent(Body::Cut(EVENT.len(), Vec::new()))
}

/// One whose head is refused.
pub(super) fn waits_for_nothing() -> (Case, Answer) {
    waits_to_continue().without(SIGNATURE).refused(401, "missing signature")
}

/// A genuine request with this body.
fn case(path: &str, body: &[u8]) -> Case {
    Case::signed(&voisnap(), path, body, NOW, Some("dlv_1"))
}

impl Case {
    fn answered(self, text: &str) -> (Self, Answer) {
        (self, Answer::new(200, text))
    }

    /// Answered with the body.
    fn echoed(self) -> (Self, Answer) {
        let answer = match &self.body {
            Body::Declared(body) | Body::Chunked(body, _) => shown(body),
            Body::Cut(..) | Body::BrokenChunk => panic!("nothing to echo"),
        };
        (self, Answer::new(200, answer))
    }

    fn refused(self, status: u16, text: &str) -> (Self, Answer) {
        (self, Answer::refusal(status, text))
    }
}
