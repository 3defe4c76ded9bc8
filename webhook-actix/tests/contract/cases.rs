//! The table. Texts and statuses are those of the rejections' documentation.

use super::wire::{Answer, Body, Case};
use super::{BUDGET, FREE, LARGE, LIMIT, NOW, voisnap};

const EVENT: &[u8] = br#"{"type":"SessionEnded","data":{}}"#;
const SIGNATURE: &str = "x-webhook-signature";
const TIMESTAMP: &str = "x-webhook-timestamp";
const ID: &str = "x-webhook-delivery-id";

/// A genuine delivery of an event.
pub(crate) fn genuine() -> Case {
    case("genuine", "/event", EVENT).answered("SessionEnded dlv_1")
}

pub(crate) fn all() -> Vec<Case> {
    let mut all = Vec::new();
    all.extend(accepted());
    all.extend(heads());
    all.extend(bodies());
    all.extend(payloads());
    all.extend(wrong_set_ups());
    all
}

fn accepted() -> Vec<Case> {
    let large = vec![b'a'; 3 * 1024 * 1024];
    let medium = vec![b'a'; 300 * 1024];
    vec![
        genuine(),
        case("no id", "/event", EVENT).without(ID).answered("SessionEnded -"),
        case("in one-byte chunks", "/event", EVENT).chunked(1).answered("SessionEnded dlv_1"),
        case("in two chunks", "/bytes", EVENT).chunked(30).echoed(),
        case("empty", "/bytes", b"").echoed(),
        case("empty and chunked", "/bytes", b"").chunked(1).echoed(),
        case("not text", "/bytes", b"\xff\x00\xfe").echoed(),
        case("exactly the limit", "/bytes", &vec![b'a'; LIMIT]).echoed(),
        case("exactly the limit, chunked", "/bytes", &vec![b'a'; LIMIT]).chunked(1000).echoed(),
        case("300 KiB", "/large", &medium).echoed(),
        case("300 KiB in chunks", "/large", &medium).chunked(777).echoed(),
        case("3 MiB", "/large", &large).echoed(),
        case("3 MiB in chunks", "/large", &large).chunked(64 * 1024).echoed(),
        case("the whole budget", "/budget", &[b'a'; FREE + BUDGET]).echoed(),
        case("the whole budget in chunks", "/budget", &[b'a'; FREE + BUDGET]).chunked(999).echoed(),
        upgrade("an upgrade", EVENT).echoed(),
        upgrade("an upgrade in chunks", EVENT).chunked(10).echoed(),
        upgrade("an upgrade without a body", b"").echoed(),
        case("through a middleware", "/wrapped", EVENT).echoed(),
        case("a body swapped on the way", "/swapped", EVENT).echoed(),
        case("the hash in upper case", "/bytes", EVENT)
            .edit(SIGNATURE, |value| value.to_uppercase().replace("SHA256", "sha256"))
            .echoed(),
    ]
}

