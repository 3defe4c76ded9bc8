//! Pairs of credentials of every kind. Each entry gets the first pair that it accepts.

use webhook_core::providers::{Credentials, Entry};
use webhook_core::{PublicUrl, SecretText, SignErrorKind};

use super::subject::{Request, sign};

/// A secret or a public key, and the private key of a public key.
type Text = (&'static str, Option<&'static str>);

/// All keys are ours: generated with `openssl genpkey` and used only by these tests.
const PAIRS: &[[Text; 2]] = &[
    // Secrets: base64 with a prefix, text that is both base64 and hexadecimal, and an id with a secret.
    [("whsec_AAECAwQFBgcICQoLDA0ODw==", None), ("whsec_DwECAwQFBgcICQoLDA0ODw==", None)],
    [
        ("5dbe996084ee9fd59bf54d46c52844c3424954c72e4502a9b640bb7b7b8908f1", None),
        ("16dedbbf2a1515e3c01435290213dc5e84138a6386fae40b96166f04fbe640aa", None),
    ],
    [("key_1:first-secret", None), ("key_2:second-secret", None)],
    // Ed25519: hexadecimal, base64, and base64 with a prefix.
    [
        (
            "43d06e76077c8f7158d980f42738316c51575d67f261629f9336d2cf08224afd",
            Some("5dbe996084ee9fd59bf54d46c52844c3424954c72e4502a9b640bb7b7b8908f1"),
        ),
        (
            "4b2c085ec6a9cc7382ab96edc32b0ee74722e479c182b16fd5d6e3054c5de436",
            Some("16dedbbf2a1515e3c01435290213dc5e84138a6386fae40b96166f04fbe640aa"),
        ),
    ],
    [
        (
            "Q9Budgd8j3FY2YD0JzgxbFFXXWfyYWKfkzbSzwgiSv0=",
            Some("Xb6ZYITun9Wb9U1GxShEw0JJVMcuRQKptkC7e3uJCPE="),
        ),
        (
            "SywIXsapzHOCq5btwysO50ci5HnBgrFv1dbjBUxd5DY=",
            Some("Ft7bvyoVFePAFDUpAhPcXoQTimOG+uQLlhZvBPvmQKo="),
        ),
    ],
    [
        (
            "whpk_Q9Budgd8j3FY2YD0JzgxbFFXXWfyYWKfkzbSzwgiSv0=",
            Some("Xb6ZYITun9Wb9U1GxShEw0JJVMcuRQKptkC7e3uJCPE="),
        ),
        (
            "whpk_SywIXsapzHOCq5btwysO50ci5HnBgrFv1dbjBUxd5DY=",
            Some("Ft7bvyoVFePAFDUpAhPcXoQTimOG+uQLlhZvBPvmQKo="),
        ),
    ],
    // P-256 and RSA: PEM.
    [
        (include_str!("../keys/p256_1_public.pem"), Some(include_str!("../keys/p256_1.pem"))),
        (include_str!("../keys/p256_2_public.pem"), Some(include_str!("../keys/p256_2.pem"))),
    ],
    [
        (include_str!("../keys/rsa_1_public.pem"), Some(include_str!("../keys/rsa_1.pem"))),
        (include_str!("../keys/rsa_2_public.pem"), Some(include_str!("../keys/rsa_2.pem"))),
    ],
];

/// The public URL of the endpoint.
pub(crate) const URL: &str = "https://example.com/hooks";

/// Returns the first pair that the entry accepts. Returns `None` if the entry accepts no pair or cannot sign: then it
/// needs a sample.
pub(crate) fn for_entry(entry: &Entry) -> Option<[Credentials; 2]> {
    for pair in PAIRS.iter().filter(|[(_, private), _]| private.is_some() == entry.has_public_key())
    {
        let pair = pair.map(credentials);
        if pair.iter().any(|one| entry.verifier(one).is_err()) {
            continue;
        }
        match sign(entry, &pair[0], &Request::new()) {
            Ok(_) => return Some(pair),
            Err(SignErrorKind::Unsupported) => return None,
            Err(SignErrorKind::Credentials) => {}
            Err(kind) => panic!("{}: {kind:?}", entry.name()),
        }
    }
    None
}

fn credentials((text, private): Text) -> Credentials {
    let read = |text: &str| SecretText::new(text.trim_end()).unwrap();
    let credentials = Credentials::new(read(text)).for_url(PublicUrl::new(URL).unwrap());
    match private {
        Some(private) => credentials.with_signing_key(read(private)),
        None => credentials,
    }
}
