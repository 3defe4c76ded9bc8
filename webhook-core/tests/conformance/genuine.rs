//! Genuine requests are accepted with the key that signed them, and with no other key.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use webhook_core::adapter::{Intake, Settings};
use webhook_core::{Bytes, Head, SecretErrorKind, VerifyErrorKind};

use super::common::{NOW, assert_hidden, cases, read};
use super::subject::{ID, Request, Role, each, rotated, sign};

#[test]
fn a_genuine_request_is_accepted_whole_and_in_pieces() {
    each(|subject| {
        let Request { method, target, headers, body, .. } = &subject.genuine;
        let whole = subject.verify(&subject.genuine).unwrap();
        assert_eq!(whole.provider(), subject.entry.name());
        assert_eq!(whole.key_index(), 0);
        assert_eq!(whole.body(), body);
        assert_eq!(whole.id_is_signed(), subject.entry.signs_id());
        assert_eq!(whole.tolerance(), subject.entry.default_tolerance());
        assert_eq!(whole.signed_at(), whole.tolerance().map(|_| NOW));
        let sends_id = subject.named(Role::Id).next().is_some();
        assert_eq!(whole.id(), sends_id.then_some(ID));
        assert_eq!(whole.covers_body(), whole.fingerprints().next().is_some());

        let settings = Settings::new(subject.entry.verifier(&subject.keys[0]).unwrap(), || NOW);
        for len in [1, 7, body.len()] {
            let head = Head::new(method, target, headers);
            let mut intake = Intake::begin(&settings, None, &head, None).unwrap();
            let pieces = read(&mut intake, body.chunks(len).map(Bytes::copy_from_slice)).unwrap();
            assert!(pieces.fingerprints().eq(whole.fingerprints()), "in pieces of {len}");
            assert_eq!(pieces.id(), whole.id());
        }
    });
}

#[test]
fn another_key_is_refused_and_the_previous_key_is_accepted() {
    each(|subject| {
        let [key, other] = &subject.keys;
        let wrong = subject.verify_with(other, &subject.genuine).unwrap_err();
        assert_eq!(wrong, VerifyErrorKind::InvalidSignature);
        for (credentials, index) in [(rotated(key, other), 0), (rotated(other, key), 1)] {
            let delivery = subject.verify_with(&credentials, &subject.genuine).unwrap();
            assert_eq!(delivery.key_index(), index);
        }
        let signed = sign(subject.entry, &rotated(key, other), &Request::new()).unwrap();
        assert!(subject.verify(&signed).is_ok(), "the current key signs");
    });
}

#[test]
fn repeated_keys_and_more_than_four_keys_are_refused() {
    each(|subject| {
        let [key, other] = &subject.keys;
        let kind = |credentials| subject.entry.verifier(&credentials).err().map(|e| e.kind());
        assert_eq!(kind(rotated(key, key)), Some(SecretErrorKind::Repeated));
        let twice = rotated(&rotated(key, other), other);
        assert_eq!(kind(twice), Some(SecretErrorKind::Repeated));
        let many = (0..4).fold(key.clone(), |all, _| rotated(&all, other));
        let kind = kind(many).unwrap();
        assert!([SecretErrorKind::Repeated, SecretErrorKind::TooMany].contains(&kind), "{kind:?}");
    });
}

#[test]
fn a_signed_request_verifies_with_any_body() {
    // Generated from one byte, so that the report of a failure stays short.
    let long = any::<u8>().prop_map(|seed| {
        let bytes =
            (0..100_000_u32).map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes()[2]);
        bytes.map(|byte| byte ^ seed).collect::<Vec<u8>>()
    });
    let bodies = prop_oneof![
        1 => Just(Vec::new()),
        4 => any::<String>().prop_map(String::into_bytes),
        4 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => long,
    ];
    each(|subject| {
        let count = if subject.entry.has_public_key() { 6 } else { 32 };
        let outcome = TestRunner::new(cases(count)).run(&bodies, |body| {
            let signed = subject.sign(&Request::with_body(&body));
            let delivery = subject.verify(&signed).map_err(|kind| {
                TestCaseError::fail(format!("{}: {kind:?}", subject.entry.name()))
            })?;
            prop_assert_eq!(delivery.body(), &signed.body);
            Ok(())
        });
        outcome.unwrap();
    });
}

#[test]
fn debug_and_errors_show_no_secret_signature_or_body() {
    each(|subject| {
        let [key, other] = &subject.keys;
        let delivery = subject.verify(&subject.genuine).unwrap();
        let refused = subject.verify_with(other, &subject.genuine).unwrap_err();
        let repeated = subject.entry.verifier(&rotated(key, key)).err().unwrap();
        let shown =
            format!("{:?} {key:?} {delivery:?} {refused:?} {repeated:?} {repeated}", subject.entry);
        let hidden =
            [key, other].into_iter().flat_map(|key| [Some(key.current()), key.signing_key()]);
        for text in hidden.flatten() {
            assert_hidden(&shown, text.as_str().as_bytes());
        }
        for name in subject.named(Role::Signature) {
            assert_hidden(&shown, subject.genuine.value(name));
        }
        assert_hidden(&shown, &subject.genuine.body);
    });
}
