//! Twilio: base64 HMAC-SHA1 of the URL and the sorted form fields in `X-Twilio-Signature`.
//!
//! The user holds the account's auth token, from the Console, and gives the public URL of the endpoint. What
//! is signed:
//!
//! - forms: the URL, then every distinct field, sorted, as name and value without separators;
//! - other bodies: the URL, whose query must end with the body's hash, `bodySHA256`; without it a body is
//!   refused here;
//! - requests without a body: the URL alone, with its query.
//!
//! No time and no id is signed: a captured request stays valid as long as the token. As there are no
//! separators, whoever replays one can also move the boundaries between names, values and the URL's query;
//! the replay has the fingerprint of the original. If your URL has a query, give it with the query: then it
//! stays where it is. The URL's port counts as Twilio counts it: the URL may be
//! signed with or without it. `I-Twilio-Idempotency-Token` is an unsigned id, the same when Twilio sends
//! again. Retries follow the connection overrides in the URL.
//!
//! Source: Twilio Docs, "Webhooks security" and "Webhook connection overrides"; twilio-node, `src/webhooks`,
//! and twilio-python, `request_validator.py`, 2026-11.

use sha2::{Digest as _, Sha256};
use subtle::Choice;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError, VerifyErrorKind};
use crate::form;
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::verify::{Verification, Verify, by_body};

const SIGNATURE: &str = "x-twilio-signature";
const ID: &str = "i-twilio-idempotency-token";

/// The account's auth token, as text, with the public URL of the endpoint.
///
/// ```
/// use webhook_core::providers::twilio;
/// use webhook_core::{PublicUrl, SecretText};
///
/// let url = PublicUrl::new("https://example.com/hooks/twilio")?;
/// let token = twilio::AuthToken::new(&SecretText::new("the auth token")?, url)?;
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AuthToken {
    mac: Mac,
    url: PublicUrl,
}

impl AuthToken {
    /// Takes the auth token, for requests to this URL.
    ///
    /// # Errors
    ///
    /// If the token is empty.
    pub fn new(token: &SecretText, url: PublicUrl) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha1, token)?, url })
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let url = credentials.required_url()?;
        credentials.any_of(|token| Self::new(token, url.clone()))
    }

    /// Signs the body as a form, whatever it is.
    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let url = credentials.required_url().and_then(|url| Self::new(credentials.current(), url));
        let Self { mac, url } = url.map_err(|_| SignErrorKind::Credentials)?;
        let fields = form::fields(outgoing.body).ok_or(SignErrorKind::Unsupported)?;
        let url = url.of_request(outgoing.target);
        let tag = mac.tag(&[url.as_bytes(), &form::sorted(fields, true)]);
        let mut headers = vec![
            (SIGNATURE, Encoding::Base64.encode(tag.as_bytes())),
            ("content-type", form::CONTENT_TYPE.to_owned()),
        ];
        headers.extend(outgoing.id.map(|id| (ID, id.to_owned())));
        Ok(headers)
    }
}

impl Provider for AuthToken {
    const NAME: &'static str = "twilio";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<AuthToken>(
    "Twilio",
    Handwritten {
        signed: "url and sorted form, or url with the body's hash",
        signs_id: false,
        signs_url: true,
        public_key: false,
        tolerance: None,
        verifier: AuthToken::of,
        sign: Some(AuthToken::sign),
    },
)
.credential("auth token", "the Console, Account Info")
.documentation("https://www.twilio.com/docs/usage/webhooks/webhooks-security")
.retries("by the connection overrides in the URL")
.reads(&["x-twilio-signature", "i-twilio-idempotency-token"]);

impl Verify for AuthToken {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = head.required(SIGNATURE)?;
        let signature = Encoding::Base64
            .decode(signature, Algorithm::HmacSha1.signature_len())
            .ok_or(VerifyErrorKind::MalformedSignature)?;
        let id = head.delivery_id(ID)?.map(str::to_owned);
        let is_form = form::is_form(head);
        let url = self.url.of_request(head.target());
        let mac = self.mac.clone();
        Ok(by_body::<Self>(head, move |body| {
            let invalid = VerifyErrorKind::InvalidSignature;
            let fields = signed_fields(&url, body, is_form).ok_or(invalid)?;
            let is_signed = |url: &str| mac.tag(&[url.as_bytes(), &fields]).matches(&signature);
            let other = other_port(&url);
            let any = is_signed(&url) | other.map_or(Choice::from(0), |url| is_signed(&url));
            if !bool::from(any) {
                return Err(invalid.into());
            }
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_message(&[&[url.as_bytes(), &fields].concat()]);
            Ok(match id {
                Some(id) => delivery.with_id(&id, false),
                None => delivery,
            }
            .into())
        }))
    }
}

/// What is signed behind the URL. `None` if that leaves the body uncovered.
fn signed_fields(url: &str, body: &[u8], is_form: bool) -> Option<Vec<u8>> {
    let query = form::query(url)?;
    if query.iter().any(|(name, _)| name == b"bodySHA256") {
        // Twilio appends it. Elsewhere it may be the text of a form's field that was moved into the URL.
        let (last, _) = query.last()?;
        let mut hash = [0; 32];
        const_hex::decode_to_slice(form::single(&query, "bodySHA256")?, &mut hash).ok()?;
        let is_hash = last == b"bodySHA256" && !is_form && hash[..] == *Sha256::digest(body);
        return is_hash.then(Vec::new);
    }
    if is_form {
        return Some(form::sorted(form::fields(body)?, true));
    }
    body.is_empty().then(Vec::new)
}

