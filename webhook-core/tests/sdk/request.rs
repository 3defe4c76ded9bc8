//! Requests: what is random about them, how they are signed, and how they are verified here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{Bytes, Head, Outgoing, PublicUrl, SecretText, UnixTime, VerifyErrorKind};

use crate::table::{Bodies, Secret};

const ORIGIN: &str = "https://example.com";
const LARGE: usize = 100_000;

/// Two Ed25519 keys, published: RFC 8032, section 7.1, tests 1 and 2. Two P-256 keys of ours.
const ED25519: [[&str; 2]; 2] = [
    [
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    ],
    [
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    ],
];
const P256: [[&str; 2]; 2] = [
    [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcG4QQH/UySZma7Q0tvupY3AL4xmkX4qkJaMKauTxLjXRDEQfFZjk4n6fBDZqhRsY\
         7qdwZ0n+zd8kjzia4u8GLg==",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNlGB0JjE9f/dPA42jfuncFe9VvnkPd0av1ONXNLKk2OhRANCAARw\
         bhBAf9TJJmZrtDS2+6ljcAvjGaRfiqQlowpq5PEuNdEMRB8VmOTifp8ENmqFGxjup3BnSf7N3ySPOJri7wYu",
    ],
    [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELhSu+eBG+I7tGBB3KHgHVi7ra+Rac9jW3zIeHpBY917AoqDIvswVCjSuBm/rpK4K\
         YhAThewI2w/F2K7RY9/wcg==",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRLwYDX9BBnlDQS81m+dntzFbTVP3Yqptbf74p0TaCP6hRANCAAQu\
         FK754Eb4ju0YEHcoeAdWLutr5Fpz2NbfMh4ekFj3XsCioMi+zBUKNK4Gb+ukrgpiEBOF7AjbD8XYrtFj3/By",
    ],
];

/// What the user holds, and the private key to it if that is a public one.
#[derive(Clone, Default)]
pub(crate) struct SecretPair {
    pub(crate) text: String,
    private: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) secret: SecretPair,
    pub(crate) now: UnixTime,
    pub(crate) id: String,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn url(&self) -> String {
        format!("{ORIGIN}{}", self.target)
    }

    /// The headers that the provider would send with this request at `time`.
    pub(crate) fn signed(mut self, entry: &Entry, time: UnixTime) -> Self {
        let outgoing =
            Outgoing::new(&self.body, time).id(&self.id).method(self.method).target(&self.target);
        let headers = entry.sign(&self.credentials(), &outgoing).unwrap();
        self.headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self
    }

    pub(crate) fn verify(&self, entry: &Entry) -> Result<(), VerifyErrorKind> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let head = Head::new(self.method, &self.target, &headers);
        let verifier = entry.verifier(&self.credentials()).unwrap();
        let outcome = verifier.verify(&head, &Bytes::copy_from_slice(&self.body), self.now);
        outcome.map(|_| ()).map_err(|error| error.kind())
    }

    fn credentials(&self) -> Credentials {
        let text = |text: &str| SecretText::new(text).unwrap();
        let credentials =
            Credentials::new(text(&self.secret.text)).for_url(PublicUrl::new(ORIGIN).unwrap());
        match &self.secret.private {
            Some(private) => credentials.with_signing_key(text(private)),
            None => credentials,
        }
    }
}

/// Draws what is random. Every run draws the same.
pub(crate) struct Dice(TestRunner);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(TestRunner::deterministic())
    }

    pub(crate) fn draw<T: std::fmt::Debug>(&mut self, of: impl Strategy<Value = T>) -> T {
        of.new_tree(&mut self.0).unwrap().current()
    }

    /// A request without headers. The first body is empty, where the SDK takes that, and the second large.
    pub(crate) fn request(&mut self, secret: Secret, bodies: Bodies, index: usize) -> Request {
        let now = UnixTime::from_secs(self.draw(1_700_000_000..1_900_000_000_u64));
        Request {
            secret: self.secret(secret, index % 2),
            now,
            id: self.draw("[A-Za-z0-9_-]{1,40}"),
            method: "POST",
            target: self.draw("/[a-z0-9]{0,12}(\\?[a-z]{1,4}=[a-z0-9]{0,8})?"),
            headers: Vec::new(),
            body: match index {
                0 if bodies != Bodies::Json => Vec::new(),
                1 => self.body(bodies, now, LARGE),
                _ => self.body(bodies, now, 1),
            },
        }
    }

    /// One of two keys for the providers with public keys.
    pub(crate) fn secret(&mut self, secret: Secret, which: usize) -> SecretPair {
        let base64 = |hex: &str| STANDARD.encode(const_hex::decode(hex).unwrap());
        let pair = |[public, private]: [&str; 2], encode: &dyn Fn(&str) -> String| SecretPair {
            text: encode(public),
            private: Some(encode(private)),
        };
        match secret {
            Secret::Text => SecretPair {
                text: self.draw("[A-Za-z0-9+/_.$%!@#-]{16,48}"),
                ..SecretPair::default()
            },
            Secret::Whsec => {
                let key = self.draw(vec(any::<u8>(), 24..64));
                let text = format!("whsec_{}", STANDARD.encode(key));
                SecretPair { text, ..SecretPair::default() }
            }
            Secret::Ed25519Hex => pair(ED25519[which], &str::to_owned),
            Secret::Ed25519Base64 => pair(ED25519[which], &base64),
            Secret::P256 => pair(P256[which], &str::to_owned),
        }
    }

    fn body(&mut self, bodies: Bodies, now: UnixTime, at_least: usize) -> Vec<u8> {
        if bodies == Bodies::Bytes && self.draw(any::<bool>()) {
            let bytes = self.draw(vec(any::<u8>(), 1..600));
            return bytes.repeat(at_least.div_ceil(bytes.len()));
        }
        let text: String = self.draw(vec(any::<char>(), 1..300)).into_iter().collect();
        let text = text.repeat(at_least.div_ceil(text.len()));
        match bodies {
            Bodies::Form => {
                let names = self.draw(vec("[A-Za-z]{1,9}", 1..6));
                let value = percent(&text);
                let fields: Vec<_> =
                    names.iter().map(|name| format!("{name}={}", percent(name))).collect();
                format!("{}&{}={value}", fields.join("&"), names[0]).into_bytes()
            }
            // Some SDKs take the body's time or events from here.
            Bodies::Json => {
                let millis = now.as_millis();
                let json = json!({
                    "events": [], "text": text, "time_ms": millis, "webhookTimestamp": millis,
                });
                json.to_string().into_bytes()
            }
            Bodies::Text | Bodies::Bytes => text.into_bytes(),
        }
    }
}

fn percent(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
