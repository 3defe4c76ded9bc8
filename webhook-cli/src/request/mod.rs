//! Requests as they arrived, byte for byte, and the files that hold them.

mod cloud_event;
mod har;
mod raw;
mod read;
mod stored;

use webhook_core::{Bytes, Head, UnixTime};

pub(crate) use read::read;
pub(crate) use stored::of_detail;

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Captured {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The absolute URL that it was sent to, if that is recorded.
    pub(crate) url: Option<String>,
    /// In their order, repeated ones included.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Bytes,
    /// When it arrived, if that is recorded.
    pub(crate) arrived: Option<UnixTime>,
    /// What about the record makes it doubtful that this is what was sent.
    pub(crate) doubts: Vec<String>,
}

impl Captured {
    pub(crate) fn head(&self) -> Head<'_> {
        Head::new(&self.method, &self.target, &self.headers)
    }

    /// The headers to send it with again: all but those that belong to a connection.
    pub(crate) fn end_to_end_headers(&self) -> Vec<(String, Vec<u8>)> {
        const OF_CONNECTION: [&str; 8] = [
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "transfer-encoding",
            "upgrade",
        ];
        let is_end_to_end = |(name, _): &&(String, Vec<u8>)| {
            !OF_CONNECTION.iter().any(|other| name.eq_ignore_ascii_case(other))
        };
        self.headers.iter().filter(is_end_to_end).cloned().collect()
    }

    /// The values of a header.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |(each, _): &&(String, Vec<u8>)| each.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_slice())
    }
}