fn heads() -> Vec<Case> {
    let far = (NOW.as_secs() + 301).to_string();
    let old = (NOW.as_secs() - 301).to_string();
    vec![
        case("no signature", "/bytes", EVENT).without(SIGNATURE).refused(401, "missing signature"),
        case("two signatures", "/bytes", EVENT)
            .twice(SIGNATURE)
            .refused(401, "malformed signature"),
        case("no hex", "/bytes", EVENT)
            .with(SIGNATURE, "sha256=hello")
            .refused(401, "malformed signature"),
        case("the prefix in upper case", "/bytes", EVENT)
            .edit(SIGNATURE, |value| value.replace("sha256", "SHA256"))
            .refused(401, "malformed signature"),
        case("no timestamp", "/bytes", EVENT).without(TIMESTAMP).refused(400, "invalid timestamp"),
        case("two timestamps", "/bytes", EVENT).twice(TIMESTAMP).refused(400, "invalid timestamp"),
        case("a word for a timestamp", "/bytes", EVENT)
            .with(TIMESTAMP, "now")
            .refused(400, "invalid timestamp"),
        case("the least of numbers", "/bytes", EVENT)
            .with(TIMESTAMP, "-9223372036854775808")
            .refused(400, "invalid timestamp"),
        case("an old timestamp", "/bytes", EVENT)
            .with(TIMESTAMP, &old)
            .refused(400, "timestamp outside tolerance"),
        case("a timestamp to come", "/bytes", EVENT)
            .with(TIMESTAMP, &far)
            .refused(400, "timestamp outside tolerance"),
        case("two ids", "/bytes", EVENT).twice(ID).refused(400, "invalid delivery id"),
        case("an empty id", "/bytes", EVENT).with(ID, "").refused(400, "invalid delivery id"),
        case("another signature", "/bytes", EVENT)
            .with(SIGNATURE, &format!("sha256={}", "0".repeat(64)))
            .refused(401, "invalid signature"),
        case("another timestamp than signed", "/bytes", EVENT)
            .with(TIMESTAMP, &(NOW.as_secs() + 1).to_string())
            .refused(401, "invalid signature"),
        // The first that applies, in the order of the documentation.
        case("all of it wrong", "/bytes", EVENT)
            .without(SIGNATURE)
            .with(TIMESTAMP, "now")
            .twice(ID)
            .sent(Body::Cut(LIMIT + 1, Vec::new()))
            .refused(401, "missing signature"),
        case("wrong but for the signature", "/bytes", EVENT)
            .with(TIMESTAMP, "now")
            .twice(ID)
            .sent(Body::Cut(LIMIT + 1, Vec::new()))
            .refused(400, "invalid timestamp"),
        case("wrong but for signature and time", "/bytes", EVENT)
            .twice(ID)
            .sent(Body::Cut(LIMIT + 1, Vec::new()))
            .refused(400, "invalid delivery id"),
        // Condemned by its head, whatever may follow.
        case("no signature, no body ever", "/bytes", EVENT)
            .without(SIGNATURE)
            .sent(Body::Cut(100, Vec::new()))
            .refused(401, "missing signature"),
        case("an old timestamp, no body ever", "/wrapped", EVENT)
            .with(TIMESTAMP, &old)
            .sent(Body::Cut(100, Vec::new()))
            .refused(400, "timestamp outside tolerance"),
    ]
}

fn bodies() -> Vec<Case> {
    vec![
        case("another body", "/bytes", EVENT)
            .sent(Body::Declared(EVENT.to_ascii_uppercase()))
            .refused(401, "invalid signature"),
        case("declared too large, no body ever", "/bytes", EVENT)
            .sent(Body::Cut(LIMIT + 1, Vec::new()))
            .refused(413, "body too large"),
        case("declared beyond memory", "/bytes", EVENT)
            .sent(Body::Cut(usize::MAX / 2, Vec::new()))
            .refused(413, "body too large"),
        case("too large in chunks", "/bytes", &vec![b'a'; LIMIT + 1])
            .chunked(100)
            .refused(413, "body too large"),
        case("too large in a chunk", "/wrapped", &vec![b'a'; LIMIT + 1])
            .chunked(LIMIT + 1)
            .refused(413, "body too large"),
        case("too large for a large limit", "/large", &vec![b'a'; LARGE + 1])
            .refused(413, "body too large"),
        upgrade("an upgrade, forged", EVENT)
            .sent(Body::Declared(EVENT.to_ascii_uppercase()))
            .refused(401, "invalid signature"),
        case("over the budget", "/budget", &[b'a'; FREE + BUDGET + 1])
            .refused(503, "temporarily unavailable"),
        case("a body that never comes", "/hurried", EVENT)
            .sent(Body::Cut(EVENT.len(), Vec::new()))
            .refused(408, "body timed out"),
        case("a body that stops", "/hurried", EVENT)
            .sent(Body::Cut(EVENT.len(), EVENT[..5].to_vec()))
            .refused(408, "body timed out"),
        case("a malformed body", "/bytes", EVENT)
            .sent(Body::BrokenChunk)
            .refused(400, "body could not be read"),
    ]
}

