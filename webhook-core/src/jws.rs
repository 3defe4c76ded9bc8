//! JSON Web Tokens (RFC 7519), as providers sign them: compact JSON Web Signatures (RFC 7515).
//!
//! The provider fixes the algorithms. What a token says of its own only chooses among these, and each takes a key of
//! its own kind, so that no public key is ever used as a secret. `none` is no algorithm here. Members that are read may
//! not be repeated, and a token with critical extensions is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::error::VerifyErrorKind::{self, InvalidSignature, MalformedSignature};
use crate::headers::Head;
#[cfg(any(feature = "p256", feature = "rsa"))]
use crate::keys::PublicKey;
use crate::keys::{Algorithm, Mac, Signature};

/// Longer than any provider's token. Headers are limited by servers, too.
const MAX_LEN: usize = 8 * 1024;

/// A token whose signature was not verified yet.
pub(crate) struct Jws<'a> {
    message: &'a [u8],
    signature: Vec<u8>,
    claims: Vec<u8>,
    algorithm: Algorithm,
    #[cfg(any(feature = "p256", feature = "rsa"))]
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[cfg(any(feature = "p256", feature = "rsa"))]
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// What follows `Bearer` in the header `Authorization`.
pub(crate) fn bearer<'a>(head: &Head<'a>) -> Result<&'a [u8], VerifyErrorKind> {
    let value = head.required("authorization")?;
    match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(token),
        _ => Err(MalformedSignature),
    }
}

impl<'a> Jws<'a> {
    /// Reads a token that is signed with one of these algorithms.
    pub(crate) fn parse(text: &'a [u8], allowed: &[Algorithm]) -> Result<Self, VerifyErrorKind> {
        let parse = || {
            let decode = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).ok();
            let dot = text.iter().rposition(|byte| *byte == b'.')?;
            let (message, signature) = text.split_at_checked(dot)?;
            let mut parts = message.splitn(2, |byte| *byte == b'.');
            let header: Header = serde_json::from_slice(&decode(parts.next()?)?).ok()?;
            // A third dot is no base64.
            let claims = decode(parts.next()?)?;
            let signature = decode(signature.strip_prefix(b".")?)?;
            let algorithm = allowed.iter().find(|each| name(**each) == Some(&*header.alg))?;
            let is_plain = header.crit.is_none();
            is_plain.then_some(Self {
                message,
                signature,
                claims,
                algorithm: *algorithm,
                #[cfg(any(feature = "p256", feature = "rsa"))]
                kid: header.kid,
            })
        };
        if text.len() > MAX_LEN { None } else { parse() }.ok_or(MalformedSignature)
    }

    /// The algorithm that it names, of those that are allowed.
    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id of the key that it names: short and visible ASCII, and not authentic.
    #[cfg(any(feature = "p256", feature = "rsa"))]
    pub(crate) fn kid(&self) -> Result<&str, VerifyErrorKind> {
        let is_readable = |kid: &&str| crate::delivery::Labels::is_readable(kid.as_bytes());
        self.kid.as_deref().filter(is_readable).ok_or(MalformedSignature)
    }

    /// The claims, if this secret signed them.
    pub(crate) fn claims<T: DeserializeOwned>(&self, mac: &Mac) -> Result<T, VerifyErrorKind> {
        let mut signature = Signature::empty();
        signature.set(&self.signature).ok_or(InvalidSignature)?;
        self.claims_if(mac.tag(&[self.message]).matches(&signature).into())
    }

    /// The claims, if this key's owner signed them.
    #[cfg(any(feature = "p256", feature = "rsa"))]
    pub(crate) fn claims_of<T: DeserializeOwned>(
        &self,
        key: &PublicKey,
    ) -> Result<T, VerifyErrorKind> {
        self.claims_if(key.verifies_jws(self.algorithm, &self.signature, self.message))
    }

    fn claims_if<T: DeserializeOwned>(&self, is_authentic: bool) -> Result<T, VerifyErrorKind> {
        if !is_authentic {
            return Err(InvalidSignature);
        }
        serde_json::from_slice(&self.claims).map_err(|_| MalformedSignature)
    }
}

