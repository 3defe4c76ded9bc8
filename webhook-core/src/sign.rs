//! The dual of verifying: what a provider would send. For tests and simulators.

use crate::delivery::Labels;
use crate::engine::lay_out;
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
        if id.is_some_and(|id| Labels::readable(id.as_bytes()).is_none())
            || (id.is_none() && scheme.signs_id())
        {
            return Err(VerifyErrorKind::InvalidDeliveryId.into());
        }
        let time = scheme.time.map(|rule| rule.unit.print(now)).unwrap_or_default();

        let mut mac = self.current();
        let mut tail = Vec::new();
        lay_out(
            scheme,
            time.as_bytes(),
            id.unwrap_or_default(),
            |text| mac.update(text),
            |text| tail.extend_from_slice(text),
        )?;
        mac.update(body);
        mac.update(&tail);
        let signature = scheme.encoding.encode(mac.finish().as_bytes());

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
