//! Missing, repeated, empty, oversized and non-ASCII headers are refused with the documented error kinds.

use webhook_core::VerifyErrorKind::{
    self, InvalidDeliveryId, InvalidSignature, InvalidTimestamp, MalformedSignature,
    MissingSignature,
};

use super::subject::{Request, Role, Subject, each};

/// Entries that sign forms send it.
const CONTENT_TYPE: &str = "content-type";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Defect {
    Missing,
    Repeated,
    Empty,
    Oversized,
    NotAscii,
}

use Defect::{Empty, Missing, NotAscii, Oversized, Repeated};

impl Defect {
    fn apply(self, request: &Request, name: &'static str) -> Request {
        let value = request.value(name);
        match self {
            Missing => {
                let mut request = request.clone();
                request.headers.retain(|(each, _)| *each != name);
                request
            }
            Repeated => {
                let mut request = request.clone();
                request.headers.push((name, value.to_vec()));
                request
            }
            Empty => request.with(name, ""),
            Oversized => request.with(name, vec![b'a'; 100_000]),
            NotAscii => request.with(name, [value, "\u{e9}".as_bytes()].concat()),
        }
    }
}

/// The acceptable error kinds for a defect.
fn expected(
    subject: &Subject,
    (name, role): (&str, Role),
    defect: Defect,
) -> &'static [VerifyErrorKind] {
    let is_only = subject.named(Role::Signature).count() == 1;
    match (role, defect) {
        _ if name == CONTENT_TYPE => &[MissingSignature, MalformedSignature, InvalidSignature],
        (Role::Time, _) => &[InvalidTimestamp],
        (Role::Id, _) => &[InvalidDeliveryId],
        (Role::Signature, Missing) if is_only => &[MissingSignature],
        (Role::Signature | Role::Signed | Role::Constant, Missing) => {
            &[MissingSignature, MalformedSignature]
        }
        (_, Repeated) => &[MalformedSignature],
        _ => &[MalformedSignature, InvalidSignature],
    }
}

#[test]
fn defective_headers_are_refused() {
    each(|subject| {
        for (name, role) in &subject.roles {
            for defect in [Missing, Repeated, Empty, Oversized, NotAscii] {
                let kind = match subject.verify(&defect.apply(&subject.genuine, name)) {
                    // The type of the body is not signed, but the body may mean nothing without it.
                    Ok(delivery) if *name == CONTENT_TYPE => {
                        let genuine = subject.verify(&subject.genuine).unwrap();
                        assert!(delivery.fingerprints().eq(genuine.fingerprints()), "{defect:?}");
                        continue;
                    }
                    // An unsigned id is optional, and a hand-written scheme may drop an invalid one.
                    Ok(delivery) => {
                        assert!(
                            *role == Role::Id && !subject.entry.signs_id(),
                            "{name} {defect:?}"
                        );
                        assert!(defect != Repeated, "{name} {defect:?}");
                        assert_eq!((delivery.id(), delivery.id_is_signed()), (None, false));
                        continue;
                    }
                    Err(kind) => kind,
                };
                let expected = expected(subject, (name, *role), defect);
                assert!(expected.contains(&kind), "{name} {role:?} {defect:?}: {kind:?}");
            }
        }
    });
}

#[test]
fn unreadable_ids_are_refused_or_dropped() {
    each(|subject| {
        for name in subject.named(Role::Id) {
            for id in [" ", "a b", "a\tb", "\u{7f}", &"a".repeat(256)] {
                match subject.verify(&subject.genuine.with(name, id)) {
                    Err(kind) => assert_eq!(kind, InvalidDeliveryId, "{id:?}"),
                    Ok(delivery) => {
                        assert!(!subject.entry.signs_id(), "{id:?}");
                        assert_eq!(delivery.id(), None, "{id:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_request_without_headers_has_no_signature() {
    each(|subject| {
        let bare = Request { headers: Vec::new(), ..subject.genuine.clone() };
        assert_eq!(subject.verify(&bare).unwrap_err(), MissingSignature);
    });
}

#[test]
fn header_names_are_case_insensitive_and_other_headers_are_ignored() {
    each(|subject| {
        let genuine = subject.verify(&subject.genuine).unwrap();
        let mut other = subject.genuine.clone();
        for (name, _) in &mut other.headers {
            *name = name.to_uppercase().leak();
        }
        other.headers.push(("x-of-another-kind", b"t=1,v1=00".to_vec()));
        other.headers.push(("x-of-another-kind", b"\xff".to_vec()));
        let delivery = subject.verify(&other).unwrap();
        assert!(delivery.fingerprints().eq(genuine.fingerprints()));
        assert_eq!(delivery.id(), genuine.id());
    });
}
