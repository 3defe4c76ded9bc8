//! Public keys: a scheme verifies with one, as a whole and in pieces, and refuses other signatures.
#![cfg(all(feature = "ed25519", feature = "p256", feature = "rsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{refused, verify};
use webhook_core::{
    Algorithm, Bytes, Encoding, Head, Key, KeyFormat, Part, Scheme, SchemeProvider,
    SecretErrorKind, SignErrorKind, UnixTime, Verify, VerifyErrorKind,
};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

enum Ed25519 {}

impl SchemeProvider for Ed25519 {
    const SCHEME: Scheme =
        Scheme::new("ed25519", "x-signature").algorithm(Algorithm::Ed25519).key(KeyFormat::Hex);
}

enum EcdsaP256 {}

impl SchemeProvider for EcdsaP256 {
    const SCHEME: Scheme = Scheme::new("ecdsa_p256", "x-signature")
        .algorithm(Algorithm::EcdsaP256)
        .encoding(Encoding::Base64)
        .timestamp("x-time")
        .signs(&[Part::Timestamp, Part::Body])
        .key(KeyFormat::Spki);
}

enum Rsa {}

impl SchemeProvider for Rsa {
    const SCHEME: Scheme = Scheme::new("rsa", "x-signature")
        .algorithm(Algorithm::RsaSha256)
        .encoding(Encoding::Base64)
        .timestamp("x-time")
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body])
        .key(KeyFormat::Spki);
}

/// Published: RFC 8032, section 7.1, test 3.
const ED25519_KEY: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
const ED25519_SIGNATURE: &str = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
     18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
const ED25519_BODY: &[u8] = &[0xaf, 0x82];

/// Published: sendgrid-nodejs, `eventwebhook.spec.js`, the key and signature of its first event.
const P256_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1\
                        flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
const P256_SIGNATURE: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+\
                              luQAbPIqHh89M15TluLtEZtM=";
const P256_BODY: &[u8] = b"[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\
    \"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\
    \"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\
    \"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";

/// Ours: made with `openssl genrsa 2048` and `openssl dgst -sha256 -sign`.
const RSA_KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmsbNy96WczEmV9nEhh+YCvIJGsfi0OEQgNRa9u2z4Jhkw1\
     HXlfvu+KizSjLl0wKPwUX5x0Mjk9ajOwxxlLtJ/lLoa/uGVd4/tKcfRQtfQNaoJP+QmTqpQZVeveb8LNhe0wChd/6r\
     g0lEy2J/1n0mzK3+zpOJZMDrHNC8hAykDcn4celnS9x/yxe6gQvi+Gp0wyu1rvF6rIksmhkYmEcDJl9htBsCYIc8E3\
     enkgQh5NFPpXmhTJCPhF/6c24Z1lTNypoO5vFWo2GnSc77JxQjLn8wRrwr6T17x6RcmLk+0S8tFFLKtd0rJ7ATSivu\
     76OXBaSdPjNzncmAG6+v/JbE3QIDAQAB";
const RSA_SIGNATURE: &str = "FdQ3ufvUq3LBQ3BMgOZWO+kgjbSmj83BKBY8FK7i6c6f3x0fKPLtMdfYsi2fR6kHwVqTnGWXGGht5L9L5yFshaINfA\
     AUZTOA0i82ZBBgT9DVnQYeQAjqeAXMWdMcIqLYD037s0XzZ9rloVv37/nyKNK1Ka9XHk0WHDlIcRq4Woq/KXpO/1+h\
     Zuyebre11gUUL8mT9EsgS7pv4T4miRKpkxV30mPW+anyW8g66DSaWWUbSihj9hVypar3m0zCfewE9hYPP6RHuD6xQD\
     8r1ySW0N7SZbNPQCjschUV0lLet7yOv+wzuFXOjXaaQHxsMw2Z4pQe967RBy9kH8RP1tiN8w==";
/// Ours: the public key of `openssl genrsa 1024`.
const SHORT_RSA_KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0BU0akU+qG/KOLWQ4EJ2es4L3fBpmlp5i5z7XY85EI9laTH4xxe\
     OzT4L6qtPlCu4GkBIzGAk8k5681mFk53LZHUTAQzh/GmQV/xQNzkQvf7z9ZNsI3gWjRVfM8AnWzoQlHdCwhNNxR+iS\
     4KFk3ITur1xVkyMtk6AeNgefne0/YQIDAQAB";

