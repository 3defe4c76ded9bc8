use bytes::Bytes;

/// The headers that are kept with a request, besides the provider's hints. Signatures and tokens are not among them: whoever
/// sees the log need not be able to send the request again.
pub(super) const HEADERS: [&str; 5] =
    ["content-type", "content-encoding", "date", "user-agent", "x-request-id"];

/// What is kept of the head of a request.
#[derive(Clone, Default)]
pub struct RequestHead {
    pub(super) headers: Vec<(String, String)>,
    pub(super) whole: Option<Bytes>,
}

impl RequestHead {
    /// Of these headers, those that tell how to read the body and who sent it: `Content-Type`, `Content-Encoding`, `Date`,
    /// `User-Agent` and `X-Request-Id`.
    pub fn of<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let kept = headers
            .into_iter()
            .filter(|(name, _)| HEADERS.iter().any(|kept| kept.eq_ignore_ascii_case(name)))
            .filter_map(|(name, value)| {
                Some((name.to_owned(), str::from_utf8(value).ok()?.to_owned()))
            });
        Self { headers: kept.collect(), whole: None }
    }

    /// Everything: method, target and all headers, so that the request can be sent again. For development. Whoever sees the
    /// log sees signatures and tokens then.
    ///
    /// `body` is the length of the body in bytes. A `Content-Length` with it stands in place of `Transfer-Encoding`, since
    /// the body is stored in one piece.
    pub fn whole<'a>(
        method: &str,
        target: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])> + Clone,
        body: usize,
    ) -> Self {
        let mut whole = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in headers.clone() {
            let is_framing = ["content-length", "transfer-encoding"];
            if !is_framing.iter().any(|framing| framing.eq_ignore_ascii_case(name)) {
                whole.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
            }
        }
        whole.extend(format!("content-length: {body}\r\n\r\n").into_bytes());
        Self { whole: Some(whole.into()), ..Self::of(headers) }
    }

    /// The headers that are kept by name.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// The values may be tokens.
impl std::fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestHead").field("headers", &self.headers).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_head_is_a_request_in_one_piece() {
        let headers: [(&str, &[u8]); 4] = [
            ("X-Signature", b"\xff"),
            ("Content-Type", b"text/plain"),
            ("Transfer-Encoding", b"chunked"),
            ("x-signature", b"2"),
        ];
        let head = RequestHead::whole("POST", "/a?b", headers, 7);
        let expected =
            b"POST /a?b HTTP/1.1\r\nX-Signature: \xff\r\nContent-Type: text/plain\r\nx-signature: 2\r\ncontent-length: 7\r\n\r\n";
        assert_eq!(head.whole.as_deref(), Some(&expected[..]));
        assert_eq!(head.named().collect::<Vec<_>>(), [("Content-Type", "text/plain")]);
        assert!(!format!("{head:?}").contains("Signature"));
    }
}
