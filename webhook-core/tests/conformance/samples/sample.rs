//! What a recorded request is.

use webhook_core::providers::Credentials;
use webhook_core::{PublicUrl, SecretText};

use crate::credentials::URL;

/// A genuine request, and what verifies it.
pub(crate) struct Sample {
    pub(crate) entry: &'static str,
    pub(crate) credentials: fn() -> Credentials,
    pub(crate) target: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) now: u64,
}

/// Returns the credentials for a secret, a token or a public key.
pub(crate) fn key(text: &str) -> Credentials {
    let url = PublicUrl::new(URL).unwrap();
    Credentials::new(SecretText::new(text).unwrap()).for_url(url)
}