/// The URL without its port, or with its scheme's port if it has none.
fn other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
    let host = authority.rfind('@').map_or(0, |at| at + 1);
    // A colon in brackets is an IPv6 address's.
    let host_end = authority.rfind(']').unwrap_or(host);
    if let Some(colon) = authority.rfind(':').filter(|colon| *colon > host_end) {
        return Some(format!("{scheme}://{}{path}", authority.get(..colon)?));
    }
    let port = if scheme == "https" { 443 } else { 80 };
    Some(format!("{scheme}://{authority}:{port}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    /// Published: twilio-python/tests/unit/test_request_validator.py.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &str = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn token(url: &str) -> AuthToken {
        let url = PublicUrl::new(url).unwrap();
        AuthToken::new(&SecretText::new("12345").unwrap(), url).unwrap()
    }

    fn headers<'a>(signature: &'a str, content_type: &'a str) -> [(&'static str, &'a str); 3] {
        [
            ("X-Twilio-Signature", signature),
            ("Content-Type", content_type),
            ("I-Twilio-Idempotency-Token", "id-1"),
        ]
    }

    #[test]
    fn forms_are_accepted_with_and_without_the_port() {
        for (url, signature) in [
            (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ] {
            let headers = headers(signature, form::CONTENT_TYPE);
            let delivery = verified(&token(url), &headers, FORM, NOW);
            assert!(delivery.covers_body());
            assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("id-1"), false));
            let other = FORM.replace("1234&", "1235&");
            let kind = refused(&token(url), &headers, &other, NOW);
            assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        }
    }

    /// Published: the same file, `test_compute_signature_duplicate_query_dict`.
    #[test]
    fn fields_count_sorted_and_once() {
        let headers = headers("IK+Dwps556ElfBT0I3Rgjkr1wJU=", form::CONTENT_TYPE);
        let form = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        let all = verified(&token(URL), &headers, form, NOW);
        let distinct = "Digits=1234&Digits=5678&Sid=CA123&SidAccount=AC123";
        let once = verified(&token(URL), &headers, distinct, NOW);
        assert!(all.fingerprints().eq(once.fingerprints()), "the same message");
    }

    /// Published: the same file, with `bodySHA256`.
    #[test]
    fn other_bodies_need_their_hash_in_the_url() {
        let hash = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        let token_of = |query: &str| token(&format!("{URL}&{query}"));
        let body = r#"{"property": "value", "boolean": true}"#;
        let json = headers("a9nBmqA0ju/hNViExpshrM61xv4=", "application/json");
        verified(&token_of(hash), &json, body, NOW);
        let invalid = VerifyErrorKind::InvalidSignature;
        assert_eq!(refused(&token_of(hash), &json, "{}", NOW), invalid);
        assert_eq!(refused(&token_of(&format!("{hash}&{hash}")), &json, body, NOW), invalid);
        let form = headers("a9nBmqA0ju/hNViExpshrM61xv4=", form::CONTENT_TYPE);
        assert_eq!(refused(&token_of(hash), &form, "", NOW), invalid, "another type, no body");

        // Ours: the signature of the URL alone.
        let tag = token(URL).mac.tag(&[URL.as_bytes()]);
        let bare = Encoding::Base64.encode(tag.as_bytes());
        let json = headers(&bare, "application/json");
        verified(&token(URL), &json, "", NOW);
        assert_eq!(refused(&token(URL), &json, body, NOW), invalid, "nothing covers the body");
    }

    #[test]
    fn a_forms_text_is_no_hash_and_a_moved_boundary_no_other_message() {
        let token = token("https://example.com/hook");
        let verify = |target, content_type, body: &str, signature: &str| {
            let headers = headers(signature, content_type);
            let body = bytes::Bytes::copy_from_slice(body.as_bytes());
            token.verify(&Head::new("POST", target, &headers), &body, NOW)
        };
        let hash = const_hex::encode(Sha256::digest("{}"));
        let genuine = format!("AccountSid=AC1&Body=%26bodySHA256%3D{hash}%26&From=1555");
        let credentials = Credentials::new(SecretText::new("12345").unwrap())
            .for_url(PublicUrl::new("https://example.com/hook").unwrap());
        let outgoing = Outgoing::new(genuine.as_bytes(), NOW).target("/hook?t=1");
        let headers = AuthToken::sign(&credentials, &outgoing).unwrap();
        let signature = &*headers[0].1;
        let original = verify("/hook?t=1", form::CONTENT_TYPE, &genuine, signature).unwrap();

        let target = format!("/hook?t=1AccountSidAC1Body&bodySHA256={hash}&From1555");
        assert!(verify(&target, "application/json", "{}", signature).is_err());
        let target = format!("/hook?t=1AccountSidAC1Body&bodySHA256={hash}");
        assert!(verify(&target, form::CONTENT_TYPE, "=%26From1555", signature).is_err());

        let fields = format!("Body=%26bodySHA256%3D{hash}%26&From=1555");
        let moved =
            verify("/hook?t=1AccountSidAC1", form::CONTENT_TYPE, &fields, signature).unwrap();
        assert!(moved.fingerprints().eq(original.fingerprints()), "a replay");
    }

    #[test]
    fn the_port_is_the_hosts() {
        for (url, other) in [
            ("https://a.b/c:1", "https://a.b:443/c:1"),
            ("http://a.b?c:1", "http://a.b:80?c:1"),
            ("https://u:p@a.b/", "https://u:p@a.b:443/"),
            ("https://u:p@a.b:1/", "https://u:p@a.b/"),
            ("https://[::1]/", "https://[::1]:443/"),
            ("https://[::1]:1/", "https://[::1]/"),
        ] {
            assert_eq!(other_port(url).as_deref(), Some(other));
        }
    }
}