fn payloads() -> Vec<Case> {
    let encoded = |name, path| case(name, path, b"{}").with("content-encoding", "gzip");
    vec![
        encoded("encoded, as bytes", "/bytes").echoed(),
        encoded("encoded, as text", "/string").refused(415, "unsupported content encoding"),
        encoded("encoded, as JSON", "/json").refused(415, "unsupported content encoding"),
        encoded("encoded, as an event", "/event").refused(415, "unsupported content encoding"),
        encoded("encoded and forged", "/json")
            .sent(Body::Declared(b"[]".to_vec()))
            .refused(401, "invalid signature"),
        case("identity", "/json", b"{}").with("content-encoding", "identity").echoed(),
        case("JSON of another type", "/json", b"{}").with("content-type", "text/csv").echoed(),
        case("text", "/string", "grüezi".as_bytes()).echoed(),
        case("no text", "/string", b"\xff").refused(422, "payload not understood"),
        case("no JSON", "/json", b"{").refused(422, "payload not understood"),
        case("empty is no JSON", "/json", b"").refused(422, "payload not understood"),
        case("no event", "/event", b"{}").refused(422, "payload not understood"),
        case("an event to come", "/event", br#"{"type":"New"}"#).answered("New dlv_1"),
    ]
}

fn wrong_set_ups() -> Vec<Case> {
    let text = "webhook verification is not configured";
    vec![
        case("no verification", "/unconfigured", EVENT).refused(500, text),
        case("another provider's event", "/samvas-event", EVENT).refused(500, text),
        case("two verifications", "/twice", EVENT).refused(500, text),
        case("two verifications, forged", "/twice", EVENT)
            .without(SIGNATURE)
            .refused(401, "missing signature"),
    ]
}

/// A genuine delivery that would also speak WebSocket.
fn upgrade(name: &'static str, body: &[u8]) -> Case {
    case(name, "/bytes", body).with("connection", "upgrade").with("upgrade", "websocket")
}

/// One with bytes behind its body.
pub(crate) fn upgrade_with_more() -> Case {
    let more = [EVENT, b"more"].concat();
    upgrade("more than declared", EVENT).sent(Body::Cut(EVENT.len(), more))
}

/// A genuine request with this body.
fn case(name: &'static str, path: &'static str, body: &[u8]) -> Case {
    let signed = voisnap().sign(body, NOW, Some("dlv_1")).unwrap();
    Case {
        name,
        path,
        headers: signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: Body::Declared(body.to_vec()),
        expected: Answer { status: 0, body: Vec::new() },
    }
}

impl Case {
    fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    fn with(self, header: &str, value: &str) -> Self {
        let mut case = self.without(header);
        case.headers.push((header.to_owned(), value.to_owned()));
        case
    }

    fn edit(self, header: &str, edit: impl Fn(&str) -> String) -> Self {
        let value = edit(&self.value(header));
        self.with(header, &value)
    }

    fn twice(mut self, header: &str) -> Self {
        let value = self.value(header);
        self.headers.push((header.to_owned(), value));
        self
    }

    fn value(&self, header: &str) -> String {
        self.headers.iter().find(|(name, _)| name == header).unwrap().1.clone()
    }

    fn sent(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    fn chunked(mut self, size: usize) -> Self {
        if let Body::Declared(body) = self.body {
            self.body = Body::Chunked(body, size);
        }
        self
    }

    fn answered(mut self, text: &str) -> Self {
        self.expected = Answer { status: 200, body: text.into() };
        self
    }

    /// Answered with the body.
    fn echoed(mut self) -> Self {
        if let Body::Declared(body) | Body::Chunked(body, _) = &self.body {
            self.expected = Answer { status: 200, body: body.clone() };
        }
        self
    }

    fn refused(mut self, status: u16, text: &str) -> Self {
        let body = format!(r#"{{"error": "{text}"}}"#).into();
        self.expected = Answer { status, body };
        self
    }
}
