//! Entries of HTTP archives, which browsers and proxies export.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::Captured;
use super::read::Unreadable;
use crate::args;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    body_size: Option<i64>,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
    /// Not in the specification, but used where a body is not text.
    encoding: Option<String>,
}

/// The entry that is meant.
pub(super) fn choose(log: &Value, entry: Option<usize>) -> Result<&Value, Unreadable> {
    let entries = log.get("entries").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| Unreadable::new("a HAR file without entries"))?;
    let index = match (entry, entries.len()) {
        (None, 1) => 1,
        (Some(index), _) => index,
        (None, count) => {
            let what = format_args!("the HAR file has {count} entries: choose one with --entry");
            return Err(Unreadable::new(what));
        }
    };
    let found = index.checked_sub(1).and_then(|index| entries.get(index));
    found.ok_or_else(|| {
        let count = entries.len();
        Unreadable::new(format_args!("the HAR file has no entry {index}, but {count}"))
    })
}

pub(super) fn read(entry: &Value) -> Result<Captured, Unreadable> {
    let Entry { started_date_time, request } = Entry::deserialize(entry)
        .map_err(|error| Unreadable::new(format_args!("no HAR entry: {error}")))?;
    let (text, encoding) = match request.post_data {
        Some(data) => (data.text.unwrap_or_default(), data.encoding),
        None => Default::default(),
    };
    let body = match encoding.as_deref() {
        Some("base64") => STANDARD
            .decode(text)
            .map_err(|_| Unreadable::new("the HAR entry's body is not valid base64"))?,
        _ => text.into_bytes(),
    };
    // -1 is unknown.
    let size = request.body_size.and_then(|size| usize::try_from(size).ok());
    let there = body.len();
    let doubt = size.filter(|size| *size != there).map(|size| {
        format!(
            "{size} bytes were sent, but the HAR entry holds {there}: its body is not what was sent"
        )
    });
    // HTTP/2 writes the request line as headers.
    let headers = request.headers.into_iter().filter(|header| !header.name.starts_with(':'));
    Ok(Captured {
        method: request.method,
        target: args::target(&request.url).to_owned(),
        url: Some(request.url),
        headers: headers.map(|header| (header.name, header.value.into_bytes())).collect(),
        body: body.into(),
        arrived: started_date_time.and_then(|text| args::time(&text).ok()),
        doubts: doubt.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(post_data: &Value, size: i64) -> Value {
        json!({
            "startedDateTime": "2023-11-14T22:13:20.000Z",
            "request": {
                "method": "POST", "url": "https://a.b/c?d", "httpVersion": "h2", "bodySize": size,
                "headers": [{"name": ":path", "value": "/c?d"}, {"name": "x-a", "value": "1"}],
                "postData": post_data,
            },
        })
    }

    #[test]
    fn an_entry_is_a_request() {
        let captured = read(&entry(&json!({"mimeType": "a", "text": "{}"}), 2)).unwrap();
        assert_eq!((&*captured.method, &*captured.target), ("POST", "/c?d"));
        assert_eq!(captured.headers, [("x-a".to_owned(), b"1".to_vec())]);
        assert_eq!(captured.body, "{}");
        assert_eq!(captured.arrived.unwrap().as_secs(), 1_700_000_000);
        assert!(captured.doubts.is_empty());
    }

    #[test]
    fn a_body_can_be_base64_or_missing() {
        let captured = read(&entry(&json!({"encoding": "base64", "text": "/w=="}), -1)).unwrap();
        assert_eq!(&captured.body[..], b"\xff");
        assert_eq!(read(&entry(&Value::Null, 0)).unwrap().body, "");
        assert!(read(&entry(&json!({"encoding": "base64", "text": "!"}), 1)).is_err());
    }

    #[test]
    fn a_body_of_another_size_is_doubted() {
        assert_eq!(read(&entry(&json!({"text": "{}"}), 3)).unwrap().doubts.len(), 1);
    }

    #[test]
    fn one_of_several_entries_is_chosen() {
        let log = |count| json!({"entries": (0..count).collect::<Vec<_>>()});
        assert_eq!(choose(&log(1), None), Ok(&json!(0)));
        assert_eq!(choose(&log(3), Some(2)), Ok(&json!(1)));
        for (count, entry) in [(3, None), (0, None), (3, Some(0)), (3, Some(4))] {
            assert!(choose(&log(count), entry).is_err());
        }
        assert!(choose(&json!({}), None).is_err());
    }
}
