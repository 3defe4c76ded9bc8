use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cloud_event_error::{CloudEventError, CloudEventErrorKind};
use super::{Delivery, Fingerprint, Identity, Labels};
use crate::headers::Head;
use crate::provider::Provider;
use crate::timestamp::UnixTime;

/// A verified delivery as a record that travels: through a queue, into a table, to a worker in any
/// language.
///
/// It is a CloudEvent 1.0 in the JSON event format, with the exact body in `data_base64`:
///
/// | attribute | what it holds |
/// |---|---|
/// | `id` | the delivery's id, else its first fingerprint |
/// | `source` | the endpoint that received it, as the receiver names it |
/// | `type` | `provider.event` |
/// | `time` | when it was received |
/// | `datacontenttype` | `application/json`, unless the receiver says otherwise |
/// | `webhookverified` | `true` |
/// | `webhookprovider` | the provider |
/// | `webhookidsigned` | whether the signature covers the id; absent without an id |
/// | `webhooksignedtime`, `webhooktolerance` | the signed time, and the tolerance in seconds |
/// | `webhookkeyindex` | which secret matched |
/// | `webhookfingerprints` | its fingerprints in hex, with commas between |
/// | `webhookencoded` | `true` if the body came with a `Content-Encoding` |
/// | `webhookheaders` | headers that the receiver chose to keep, as JSON in a string |
///
/// A record is not signed. Whoever can write to the queue can make one that says it was verified: what
/// it vouches for is the queue's access control.
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
    data_base64: String,
    #[serde(default, skip_serializing_if = "is_false")]
    webhookverified: bool,
    #[serde(default)]
    webhookprovider: String,
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

/// What is looked at before the rest, so that errors can say what is wrong.
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
    /// A record of a delivery that was received at `source`, a URI reference such as the endpoint's path.
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
            data_base64: STANDARD.encode(delivery.body()),
            webhookverified: true,
            webhookprovider: delivery.provider().to_owned(),
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

    /// Another content type than `application/json`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        self.record.datacontenttype = Some(content_type.to_owned());
        self
    }

    /// Keeps more of the request's headers. They are not signed. The provider's hints are kept anyway.
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

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        // A struct of texts and numbers has no way to fail.
        serde_json::to_string(&self.record).unwrap_or_default()
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// If it is not a CloudEvent 1.0 in JSON with its data in base64, and what is wrong.
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
        let record: Record = serde_json::from_slice(json).map_err(CloudEventError::malformed)?;
        let body = STANDARD
            .decode(&record.data_base64)
            .map_err(|_| CloudEventErrorKind::Malformed("data_base64"))?;
        Ok(Self { record, body: body.into() })
    }

    /// The delivery that was recorded, of this provider. Typed events are read from it as ever.
    ///
    /// The record is not signed: this trusts whoever can write to the queue or table that it came from. Its
    /// [key index](Delivery::key_index) and everything else are what the record says.
    ///
    /// # Errors
    ///
    /// If the record does not say that it was verified, or is of another provider.
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

    /// Whether the record says that the delivery was verified.
    pub const fn is_verified(&self) -> bool {
        self.record.webhookverified
    }

    /// The delivery's id, else its first fingerprint.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// The endpoint that received it.
    pub fn source(&self) -> &str {
        &self.record.source
    }

    /// `provider.event`.
    pub fn event_type(&self) -> &str {
        &self.record.event_type
    }

    /// The provider's name; empty if the record names none.
    pub fn provider(&self) -> &str {
        &self.record.webhookprovider
    }

    /// When it was received.
    pub fn received(&self) -> Option<Timestamp> {
        self.record.time
    }

    /// The exact body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The headers that were kept, names in lower case. They are not signed.
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

/// Times beyond what a timestamp can hold are its end.
fn timestamp(time: UnixTime) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Shows what the record is, not what it says.
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
