use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cloud_event_error::{CloudEventError, CloudEventErrorKind};
use super::{Delivery, Fingerprint, Identity, Labels};
use crate::headers::Head;
use crate::payload::read_json;
use crate::provider::Provider;
use crate::rejection::{Rejection, RejectionKind};
use crate::timestamp::UnixTime;

/// A verified delivery as a record that can be stored in a queue or table and read by a worker in any
/// language.
///
/// It is a CloudEvent 1.0 in the JSON event format, with the exact body in `data_base64`:
///
/// | attribute | what it holds |
/// |---|---|
/// | `id` | the delivery's id, or its first fingerprint |
/// | `source` | the endpoint that received it, as named by the receiver |
/// | `type` | `provider.event` |
/// | `time` | when it was received |
/// | `datacontenttype` | `application/json`, unless the receiver sets another |
/// | `webhookverified` | `true` |
/// | `webhookprovider` | the provider |
/// | `webhookendpoint` | the id of the [endpoint](Delivery::endpoint), if it was looked up |
/// | `webhookidsigned` | whether the signature covers the id; absent without an id |
/// | `webhooksignedtime`, `webhooktolerance` | the signed time, and the tolerance in seconds |
/// | `webhookkeyindex` | the index of the secret that matched |
/// | `webhookfingerprints` | its fingerprints in hex, separated by commas |
/// | `webhookencoded` | `true` if the body has a `Content-Encoding` |
/// | `webhookheaders` | headers that the receiver chose to keep, as JSON in a string |
///
/// A record is not signed. Anyone who can write to the queue can create a record that claims to be verified,
/// so you have to trust the queue's access control.
///
/// ```
/// use webhook_core::providers::voisnap::{self, Voisnap};
/// use webhook_core::{Bytes, CloudEvent, Head, Payload, UnixTime, Verify};
///
/// let secret = voisnap::Secret::new("whsec_test")?;
/// let now = UnixTime::from_secs(1_700_000_000);
/// let body = Bytes::from_static(br#"{"type":"SessionEnded"}"#);
/// let headers = secret.sign(&body, now, Some("dlv_1"))?;
/// let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, now)?;
///
/// // The receiver
/// let record = CloudEvent::new(&delivery, "/webhooks/voisnap", "SessionEnded", now).to_json();
///
/// // A worker
/// let event = CloudEvent::from_json(record.as_bytes())?;
/// assert_eq!(event.event_type(), "voisnap.SessionEnded");
/// let delivery = event.delivery_trusting_queue::<Voisnap>()?;
/// assert_eq!((delivery.id(), delivery.body()), (Some("dlv_1"), &body));
/// # #[cfg(feature = "events")]
/// assert_eq!(voisnap::Event::from_delivery(&delivery)?.name, "SessionEnded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct CloudEvent {
    record: Record,
    body: Bytes,
}

/// The attributes, by their names in JSON.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<String>,
    /// Empty but while the record is written or read: the body is kept as it is.
    data_base64: String,
    #[serde(default, skip_serializing_if = "is_false")]
    webhookverified: bool,
    #[serde(default)]
    webhookprovider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhookendpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhookidsigned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhooksignedtime: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhooktolerance: Option<i32>,
    #[serde(default)]
    webhookkeyindex: u8,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    webhookfingerprints: String,
    #[serde(default, skip_serializing_if = "is_false")]
    webhookencoded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhookheaders: Option<String>,
}

/// Parsed before the rest, so that errors can say what is wrong.
#[derive(Deserialize)]
struct Envelope {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    data_base64: Option<serde::de::IgnoredAny>,
}