/// A token with these claims, signed with HMAC.
pub(crate) fn sign(algorithm: Algorithm, mac: &Mac, claims: &impl Serialize) -> Option<String> {
    let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, name(algorithm)?);
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let message =
        format!("{}.{}", encode(header.as_bytes()), encode(&serde_json::to_vec(claims).ok()?));
    let signature = encode(mac.tag(&[message.as_bytes()]).as_bytes());
    Some(format!("{message}.{signature}"))
}

/// The algorithm's name in tokens (RFC 7518, section 3.1).
const fn name(algorithm: Algorithm) -> Option<&'static str> {
    Some(match algorithm {
        Algorithm::HmacSha256 => "HS256",
        Algorithm::HmacSha384 => "HS384",
        Algorithm::HmacSha512 => "HS512",
        #[cfg(feature = "p256")]
        Algorithm::EcdsaP256 => "ES256",
        #[cfg(feature = "rsa")]
        Algorithm::RsaSha256 => "RS256",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HS: &[Algorithm] = &[Algorithm::HmacSha256, Algorithm::HmacSha512];

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Claims {
        iss: String,
    }

    fn mac(key: &[u8]) -> Mac {
        Mac::new(Algorithm::HmacSha256, key).unwrap()
    }

    fn token(header: &str, claims: &str) -> String {
        let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let tag = mac(b"secret").tag(&[message.as_bytes()]);
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_bytes()))
    }

    fn read(token: &str) -> Result<Claims, VerifyErrorKind> {
        Jws::parse(token.as_bytes(), HS)?.claims(&mac(b"secret"))
    }

    /// Published: RFC 7515, appendix A.1.
    #[test]
    fn the_published_example_is_accepted() {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let jws = Jws::parse(token.as_bytes(), HS).unwrap();
        let claims = jws.claims(&mac(&URL_SAFE_NO_PAD.decode(key).unwrap()));
        assert_eq!(claims, Ok(Claims { iss: "joe".to_owned() }));
        assert_eq!(jws.claims::<Claims>(&mac(b"secret")), Err(InvalidSignature));
    }

    #[test]
    fn what_is_signed_is_read_back() {
        let claims = Claims { iss: "joe".to_owned() };
        let token = sign(Algorithm::HmacSha256, &mac(b"secret"), &claims).unwrap();
        assert_eq!(read(&token), Ok(claims));
    }

    #[test]
    fn the_token_does_not_choose_how_it_is_verified() {
        let claims = r#"{"iss":"joe"}"#;
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"HS384"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"none","alg":"HS256"}"#,
            "{}",
            "",
        ] {
            assert_eq!(read(&token(header, claims)), Err(MalformedSignature), "{header}");
        }
        let other = token(r#"{"alg":"HS512"}"#, claims);
        assert_eq!(Jws::parse(other.as_bytes(), HS).unwrap().algorithm(), Algorithm::HmacSha512);
    }

    #[test]
    fn repeated_claims_are_refused() {
        let header = r#"{"alg":"HS256"}"#;
        let twice = token(header, r#"{"iss":"joe","iss":"eve"}"#);
        assert_eq!(read(&twice), Err(MalformedSignature));
        assert!(read(&token(header, r#"{"iss":"joe","other":1}"#)).is_ok());
    }

    #[test]
    fn a_token_has_three_parts() {
        let good = token(r#"{"alg":"HS256"}"#, r#"{"iss":"joe"}"#);
        let (message, signature) = good.rsplit_once('.').unwrap();
        for bad in [
            String::new(),
            "..".to_owned(),
            message.to_owned(),
            format!("{good}."),
            format!("{good}.AAAA"),
            format!(".{good}"),
            format!("{good}="),
            "a".repeat(MAX_LEN + 1),
        ] {
            assert_eq!(read(&bad), Err(MalformedSignature), "{bad}");
        }
        assert_eq!(read(&format!("{message}.")), Err(InvalidSignature));
        assert_eq!(read(&format!("{message}.{}", &signature[..42])), Err(MalformedSignature));
    }
}
