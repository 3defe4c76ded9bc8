use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::fetched::FetchedKey;
use super::public::PublicKey;
use crate::error::{SecretError, SecretErrorKind};

/// The members of a JSON Web Key that are read.
#[derive(Deserialize)]
#[allow(dead_code, reason = "each kind of key reads its own")]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    alg: Option<Cow<'a, str>>,
    crv: Option<Cow<'a, str>>,
    x: Option<Cow<'a, str>>,
    y: Option<Cow<'a, str>>,
    n: Option<Cow<'a, str>>,
    e: Option<Cow<'a, str>>,
}

impl FetchedKey {
    /// Reads a JSON Web Key (RFC 7517): an elliptic-curve key on P-256 for ES256 (feature `p256`), or an RSA key of at
    /// least 2048 bits for RS256 (feature `rsa`).
    ///
    /// Pass one key, not a set of them: keep each key of a set under its `kid`.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::Undecodable`] if the text is no such key.
    pub fn from_jwk(json: impl AsRef<str>) -> Result<Self, SecretError> {
        let key = serde_json::from_str(json.as_ref()).ok().and_then(|jwk| public_key(&jwk));
        let undecodable = || {
            SecretError::new(SecretErrorKind::Undecodable)
                .named("the fetched key")
                .expecting("a JSON Web Key for ES256 or RS256")
        };
        let key = Arc::new(key.ok_or_else(undecodable)?);
        Ok(Self { key, validity: None })
    }
}

fn public_key(jwk: &Jwk<'_>) -> Option<PublicKey> {
    #[allow(unused_variables, reason = "each kind of key reads its own")]
    let bytes = |member: &Option<Cow<'_, str>>| {
        URL_SAFE_NO_PAD.decode(member.as_deref().unwrap_or_default()).ok()
    };
    #[allow(unused_variables, reason = "each kind of key has its own")]
    let is_for = |alg: &str| jwk.alg.as_deref().is_none_or(|named| named == alg);
    match &*jwk.kty {
        #[cfg(feature = "p256")]
        "EC" if is_for("ES256") && jwk.crv.as_deref() == Some("P-256") => {
            PublicKey::p256_point(&bytes(&jwk.x)?, &bytes(&jwk.y)?)
        }
        #[cfg(feature = "rsa")]
        "RSA" if is_for("RS256") => PublicKey::rsa_numbers(&bytes(&jwk.n)?, &bytes(&jwk.e)?),
        _ => None,
    }
}

#[cfg(all(test, feature = "p256", feature = "rsa"))]
mod tests {
    use super::*;

    /// Published: RFC 7517, appendix A.1.
    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#;
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    #[test]
    fn the_published_keys_are_read() {
        assert!(matches!(*FetchedKey::from_jwk(EC).unwrap().key, PublicKey::P256(_)));
        assert!(matches!(*FetchedKey::from_jwk(RSA).unwrap().key, PublicKey::Rsa(_)));
    }

    #[test]
    fn what_is_no_such_key_is_refused() {
        for json in [
            "",
            "{}",
            r#"{"kty":"oct","k":"AAAA"}"#,
            &EC.replace("P-256", "P-384"),
            &EC.replace("MKBCT", "MKBCU"),
            &EC.replace(r#""y":"#, r#""y":"AA","y":"#),
            &RSA.replace("RS256", "PS256"),
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
        ] {
            let error = FetchedKey::from_jwk(json).unwrap_err();
            assert_eq!(error.kind(), SecretErrorKind::Undecodable, "{json}");
        }
    }
}