impl CloudEvent {
    /// Creates a record of a delivery that was received at `source`. `source` is a URI reference, such as the
    /// endpoint's path.
    pub fn new(delivery: &Delivery, source: &str, event_name: &str, received: UnixTime) -> Self {
        let fingerprints: Vec<_> = delivery.fingerprints().map(|each| each.to_string()).collect();
        let fallback = || fingerprints.first().cloned().unwrap_or_else(|| "-".to_owned());
        let record = Record {
            specversion: VERSION.to_owned(),
            id: delivery.id().map_or_else(fallback, str::to_owned),
            source: source.to_owned(),
            event_type: format!("{}.{event_name}", delivery.provider()),
            time: Some(timestamp(received)),
            datacontenttype: Some("application/json".to_owned()),
            data_base64: String::new(),
            webhookverified: true,
            webhookprovider: delivery.provider().to_owned(),
            webhookendpoint: delivery.endpoint().map(str::to_owned),
            webhookidsigned: delivery.id().map(|_| delivery.id_is_signed()),
            webhooksignedtime: delivery.signed_at().map(timestamp),
            webhooktolerance: delivery
                .tolerance()
                .map(|tolerance| i32::try_from(tolerance.as_secs()).unwrap_or(i32::MAX)),
            webhookkeyindex: u8::try_from(delivery.key_index()).unwrap_or(u8::MAX),
            webhookfingerprints: fingerprints.join(","),
            webhookencoded: delivery.is_encoded(),
            webhookheaders: None,
        };
        let body = delivery.body().clone();
        let hints: Vec<(&str, &str)> = delivery.unsigned_hints().collect();
        Self { record, body }.with_headers(hints)
    }

    /// Creates a record of a request that was received at `source` and rejected. No
    /// [delivery](Self::delivery_trusting_queue) can be read from it.
    pub fn rejected(provider: &str, source: &str, body: Bytes, received: UnixTime) -> Self {
        let record = Record {
            specversion: VERSION.to_owned(),
            id: "-".to_owned(),
            source: source.to_owned(),
            event_type: format!("{provider}.-"),
            time: Some(timestamp(received)),
            datacontenttype: None,
            data_base64: String::new(),
            webhookverified: false,
            webhookprovider: provider.to_owned(),
            webhookendpoint: None,
            webhookidsigned: None,
            webhooksignedtime: None,
            webhooktolerance: None,
            webhookkeyindex: 0,
            webhookfingerprints: String::new(),
            webhookencoded: false,
            webhookheaders: None,
        };
        Self { record, body }
    }

