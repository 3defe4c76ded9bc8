use webhook_core::Bytes;

use crate::send::{Request, fresh_id};

/// The body with a bit in its middle changed.
pub(super) fn tampered(body: &Bytes) -> Bytes {
    let mut body = body.to_vec();
    let middle = body.len() / 2;
    match body.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => body.push(b' '),
    }
    body.into()
}

/// The request under another id, if its id is in a header.
pub(super) fn replayed(request: &Request, id: &str) -> Option<Request> {
    let mut replay = request.clone();
    let headers = replay.headers.iter_mut().filter(|(_, value)| value == id);
    let count = headers.map(|(_, value)| *value = fresh_id()).count();
    (count > 0).then_some(replay)
}
