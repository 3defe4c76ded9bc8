//! Meta: hex HMAC-SHA256 of the body in `X-Hub-Signature-256: sha256=<hex>`.
//!
//! For WhatsApp, Messenger, Instagram and the Graph API's other webhooks. The key is the app secret. The
//! signature covers only the body, neither a time nor an id: a captured request stays valid as long as
//! the secret does. One request may carry several changes. WhatsApp retries for up to 7 days.
//!
//! Before Meta uses a URL, it sends `GET ?hub.mode=subscribe&hub.challenge=..&hub.verify_token=..`,
//! unsigned. The verify token is a text of your own choice, which you also enter in the app's dashboard.
//! [`with_verify_token`](crate::Key::with_verify_token) makes a verifier that repeats the challenge if the
//! token is right. An app secret alone refuses such requests.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a GET. In actix-web wrap the middleware, or give the
//! extractor's handler a `web::route()`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Meta for Developers, "Create a webhook endpoint" (WhatsApp) and "Webhooks" (Messenger),
//! 2026-11.

use crate::answer::Answer;
use crate::clock::Clock;
use crate::error::{SecretError, SignErrorKind, VerifyError};
use crate::form;
use crate::headers::Head;
use crate::keys::{SecretText, Token};
use crate::provider::{Provider as _, SchemeProvider};
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::Scheme;
use crate::verify::{Verification, Verify};

/// Meta, as a type.
#[derive(Debug)]
pub enum Meta {}

impl SchemeProvider for Meta {
    const SCHEME: Scheme = Scheme::new("meta", "x-hub-signature-256").prefix("sha256=");
}

/// The app's secret, as text.
pub type AppSecret = crate::Key<Meta>;

impl AppSecret {
    /// Answers Meta's handshake as well: requests that carry this verify token.
    ///
    /// ```
    /// use webhook_core::providers::meta;
    ///
    /// let endpoint = meta::AppSecret::new("app secret")?.with_verify_token("verify token")?;
    /// # Ok::<(), webhook_core::SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), about the verify token.
    pub fn with_verify_token(self, token: impl AsRef<str>) -> Result<Endpoint, SecretError> {
        let token = SecretText::of(token.as_ref(), "the verify token of", Meta::NAME)?;
        Ok(Endpoint { secret: self, verify_token: Some(Token::new(token.as_str().as_bytes())) })
    }
}

/// An app secret with the verify token of an endpoint. Made by
/// [`with_verify_token`](crate::Key::with_verify_token).
#[derive(Clone)]
pub struct Endpoint {
    secret: AppSecret,
    verify_token: Option<Token>,
}

impl Endpoint {
    /// Repeats the challenge of a handshake with the right token.
    fn answer(&self, head: &Head<'_>) -> Option<Answer> {
        if head.method() != "GET" {
            return None;
        }
        let query = form::query(head.target())?;
        let parameter = |name| form::single(&query, name);
        if parameter("hub.mode")? != b"subscribe" {
            return None;
        }
        let token = parameter("hub.verify_token")?;
        let is_right = self.verify_token.as_ref()?.matches(token);
        bool::from(is_right).then(|| Answer::echo(parameter("hub.challenge")?))?
    }
}

impl Verify for Endpoint {
    fn provider(&self) -> &'static str {
        self.secret.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        match self.answer(head) {
            Some(answer) => Ok(Verification::handshake(answer)),
            None => self.secret.begin(head, clock),
        }
    }
}

/// Shows the app secret's provider and number of keys.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("secret", &self.secret).finish_non_exhaustive()
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<Meta>(
    "Meta",
    Handwritten {
        signed: "body",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| {
            let verify_token =
                credentials.verify_token().map(|token| Token::new(token.as_str().as_bytes()));
            Ok(Box::new(Endpoint { secret: secret(credentials)?, verify_token }))
        },
        sign: Some(|credentials, outgoing| {
            secret(credentials).map_err(|_| SignErrorKind::Credentials)?.verifier().sign(outgoing)
        }),
    },
)
.credential("app secret", "the App Dashboard, App settings, Basic")
.documentation("https://developers.facebook.com/docs/graph-api/webhooks/getting-started")
.retries("for up to 7 days (WhatsApp)")
.handshake("an unsigned GET with a challenge and the verify token")
.reads(&["x-hub-signature-256"]);

fn secret(credentials: &Credentials) -> Result<AppSecret, SecretError> {
    let previous = credentials.previous().iter();
    previous
        .map(SecretText::as_str)
        .try_fold(AppSecret::read(credentials.current())?, AppSecret::or_previous)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{NONE, challenged, refused, verified};
    use crate::{SecretErrorKind, UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=f55d1484bc76c3d3ba787f7352b6c81f5dc9b125053b8c278aeadc3b13004236";
    const SUBSCRIBE: &str =
        "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=my+token%21";

    fn endpoint() -> Endpoint {
        AppSecret::new("app secret").unwrap().with_verify_token("my token!").unwrap()
    }

    #[test]
    fn a_signed_body_is_accepted() {
        let headers = [("X-Hub-Signature-256", SIGNATURE)];
        let delivery = verified(&endpoint(), &headers, BODY, UnixTime::from_secs(0));
        assert_eq!(delivery.provider(), "meta");
    }

    #[test]
    fn a_challenge_with_the_right_token_is_repeated() {
        let answer = challenged(&endpoint(), "GET", SUBSCRIBE, &NONE).unwrap();
        assert_eq!((answer.status, &*answer.body), (200, "1158201444"));
        assert_eq!(answer.content_type, "text/plain");
    }

    #[test]
    fn any_other_challenge_is_refused() {
        for target in [
            &SUBSCRIBE.replace("token%21", "token"),
            &SUBSCRIBE.replace("subscribe", "unsubscribe"),
            &SUBSCRIBE.replace("1158201444", "%3Cscript%3E+"),
            &format!("{SUBSCRIBE}&hub.verify_token=my+token%21"),
            "/hook?hub.mode=subscribe&hub.challenge=1",
        ] {
            assert_eq!(challenged(&endpoint(), "GET", target, &NONE), None, "{target}");
        }
        assert_eq!(challenged(&endpoint(), "POST", SUBSCRIBE, &NONE), None);
        assert_eq!(challenged(&endpoint().secret, "GET", SUBSCRIBE, &NONE), None);
        let kind = refused(&endpoint(), &NONE, "", UnixTime::from_secs(0));
        assert_eq!(kind, VerifyErrorKind::MissingSignature);
    }

    #[test]
    fn the_registry_takes_the_verify_token() {
        let credentials = Credentials::new(SecretText::new("app secret").unwrap());
        let verify = ENTRY.verifier(&credentials).unwrap();
        assert_eq!(challenged(&verify, "GET", SUBSCRIBE, &NONE), None);
        let token = SecretText::new("my token!").unwrap();
        let verify = ENTRY.verifier(&credentials.with_verify_token(token)).unwrap();
        assert!(challenged(&verify, "GET", SUBSCRIBE, &NONE).is_some());
    }

    #[test]
    fn a_verify_token_with_a_copying_mistake_is_refused() {
        let error = AppSecret::new("app secret").unwrap().with_verify_token(" token").unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Padded);
        assert_eq!(error.to_string(), "the verify token of meta begins or ends with white space");
    }

    #[test]
    fn nothing_secret_is_shown() {
        assert_eq!(format!("{:?}", endpoint()), "Endpoint { secret: Key(meta, 1), .. }");
    }
}
