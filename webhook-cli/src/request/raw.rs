//! Raw HTTP/1 requests, as a socket or a proxy's log shows them.

use httparse::{EMPTY_HEADER, Request, Status};
use webhook_core::Bytes;

use super::Captured;
use super::read::Unreadable;

/// HTTP/2 limits how long they are, not how many.
const MAX_HEADERS: usize = 8 * 1024;

/// Reads a head, with CRLF or LF, and the body behind it.
pub(super) fn read(bytes: &[u8]) -> Result<Captured, Unreadable> {
    let mut headers = vec![EMPTY_HEADER; MAX_HEADERS];
    let mut request = Request::new(&mut headers);
    let unreadable = |what: &str| Unreadable::new(format_args!("no HTTP/1.1 request: {what}"));
    let head = match request.parse(bytes) {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) => return Err(unreadable("no empty line ends the headers")),
        Err(error) => return Err(unreadable(&error.to_string())),
    };
    let owned = |header: &httparse::Header<'_>| (header.name.to_owned(), header.value.to_vec());
    let mut captured = Captured {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        url: None,
        headers: request.headers.iter().map(owned).collect(),
        body: Bytes::new(),
        arrived: None,
        doubts: Vec::new(),
    };
    let rest = bytes.get(head..).unwrap_or_default();
    captured.arrived = date(&captured);
    captured.body = if is_chunked(&captured) {
        unchunked(rest)?.into()
    } else {
        let (body, doubt) = measured(&captured, rest);
        captured.doubts.extend(doubt);
        Bytes::copy_from_slice(body)
    };
    Ok(captured)
}

/// When it was sent. Few senders say so.
fn date(captured: &Captured) -> Option<webhook_core::UnixTime> {
    let text = captured.values("date").next()?;
    let time = jiff::fmt::rfc2822::parse(std::str::from_utf8(text).ok()?).ok()?;
    let millis = u64::try_from(time.timestamp().as_millisecond()).ok()?;
    Some(webhook_core::UnixTime::from_millis(millis))
}

fn is_chunked(captured: &Captured) -> bool {
    let mut codings = captured.values("transfer-encoding");
    codings.any(|coding| coding.to_ascii_lowercase().ends_with(b"chunked"))
}

/// A server reads as much as the length says.
fn measured<'a>(captured: &Captured, rest: &'a [u8]) -> (&'a [u8], Option<String>) {
    let text = captured.values("content-length").next();
    let len = text.and_then(|text| std::str::from_utf8(text).ok()?.trim().parse::<usize>().ok());
    let there = rest.len();
    match len {
        Some(len) if len < there => {
            let doubt = format!(
                "{there} bytes follow the headers, but Content-Length is {len}: the rest is not read"
            );
            (rest.get(..len).unwrap_or_default(), Some(doubt))
        }
        Some(len) if len > there => {
            let doubt = format!(
                "{there} bytes follow the headers, but Content-Length is {len}: the body is incomplete"
            );
            (rest, Some(doubt))
        }
        _ => (rest, None),
    }
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut body = Vec::new();
    loop {
        let Ok(Status::Complete((start, len))) = httparse::parse_chunk_size(rest) else {
            return Err(Unreadable::new("Transfer-Encoding is chunked, but the body is not"));
        };
        if len == 0 {
            return Ok(body);
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let end = start.saturating_add(len);
        let chunk = rest.get(start..end);
        body.extend_from_slice(
            chunk.ok_or_else(|| Unreadable::new("the last chunk is incomplete"))?,
        );
        let after = rest.get(end..).unwrap_or_default();
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")).unwrap_or(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_byte_for_byte() {
        for end in ["\r\n", "\n"] {
            let text = ["POST /a?b HTTP/1.1", "Host: x", "X-A: 1", "x-a: 2", "", ""].join(end);
            let bytes = [text.as_bytes(), b"\xff\r\n\0"].concat();
            let captured = read(&bytes).unwrap();
            assert_eq!((&*captured.method, &*captured.target), ("POST", "/a?b"));
            assert_eq!(&captured.body[..], b"\xff\r\n\0");
            assert_eq!(captured.values("X-a").collect::<Vec<_>>(), [b"1", b"2"]);
            assert!(captured.doubts.is_empty() && captured.arrived.is_none());
        }
    }

    #[test]
    fn a_length_that_does_not_fit_is_a_doubt() {
        let read = |len| {
            read(format!("POST / HTTP/1.1\r\nContent-Length: {len}\r\n\r\n{{}}\n").as_bytes())
        };
        let body = |len| {
            let captured = read(len).unwrap();
            (captured.body.to_vec(), captured.doubts.len())
        };
        assert_eq!(body(3), (b"{}\n".to_vec(), 0));
        assert_eq!(body(2), (b"{}".to_vec(), 1));
        assert_eq!(body(4), (b"{}\n".to_vec(), 1));
    }

    #[test]
    fn chunks_are_joined() {
        let read = |body: &str| {
            let head = "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
            read(format!("{head}{body}").as_bytes()).map(|captured| captured.body)
        };
        assert_eq!(read("2\r\n{\"\r\n3;x=y\r\na\"}\r\n0\r\n\r\n").unwrap(), "{\"a\"}");
        assert!(read("5\r\n{}").is_err());
        assert!(read("{}").is_err());
        assert!(read("ffffffffffffffff\r\n{}").is_err());
    }

    #[test]
    fn the_date_is_when_it_was_sent() {
        let text = b"POST / HTTP/1.1\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n";
        let arrived = read(text).unwrap().arrived.unwrap();
        assert_eq!(arrived.as_secs(), 1_700_000_000);
    }

    #[test]
    fn text_that_is_no_request_says_why() {
        let error = |text: &str| read(text.as_bytes()).err().unwrap().0;
        assert_eq!(
            error("POST / HTTP/1.1\r\nHost: x\r\n"),
            "no HTTP/1.1 request: no empty line ends the headers"
        );
        assert!(error("POST / HTTP/2\r\n\r\n").starts_with("no HTTP/1.1 request: "));
        assert!(error("").starts_with("no HTTP/1.1 request: "));
    }
}
