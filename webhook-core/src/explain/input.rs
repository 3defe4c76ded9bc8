use std::fmt;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::timestamp::UnixTime;

/// A request as it was captured.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::explain::Request;
///
/// let mut request = Request::new("POST", "/hooks/svara", UnixTime::from_secs(1_700_000_000));
/// request.headers.push(("X-Svara-Signature".to_owned(), b"00ff".to_vec()));
/// request.body = "{}".into();
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target (path and query) as the service saw it.
    pub target: String,
    /// The absolute URL that the request was sent to, if the capture has it.
    pub url: Option<String>,
    /// The headers in order, with names as they were received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// When it was received.
    pub received_at: UnixTime,
}

impl Request {
    /// Creates a request without headers and with an empty body.
    pub fn new(method: &str, target: &str, received_at: UnixTime) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            url: None,
            headers: Vec::new(),
            body: Bytes::new(),
            received_at,
        }
    }
}

/// Shows the method and sizes: headers, URLs and bodies contain signatures and tokens.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("len", &self.body.len())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// A secret, token or public key exactly as a file or variable contains it, with a label.
///
/// Unlike [`SecretText`](crate::SecretText) it may be anything, because what is wrong with it is the question.
/// It is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Credential {
    pub(super) label: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl Credential {
    /// Creates a credential. The evidence calls it by `label`, such as the name of its variable or file.
    pub fn new(label: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { label: label.into(), bytes: Zeroizing::new(bytes.into()) }
    }

    /// The label.
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// Shows the label.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.label)
    }
}
