//! Mistakes with the public URL.

use super::case::{Case, genuine, named};
use super::subject::Subject;

fn with(url: &'static str) -> impl Fn(&Subject) -> Option<Case> {
    move |subject| {
        let mut case = genuine(subject);
        case.url = Some(url.to_owned());
        subject.entry.signs_url().then_some(case)
    }
}

#[test]
fn each_part_of_the_url_is_named() {
    named(&["url-scheme"], 4, with("http://example.com/hooks"));
    named(&["url-port"], 4, with("https://example.com:8443/hooks"));
    named(&["url-trailing-slash"], 4, with("https://example.com/hooks/"));
    named(&["url-query"], 4, with("https://example.com/hooks?a=1&b=2"));
    named(&["url-prefix"], 4, with("https://example.com/api/hooks"));
    named(&["url-prefix"], 4, with("https://example.com/"));
    named(&["url-host"], 4, with("https://www.example.com/hooks"));
    named(&["url-host"], 4, |subject| {
        let mut case = with("https://internal.local/hooks")(subject)?;
        case.headers.push(("Host".to_owned(), b"internal.local".to_vec()));
        case.headers.push(("X-Forwarded-Host".to_owned(), b"example.com".to_vec()));
        Some(case)
    });
    // Twilio counts a URL with and without its port.
    named(&["url-other", "url-scheme"], 4, with("http://example.com:3000/hooks"));
    named(&["url-missing"], 4, |subject| {
        let mut case = genuine(subject);
        case.headers.push(("Host".to_owned(), b"example.com".to_vec()));
        case.url = None;
        subject.entry.signs_url().then_some(case)
    });
}

/// What is signed has another form of the query than what arrives.
#[test]
fn a_query_in_another_encoding_is_named() {
    for (sent, received) in [
        ("/hooks?q=a%20b", "/hooks?q=a+b"),
        ("/hooks?q=a:b", "/hooks?q=a%3Ab"),
        ("/hooks?q=%c3%a9", "/hooks?q=%C3%A9"),
        ("/hooks?a=2&b=1", "/hooks?b=1&a=2"),
    ] {
        named(&["url-query"], 4, |subject| {
            let request = super::subject::Request {
                target: sent,
                ..super::subject::Request::with_body(super::case::BODY.as_bytes())
            };
            let mut case = Case::of(subject, &subject.sign(&request));
            case.target = received.to_owned();
            subject.entry.signs_url().then_some(case)
        });
    }
}

#[test]
fn a_prefix_that_a_nested_router_cut_is_named() {
    for kept in [None, Some("X-Original-Uri"), Some("x-forwarded-prefix")] {
        named(&["url-prefix"], 4, |subject| {
            let mut case = genuine(subject);
            case.url = Some("https://example.com".to_owned());
            case.target = "/?a=1".to_owned();
            match kept {
                None => case.full = Some("https://example.com/hooks?a=1".to_owned()),
                Some("x-forwarded-prefix") => {
                    case.url = Some("https://example.com".to_owned());
                    case.target = "?a=1".to_owned();
                    case.headers.push(("X-Forwarded-Prefix".to_owned(), b"/hooks/".to_vec()));
                }
                Some(name) => case.headers.push((name.to_owned(), b"/hooks?a=1".to_vec())),
            }
            subject.entry.signs_url().then_some(case)
        });
    }
}
