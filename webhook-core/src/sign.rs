//! The dual of verifying: what a provider would send. For tests and simulators.

use crate::delivery::Labels;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::scheme::{Format, Scheme, TimeSource};
use crate::secret::{Provider, Secret};
use crate::timestamp::UnixTime;

impl<P: Provider> Secret<P> {
    /// Signs `body` as the provider would at `now`: the headers to send with it, names in lower case.
    ///
    /// The delivery id is left out where the provider has none. Headers that are not signed, such as the
    /// event's name, are for the caller to add.
    ///
    /// ```
    /// use webhook_core::{Bytes, Head, UnixTime, Verify, providers::voisnap};
    ///
    /// let secret = voisnap::Secret::new("whsec_test")?;
    /// let now = UnixTime::from_secs(1_700_000_000);
    /// let body = Bytes::from_static(br#"{"type":"SessionStarted"}"#);
    /// let headers = secret.sign(&body, now, Some("dlv_1"))?;
    ///
    /// let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, now)?;
    /// assert_eq!(delivery.id(), Some("dlv_1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidDeliveryId`] for an id that would be refused, or none where one is
    /// signed.
    pub fn sign(
        &self,
        body: &[u8],
        now: UnixTime,
        delivery_id: Option<&str>,
    ) -> Result<Vec<(&'static str, String)>, VerifyError> {
        let scheme = Self::SCHEME;
        let id = delivery_id.filter(|_| scheme.id_header.is_some());
        let refused = |id: &str| {
            let id = id.as_bytes();
            !(Labels::is_readable(id) && scheme.tells_end_of(id))
        };
        if id.map_or(scheme.signs_id, refused) {
            return Err(VerifyErrorKind::InvalidDeliveryId.into());
        }
        let time = scheme.time.map(|rule| rule.unit.print(now)).unwrap_or_default();

        let signed_id = id.unwrap_or_default().as_bytes();
        let texts = scheme.parts.iter().map(|part| part.bytes(time.as_bytes(), signed_id, body));
        let signature = scheme.encoding.encode(self.current().tag(texts).as_bytes());

        let mut headers = vec![(scheme.signature_header, header_value(scheme, &time, &signature))];
        if let Some(TimeSource::Header(name)) = scheme.time.map(|rule| rule.source) {
            headers.push((name, time));
        }
        headers.extend(scheme.id_header.zip(id.map(str::to_owned)));
        headers.extend(scheme.required.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Ok(headers)
    }
}

fn header_value(scheme: &Scheme, time: &str, signature: &str) -> String {
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