    /// Sets a content type other than `application/json`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        self.record.datacontenttype = Some(content_type.to_owned());
        self
    }

    /// Adds more of the request's headers, which are not signed. The provider's hints are always included.
    #[must_use]
    pub fn with_headers<'a>(
        mut self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut all = self.headers();
        let named = headers.into_iter();
        all.extend(named.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        if !all.is_empty() {
            self.record.webhookheaders = serde_json::to_string(&all).ok();
        }
        self
    }

    /// Returns the record as JSON.
    pub fn to_json(&self) -> String {
        let record = Record { data_base64: STANDARD.encode(&self.body), ..self.record.clone() };
        // A struct of strings and numbers always serializes.
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// Returns the record as JSON with an empty body, for a table that has a column for the body.
    pub fn to_json_without_body(&self) -> String {
        serde_json::to_string(&self.record).unwrap_or_default()
    }

    /// Reads a record whose body was stored apart from it: see [`to_json_without_body`](Self::to_json_without_body).
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_json_and_body(json: &[u8], body: Bytes) -> Result<Self, CloudEventError> {
        let mut event = Self::from_json(json)?;
        event.body = body;
        Ok(event)
    }

    /// Reads a record from JSON.
    ///
    /// # Errors
    ///
    /// If the text is not a CloudEvent 1.0 in JSON with its data in base64. The error says what is wrong.
    pub fn from_json(json: &[u8]) -> Result<Self, CloudEventError> {
        let envelope: Envelope =
            serde_json::from_slice(json).map_err(CloudEventError::malformed)?;
        match envelope.specversion.as_deref() {
            Some(VERSION) => {}
            Some(_) => return Err(CloudEventErrorKind::UnknownVersion.into()),
            None => return Err(CloudEventErrorKind::Missing("specversion").into()),
        }
        for (name, is_there) in [
            ("id", envelope.id.is_some_and(|id| !id.is_empty())),
            ("source", envelope.source.is_some_and(|source| !source.is_empty())),
            ("type", envelope.event_type.is_some_and(|event_type| !event_type.is_empty())),
            ("data_base64", envelope.data_base64.is_some()),
        ] {
            if !is_there {
                return Err(CloudEventErrorKind::Missing(name).into());
            }
        }
        let mut record: Record =
            serde_json::from_slice(json).map_err(CloudEventError::malformed)?;
        let body = STANDARD
            .decode(std::mem::take(&mut record.data_base64))
            .map_err(|_| CloudEventErrorKind::Malformed("data_base64"))?;
        Ok(Self { record, body: body.into() })
    }

    /// Returns the recorded delivery of provider `P`. Typed events can be read from it.
    ///
    /// The record is not signed. This method trusts everyone who can write to the queue or table that it came
    /// from. All values, including the [key index](Delivery::key_index), are read from the record without a
    /// check.
    ///
    /// # Errors
    ///
    /// If the record does not say that it was verified, or belongs to another provider.
    pub fn delivery_trusting_queue<P: Provider>(&self) -> Result<Delivery, CloudEventError> {
        let record = &self.record;
        if !record.webhookverified {
            return Err(CloudEventErrorKind::NotVerified.into());
        }
        if record.webhookprovider != P::NAME {
            return Err(CloudEventErrorKind::OtherProvider.into());
        }
        let fingerprints = record.webhookfingerprints.split(',').filter(|each| !each.is_empty());
        let fingerprints: Option<Vec<_>> = fingerprints.map(Fingerprint::from_hex).collect();
        let fingerprints = fingerprints
            .ok_or(CloudEventError::from(CloudEventErrorKind::Malformed("webhookfingerprints")))?;
        let time = record.webhooksignedtime.map(|time| {
            let tolerance = record.webhooktolerance.and_then(|secs| u64::try_from(secs).ok());
            let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
            (UnixTime::from_millis(millis), Duration::from_secs(tolerance.unwrap_or_default()))
        });
        let mut labels = Labels::NONE;
        let id = record.webhookidsigned.map(|_| record.id.as_bytes());
        labels.set_id(id.filter(|id| Labels::is_readable(id)).unwrap_or_default());
        let headers: Vec<_> = self.headers().into_iter().collect();
        labels.set_hints(P::HINTS, &Head::new("", "", &headers));
        Ok(Delivery {
            provider: P::NAME,
            endpoint: record.webhookendpoint.as_deref().map(Into::into),
            body: self.body.clone(),
            encoded: record.webhookencoded,
            time,
            labels,
            id_is_signed: record.webhookidsigned == Some(true),
            body_id: P::BODY_ID,
            key_index: record.webhookkeyindex.into(),
            identity: if fingerprints.is_empty() {
                Identity::None
            } else {
                Identity::Recorded(fingerprints)
            },
        })
    }

    /// Returns whether the record says that the delivery was verified.
    pub const fn is_verified(&self) -> bool {
        self.record.webhookverified
    }

    /// Returns the delivery's id, or its first fingerprint if it has no id.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// Returns the endpoint that received the delivery.
    pub fn source(&self) -> &str {
        &self.record.source
    }

    /// Returns `provider.event`.
    pub fn event_type(&self) -> &str {
        &self.record.event_type
    }

    /// Returns the provider's name; empty if the record has none.
    pub fn provider(&self) -> &str {
        &self.record.webhookprovider
    }

    /// Returns when the delivery was received.
    pub fn received(&self) -> Option<Timestamp> {
        self.record.time
    }

    /// Returns the exact body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::UnsupportedEncoding`] if the body has a `Content-Encoding`, and
    /// [`RejectionKind::NotUnderstood`], with the field as its source, if it does not fit the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        if self.record.webhookencoded {
            return Err(RejectionKind::UnsupportedEncoding.into());
        }
        read_json(&self.body)
    }

    /// Returns the recorded headers, with names in lower case. They are not signed.
    pub fn headers(&self) -> BTreeMap<String, String> {
        let json = self.record.webhookheaders.as_deref();
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

const VERSION: &str = "1.0";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Times beyond the range of a timestamp become its maximum.
fn timestamp(time: UnixTime) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Prints metadata only, not the body.
impl fmt::Debug for CloudEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudEvent")
            .field("id", &self.record.id)
            .field("source", &self.record.source)
            .field("type", &self.record.event_type)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}
