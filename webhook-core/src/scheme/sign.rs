use super::data::Scheme;
use super::format::{Format, TimeSource};
use super::part::Part;
use super::url::PublicUrl;
use super::verifier::Verifier;
use crate::error::{SignError, SignErrorKind};
use crate::keys::Keys;
use crate::timestamp::UnixTime;

/// The headers of a signed request, with names in lower case.
pub type SignedHeaders = Vec<(&'static str, String)>;

/// A delivery to sign, as its provider would.
///
/// ```
/// use webhook_core::{Outgoing, UnixTime, providers::github};
///
/// let secret = github::Secret::new("It's a Secret to Everybody")?;
/// let outgoing = Outgoing::new(b"Hello, World!", UnixTime::from_secs(0)).id("delivery-1");
/// let headers = secret.verifier().sign(&outgoing)?;
/// assert_eq!(headers[1], ("x-github-delivery", "delivery-1".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) now: UnixTime,
    pub(crate) id: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

impl<'a> Outgoing<'a> {
    /// Creates a delivery with this body, posted to `/` at `now`.
    pub const fn new(body: &'a [u8], now: UnixTime) -> Self {
        Self { body, now, id: None, method: "POST", target: "/", headers: &[] }
    }

    /// Sets the delivery's id. It is ignored if the provider sends none.
    #[must_use]
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets a method other than `POST`.
    #[must_use]
    pub const fn method(mut self, method: &'a str) -> Self {
        self.method = method;
        self
    }

    /// Sets a request target (path and query) other than `/`.
    #[must_use]
    pub const fn target(mut self, target: &'a str) -> Self {
        self.target = target;
        self
    }

    /// Sets other headers that the provider signs, with names in lower case.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }
}

impl Verifier {
    /// Signs a delivery as the provider would, and returns the headers to send with it.
    ///
    /// Headers that are not signed, such as the event's name, are not included.
    ///
    /// # Errors
    ///
    /// If the delivery lacks a signed id or header, or the key is a public key.
    pub fn sign(&self, outgoing: &Outgoing<'_>) -> Result<SignedHeaders, SignError> {
        self.scheme.sign(self.url.as_deref(), outgoing, |message| match &*self.keys {
            Keys::Mac(keys) => Ok(keys.first().tag(&[message]).as_bytes().to_vec()),
            Keys::Token(keys) => Ok(keys.first().as_bytes().to_vec()),
            #[cfg(feature = "_public-key")]
            Keys::Public(_) => Err(SignErrorKind::PublicKey.into()),
        })
    }
}

impl Scheme {
    /// Signs a delivery with what `signature` makes of the message.
    pub(crate) fn sign(
        &self,
        url: Option<&PublicUrl>,
        outgoing: &Outgoing<'_>,
        signature: impl FnOnce(&[u8]) -> Result<Vec<u8>, SignError>,
    ) -> Result<SignedHeaders, SignError> {
        let id = outgoing.id.filter(|_| self.id_header.is_some());
        if id.map_or(self.signs_id, |id| !self.is_id(id.as_bytes())) {
            return Err(SignErrorKind::InvalidDeliveryId.into());
        }
        let time = self.time.map(|rule| rule.unit.print(outgoing.now)).unwrap_or_default();
        let message = self.message(url, outgoing, &time, id.unwrap_or_default())?;
        let signature = self.encoding.encode(&signature(&message)?);

        let mut headers = vec![(self.signature_header, header_value(self, &time, &signature))];
        if let Some(TimeSource::Header(name)) = self.time.map(|rule| rule.source) {
            headers.push((name, time));
        }
        headers.extend(self.id_header.zip(id.map(str::to_owned)));
        headers.extend(self.required.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Ok(headers)
    }

    /// What is signed.
    fn message(
        &self,
        url: Option<&PublicUrl>,
        outgoing: &Outgoing<'_>,
        time: &str,
        id: &str,
    ) -> Result<Vec<u8>, SignError> {
        let mut message = Vec::new();
        for part in self.parts {
            let signed_url;
            message.extend_from_slice(match part {
                Part::Body => outgoing.body,
                Part::Timestamp => time.as_bytes(),
                Part::Id => id.as_bytes(),
                Part::Literal(text) => text.as_bytes(),
                Part::Method => outgoing.method.as_bytes(),
                Part::Url => {
                    signed_url = url.map(|url| url.of_request(outgoing.target));
                    signed_url.as_deref().unwrap_or_default().as_bytes()
                }
                Part::Header(name) => {
                    let found = outgoing.headers.iter().find(|(each, _)| each == name);
                    found.ok_or(SignErrorKind::MissingHeader(name))?.1.as_bytes()
                }
            });
        }
        Ok(message)
    }
}

/// The value of the signature header.
pub(crate) fn header_value(scheme: &Scheme, time: &str, signature: &str) -> String {
    match scheme.format {
        Format::Whole { prefix } => format!("{prefix}{signature}"),
        Format::Fields { separator, assign, key } => {
            let (separator, assign) = (char::from(separator), char::from(assign));
            match scheme.time.map(|rule| rule.source) {
                Some(TimeSource::Field(field)) => {
                    format!("{field}{assign}{time}{separator}{key}{assign}{signature}")
                }
                _ => format!("{key}{assign}{signature}"),
            }
        }
        Format::Positional { separator } => format!("{time}{}{signature}", char::from(separator)),
    }
}
