//! A change of a signed part is refused. A change of an unsigned part is accepted and changes nothing else.

use webhook_core::VerifyErrorKind::{
    InvalidSignature, InvalidTimestamp, MalformedSignature, TimestampOutsideTolerance,
};
use webhook_core::providers::Credentials;
use webhook_core::{PublicUrl, SecretErrorKind, SecretText, VerifyErrorKind};

use super::credentials::URL;
use super::subject::{Request, Role, each};

#[test]
fn any_other_body_is_refused_if_the_body_is_signed() {
    each(|subject| {
        let covers_body = subject.verify(&subject.genuine).unwrap().covers_body();
        let expected = if covers_body { Err(InvalidSignature) } else { Ok(()) };
        let body = &subject.genuine.body;
        let outcome =
            |body: Vec<u8>| subject.verify(&Request { body, ..subject.genuine.clone() }).map(drop);
        for index in (0..body.len()).step_by(subject.step()) {
            let mut other = body.clone();
            other[index] ^= 1;
            assert_eq!(outcome(other), expected, "byte {index}");
        }
        for other in [
            b"".to_vec(),
            body[1..].to_vec(),
            body[..body.len() - 1].to_vec(),
            [body, &b"\n"[..]].concat(),
            [&b"\xef\xbb\xbf"[..], body].concat(),
            [&body[..], &body[..]].concat(),
        ] {
            assert_eq!(outcome(other), expected);
        }
    });
}

/// A digit replaces each character, because hexadecimal is read in either case.
#[test]
fn any_other_signature_is_refused() {
    each(|subject| {
        for name in subject.named(Role::Signature) {
            let value = subject.genuine.value(name);
            for index in (0..value.len()).step_by(subject.step()) {
                let mut other = value.to_vec();
                other[index] = if other[index] == b'0' { b'1' } else { b'0' };
                let kind = subject.verify(&subject.genuine.with(name, other)).unwrap_err();
                assert!(is_of_signature(kind), "{name}, byte {index}: {kind:?}");
            }
            for len in 0..value.len() {
                let kind = subject.verify(&subject.genuine.with(name, &value[..len])).unwrap_err();
                assert!(is_of_signature(kind), "{name}, {len} bytes: {kind:?}");
            }
        }
    });
}

/// Errors of the time are included, because some signature headers contain the time.
fn is_of_signature(kind: VerifyErrorKind) -> bool {
    [InvalidSignature, MalformedSignature, InvalidTimestamp, TimestampOutsideTolerance]
        .contains(&kind)
}

#[test]
fn the_signature_of_another_request_is_refused() {
    each(|subject| {
        if !subject.verify(&subject.genuine).unwrap().covers_body() {
            return;
        }
        let other = subject.sign(&Request::with_body(b"another body"));
        let swapped = Request { headers: other.headers, ..subject.genuine.clone() };
        assert_eq!(subject.verify(&swapped).unwrap_err(), InvalidSignature);
    });
}

#[test]
fn another_id_is_refused_if_the_id_is_signed() {
    each(|subject| {
        for name in subject.named(Role::Id) {
            let outcome = subject.verify(&subject.genuine.with(name, "evt_2"));
            if subject.entry.signs_id() {
                assert_eq!(outcome.unwrap_err(), InvalidSignature);
            } else {
                let (genuine, other) =
                    (subject.verify(&subject.genuine).unwrap(), outcome.unwrap());
                assert_eq!((other.id(), other.id_is_signed()), (Some("evt_2"), false));
                assert!(other.fingerprints().eq(genuine.fingerprints()), "the same message");
            }
        }
        let sends_id = subject.named(Role::Id).next().is_some();
        assert!(sends_id || !subject.entry.signs_id(), "a signed id has a header");
    });
}

#[test]
fn another_url_is_refused_if_the_url_is_signed() {
    each(|subject| {
        let is_signed = subject.entry.signs_url() || subject.signs("path");
        let expected = if is_signed { Err(InvalidSignature) } else { Ok(()) };
        // An entry that signs the URL without its query says so.
        let ignores_query = subject.signs("query");
        for target in ["/hooks?a=2", "/hooks?a=1&b=2", "/hooks"] {
            let outcome = subject.verify(&Request { target, ..subject.genuine.clone() });
            let expected = if ignores_query { Ok(()) } else { expected };
            assert_eq!(outcome.map(drop), expected, "{target}");
        }
        for url in ["https://example.com/hook", "http://example.com/hooks", "https://example.org"] {
            let other = subject.keys[0].clone().for_url(PublicUrl::new(url).unwrap());
            let outcome = subject.verify_with(&other, &subject.genuine).map(drop);
            // A scheme that signs only the path accepts another origin.
            assert!(outcome == expected || subject.signs("path"), "{url}: {outcome:?}");
        }
    });
}

#[test]
fn a_verifier_requires_the_url_if_it_is_signed() {
    each(|subject| {
        let text = SecretText::new(subject.keys[0].current().as_str()).unwrap();
        let outcome = subject.entry.verifier(&Credentials::new(text)).map(drop);
        let expected = subject.entry.signs_url().then_some(SecretErrorKind::UrlRequired);
        assert_eq!(outcome.err().map(|error| error.kind()), expected);
    });
}

/// Routers that strip prefixes change the path of the request.
#[test]
fn a_public_url_with_a_path_replaces_the_path_of_the_request() {
    each(|subject| {
        let cut = Request { target: "/?a=1", ..subject.genuine.clone() };
        assert!(subject.verify(&cut).is_ok(), "{URL}");
    });
}

#[test]
fn another_method_is_refused_if_the_method_is_signed() {
    each(|subject| {
        let expected = if subject.signs("method") { Err(InvalidSignature) } else { Ok(()) };
        for method in ["PUT", "post"] {
            let other = Request { method, ..subject.genuine.clone() };
            assert_eq!(subject.verify(&other).map(drop), expected, "{method}");
        }
        let put = Request { method: "PUT", ..Request::new() };
        assert!(subject.verify(&subject.sign(&put)).is_ok(), "another method can be signed");
    });
}
