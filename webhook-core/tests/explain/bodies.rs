//! Mistakes with bodies.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::case::{self, BODY, Case, genuine, with_body};
use super::common::base64;
use super::subject::Subject;

/// Makes the mistake with every fourth provider, because bodies have the most variants. Providers that parse the body
/// themselves accept some changes, so not every mistake applies to all.
#[track_caller]
fn named(expected: &[&str], make: impl Fn(&Subject) -> Option<Case>) {
    case::named(expected, 15, |subject| {
        let number: usize = subject.entry.name().bytes().map(usize::from).sum();
        if number.is_multiple_of(4) { make(subject) } else { None }
    });
}

fn sent_and_received(
    sent: &'static str,
    received: &'static str,
) -> impl Fn(&Subject) -> Option<Case> {
    move |subject| {
        let case = with_body(subject, sent);
        (case.body == sent.as_bytes()).then(|| case.with_body(received))
    }
}

#[test]
fn json_that_was_printed_again_is_named() {
    for (id, sent, received) in [
        (
            "body-json-compact",
            "{\"b\": [1, 2], \"a\": {\"c\": null}}",
            r#"{"b":[1,2],"a":{"c":null}}"#,
        ),
        ("body-json-compact", "{\n  \"b\": [\n    1\n  ],\n  \"a\": {}\n}", r#"{"b":[1],"a":{}}"#),
        ("body-json-compact", "{\n    \"b\": 1\n}\n", r#"{"b":1}"#),
        (
            "body-json-spaced",
            r#"{"b":[1,2],"a":{"c":null}}"#,
            "{\"b\": [1, 2], \"a\": {\"c\": null}}",
        ),
        (
            "body-json-pretty",
            r#"{"b":[1],"a":{"c":null}}"#,
            "{\n  \"b\": [\n    1\n  ],\n  \"a\": {\n    \"c\": null\n  }\n}",
        ),
        (
            "body-json-sorted",
            r#"{"type":"x","id":"evt_1","data":{"z":1,"b":[2]}}"#,
            r#"{"data":{"b":[2],"z":1},"id":"evt_1","type":"x"}"#,
        ),
        ("body-json-sorted", r#"{"a":{"b":1,"c":2},"d":3}"#, r#"{"d":3,"a":{"c":2,"b":1}}"#),
        (
            "body-json-escaped",
            r#"{"a":"Zoë","b":"日本"}"#,
            r#"{"a":"Zo\u00eb","b":"\u65e5\u672c"}"#,
        ),
        (
            "body-json-unescaped",
            r#"{"a":"Zo\u00eb","b":"\ud83d\ude00"}"#,
            r#"{"a":"Zoë","b":"😀"}"#,
        ),
        ("body-json-unescaped", r#"{"a":"https:\/\/b.c\/d"}"#, r#"{"a":"https://b.c/d"}"#),
        ("body-json-unescaped", r#"{"a":"\u003cb\u003e"}"#, r#"{"a":"<b>"}"#),
        ("body-json-numbers", r#"{"a":1.0,"b":2}"#, r#"{"a":1,"b":2}"#),
        ("body-json-numbers", r#"{"a":12.50,"b":2}"#, r#"{"a":12.5,"b":2}"#),
        ("body-json-numbers", r#"{"a":1,"b":2}"#, r#"{"a":1.0,"b":2.0}"#),
        ("body-json-numbers", r#"{"a":1e3,"b":2}"#, r#"{"a":1000,"b":2}"#),
        ("body-json-numbers", r#"{"a":1.50,"b":2}"#, r#"{"a": 1.5, "b": 2}"#),
    ] {
        named(&[id], sent_and_received(sent, received));
    }
    // As Python does it by default.
    named(
        &["body-json-spaced"],
        sent_and_received(r#"{"a":"Zoë","b":[1,2]}"#, r#"{"a": "Zo\u00eb", "b": [1, 2]}"#),
    );
}

#[test]
fn text_that_was_changed_is_named() {
    for (id, sent, received) in [
        ("body-newline-added", BODY, format!("{BODY}\n")),
        ("body-newline-added", BODY, format!("{BODY}\r\n")),
        ("body-crlf", "{\n\"a\": 1\n}", "{\r\n\"a\": 1\r\n}".to_owned()),
        ("body-lf", "line one\r\nline two", "line one\nline two".to_owned()),
        ("body-text-encoding", BODY, format!("\u{feff}{BODY}")),
    ] {
        named(&[id], |subject| {
            let case = with_body(subject, sent);
            (case.body == sent.as_bytes()).then(|| case.with_body(received.clone()))
        });
    }
    named(&["body-newline-lost"], |subject| {
        let case = with_body(subject, format!("{BODY}\n"));
        Some(case).filter(|case| case.body.ends_with(b"}\n")).map(|case| case.with_body(BODY))
    });
    // Latin-1 as UTF-8, and the reverse; bytes that are no text.
    named(&["body-text-encoding"], |subject| {
        let case = with_body(subject, b"name=Zo\xeb");
        (case.body == b"name=Zo\xeb").then(|| case.with_body("name=Zoë"))
    });
    named(&["body-text-encoding"], |subject| {
        let case = with_body(subject, r#"{"a":"Zoë"}"#);
        let mojibake: String = case.body.iter().map(|byte| char::from(*byte)).collect();
        (case.body.starts_with(b"{\"a\"")).then(|| case.with_body(mojibake))
    });
    for sent in [&b"{\"a\":\"\xff\"}"[..], b"\x89PNG \xfe"] {
        named(&["body-text-encoding"], |subject| {
            let case = with_body(subject, sent);
            (case.body == sent).then(|| case.with_body(String::from_utf8_lossy(sent).into_owned()))
        });
    }
    // Many bytes cannot be found again, but the mark that they leave is plain.
    named(&["body-text-encoding"], |subject| {
        let sent: Vec<u8> = (100..200).collect();
        let case = with_body(subject, &sent);
        (case.body == sent).then(|| case.with_body(String::from_utf8_lossy(&sent).into_owned()))
    });
}

#[test]
fn encodings_of_the_whole_body_are_named() {
    let gzip = |body: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let zlib = |body: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    named(&["body-compressed"], |subject| {
        let case = genuine(subject);
        let body = gzip(&case.body);
        Some(case.with_body(body))
    });
    named(&["body-compressed"], |subject| {
        let case = genuine(subject);
        let body = zlib(&case.body);
        Some(case.with_body(body))
    });
    named(&["body-decompressed"], |subject| {
        let case = with_body(subject, gzip(BODY.as_bytes()));
        case.body.starts_with(b"\x1f\x8b").then(|| case.with_body(BODY))
    });
    // Of a compressor that is not known here: the header tells.
    named(&["body-decompressed"], |subject| {
        let sent = b"\x1f\x8b\x08 another compressor's \xff";
        let mut case = with_body(subject, sent);
        case.headers.push(("Content-Encoding".to_owned(), b"gzip".to_vec()));
        (case.body == sent).then(|| case.with_body(BODY))
    });
    named(&["body-base64"], |subject| {
        let case = genuine(subject);
        let body = base64(&case.body);
        Some(case.with_body(body))
    });
    named(&["body-base64"], |subject| {
        let case = genuine(subject);
        let body = format!(
            r#"{{"httpMethod":"POST","body":"{}","isBase64Encoded":true}}"#,
            base64(&case.body)
        );
        Some(case.with_body(body))
    });
    named(&["body-envelope"], |subject| {
        let case = genuine(subject);
        let text = serde_json::to_string(std::str::from_utf8(&case.body).unwrap()).unwrap();
        Some(case.with_body(format!(r#"{{"httpMethod":"POST","body":{text}}}"#)))
    });
}

#[test]
fn forms_are_named() {
    for (sent, received) in [
        ("payload=%7B%22a%22%3A%22b+c%22%7D", r#"{"a":"b c"}"#),
        (r#"{"a":"b c"}"#, "payload=%7B%22a%22%3A%22b+c%22%7D"),
        ("text=a+b&user=c%2Fd", "text=a%20b&user=c%2Fd"),
        ("text=a%20b&user=c%2fd", "text=a+b&user=c%2Fd"),
    ] {
        named(&["body-form"], sent_and_received(sent, received));
    }
    named(&["body-form"], |subject| {
        let sent = "token=abc&text=a+b&user=c%2Fd";
        let mut case = with_body(subject, sent);
        case.headers.retain(|(name, _)| name != "content-type");
        case.headers
            .push(("Content-Type".to_owned(), b"application/x-www-form-urlencoded".to_vec()));
        (case.body == sent.as_bytes())
            .then(|| case.with_body(r#"{"token":"abc","text":"a b","user":"c/d"}"#))
    });
}

#[test]
fn bodies_that_are_lost_are_named() {
    named(&["body-empty"], |subject| Some(genuine(subject).with_body("")));
    named(&["body-truncated"], |subject| {
        let mut case = genuine(subject);
        let half = case.body.len() / 2;
        case.body.truncate(half);
        Some(case)
    });
    named(&["body-truncated"], |subject| {
        let mut case = genuine(subject);
        case.headers.push(("Content-Length".to_owned(), case.body.len().to_string().into_bytes()));
        let most = case.body.len() - 1;
        case.body.truncate(most);
        Some(case)
    });
}