/// Accepts the body as a whole and in pieces, and refuses every body and signature with one changed bit.
#[track_caller]
fn genuine<P: SchemeProvider>(
    key: &str,
    headers: &[(&str, &str)],
    body: &'static [u8],
    now: UnixTime,
) {
    let key = Key::<P>::new(key).unwrap();
    let delivery = verify(&key, &headers, body, now).unwrap();
    assert!(delivery.covers_body());
    let fingerprint = delivery.fingerprints().next().unwrap();

    let mut verification = key.begin(&Head::new("POST", "/", &headers), now.into()).unwrap();
    let (first, second) = body.split_at(body.len() / 2);
    verification.update(first);
    verification.update(second);
    let checked = verification.finish(&Bytes::from_static(body)).unwrap();
    let delivery = checked.into_delivery().unwrap();
    assert_eq!(delivery.fingerprints().next(), Some(fingerprint), "in pieces");

    let mut other = body.to_vec();
    for index in 0..body.len() {
        other[index] ^= 1;
        assert_eq!(refused(&key, &headers, &other, now), VerifyErrorKind::InvalidSignature);
        other[index] ^= 1;
    }
    assert_eq!(key.sign(body, now, None).unwrap_err().kind(), SignErrorKind::PublicKey);
}

#[test]
fn ed25519_is_verified() {
    let headers = [("x-signature", ED25519_SIGNATURE)];
    genuine::<Ed25519>(ED25519_KEY, &headers, ED25519_BODY, NOW);
}

#[test]
fn ecdsa_is_verified() {
    let now = UnixTime::from_secs(1_600_112_502);
    let headers = [("x-signature", P256_SIGNATURE), ("x-time", "1600112502")];
    genuine::<EcdsaP256>(P256_KEY, &headers, P256_BODY, now);
}

#[test]
fn rsa_is_verified() {
    let headers = [("x-signature", RSA_SIGNATURE), ("x-time", "1700000000")];
    genuine::<Rsa>(RSA_KEY, &headers, b"hello", NOW);
}

#[test]
fn a_key_may_be_pem() {
    let (first, second) = RSA_KEY.split_at(64);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----");
    let headers = [("x-signature", RSA_SIGNATURE), ("x-time", "1700000000")];
    genuine::<Rsa>(&pem, &headers, b"hello", NOW);
}

/// RFC 8032 section 5.1.7 refuses a signature whose `s` is replaced by `s` plus the order of the group.
#[test]
fn a_malleable_ed25519_signature_is_refused() {
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut bytes = const_hex::decode(ED25519_SIGNATURE).unwrap();
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(const_hex::decode(order).unwrap()) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let signature = const_hex::encode(bytes);
    let key = Key::<Ed25519>::new(ED25519_KEY).unwrap();
    let headers = [("x-signature", &*signature)];
    assert_eq!(refused(&key, &headers, ED25519_BODY, NOW), VerifyErrorKind::InvalidSignature);
}

#[test]
fn a_weak_or_malformed_key_is_refused() {
    fn kind<P: SchemeProvider>(text: &str) -> SecretErrorKind {
        Key::<P>::new(text).unwrap_err().kind()
    }
    // The neutral element, under which anybody can sign.
    let neutral = format!("01{}", "00".repeat(31));
    for text in [&*neutral, "00", &ED25519_KEY[2..], P256_KEY] {
        assert_eq!(kind::<Ed25519>(text), SecretErrorKind::Undecodable, "{text}");
    }
    for text in [RSA_KEY, ED25519_KEY, "AAAA", "-----BEGIN PUBLIC KEY-----"] {
        assert_eq!(kind::<EcdsaP256>(text), SecretErrorKind::Undecodable, "{text}");
    }
    for text in [P256_KEY, SHORT_RSA_KEY, "AAAA"] {
        assert_eq!(kind::<Rsa>(text), SecretErrorKind::Undecodable, "{text}");
    }
}

/// Verifying one such signature costs as much as hashing a hundred kilobytes.
#[test]
fn more_than_four_signatures_for_a_public_key_are_refused() {
    enum Listed {}

    impl SchemeProvider for Listed {
        const SCHEME: Scheme = Scheme::new("listed", "x-signature")
            .fields(',', '=', "v1")
            .algorithm(Algorithm::Ed25519)
            .key(KeyFormat::Hex);
    }
    let key = Key::<Listed>::new(ED25519_KEY).unwrap();
    let list = |others: usize| {
        let other = format!("v1={},", "00".repeat(64));
        [("x-signature", format!("{}v1={ED25519_SIGNATURE}", other.repeat(others)))]
    };
    assert!(verify(&key, &list(3), ED25519_BODY, NOW).is_ok());
    let kind = refused(&key, &list(4), ED25519_BODY, NOW);
    assert_eq!(kind, VerifyErrorKind::MalformedSignature);
}

#[test]
fn a_public_key_can_be_rotated() {
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let key = Key::<Ed25519>::new(other).unwrap().or_previous(ED25519_KEY).unwrap();
    let headers = [("x-signature", ED25519_SIGNATURE)];
    assert_eq!(verify(&key, &headers, ED25519_BODY, NOW).unwrap().key_index(), 1);
    let again = key.or_previous(other).unwrap_err();
    assert_eq!(again.kind(), SecretErrorKind::Repeated);
}
