//! A delivery as a message: a CloudEvent in JSON, its group, and what SQS tells copies of it by.

use std::fmt;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use webhook_tower::idempotency::Keys;
use webhook_tower::providers::voisnap::{self, Voisnap};
use webhook_tower::{CloudEvent, Delivery, Payload, UnixTime};

/// The most that SQS takes as one message, and as all messages of one batch, in bytes. "The maximum is 1,048,576
/// bytes (1 MiB)": "Amazon SQS message quotas"; "both 1 MiB": "SendMessageBatch", API reference; 2026-11. Until August 2025 it was 256 KiB, and a queue can be set to less
/// (`MaximumMessageSize`): then write that here.
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// Room for the attributes around the body. An id has at most 256 bytes, an event's name 128, the four
/// fingerprints 64 each: with names and punctuation, below 2 KiB.
const ATTRIBUTES: usize = 4 * 1024;

/// The largest body that fits: base64 makes four bytes of three.
pub const BODY_LIMIT: usize = (MESSAGE_LIMIT - ATTRIBUTES) / 4 * 3;

/// The group of events that name no agent.
const NO_AGENT: &str = "default";

#[derive(Debug)]
pub struct Message {
    pub body: String,
    /// Messages of one group are handled one after the other, in the order in which they were sent.
    pub group: String,
    /// Of messages with the same one in the same group, SQS keeps the first, for five minutes. Both depend on the
    /// body, so copies of a delivery are always in one group.
    pub deduplication: String,
}

impl Message {
    /// `None` if the delivery has neither an id nor a fingerprint, which no delivery of Voisnap's is without.
    pub fn new(
        endpoint: &str,
        delivery: &Delivery,
        event: &voisnap::Event,
        received: UnixTime,
    ) -> Option<Self> {
        // The type is for whoever routes by it; the worker reads the event's name from the body.
        let name = if is_plain(&event.name) { &event.name } else { "Other" };
        Some(Self {
            body: CloudEvent::new(delivery, endpoint, name, received).to_json(),
            group: group(event.agent_id.as_deref()),
            deduplication: deduplication(endpoint, delivery)?,
        })
    }
}

/// The key that the delivery is claimed by: a digest of endpoint, provider, id and, as the id is not signed,
/// body. Were it the id alone, whoever sends a captured request again under the id of a delivery to come
/// would have SQS drop that one.
fn deduplication(endpoint: &str, delivery: &Delivery) -> Option<String> {
    let keys = Keys::of(endpoint, delivery, Duration::ZERO)?;
    let key = keys.id().or_else(|| keys.fingerprints().first().copied())?;
    Some(key.to_string())
}

/// An agent whose id SQS would not take as a group still has one to itself, named by a digest: in a common
/// one, all such agents would wait for each other.
fn group(agent: Option<&str>) -> String {
    match agent {
        None | Some("") => NO_AGENT.to_owned(),
        Some(agent) if is_plain(agent) => agent.to_owned(),
        Some(agent) => {
            let digest = Sha256::digest(agent);
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

/// Whether SQS takes it as a group's name: 1 to 128 letters, digits and punctuation marks, of ASCII.
fn is_plain(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The delivery in a message's body, and the event in it.
pub fn open(body: &str) -> Result<(Delivery, voisnap::Event), Unusable> {
    let record = CloudEvent::from_json(body.as_bytes()).map_err(Unusable::new)?;
    let delivery = record.delivery_trusting_queue::<Voisnap>().map_err(Unusable::new)?;
    let event = voisnap::Event::from_delivery(&delivery).map_err(Unusable::new)?;
    Ok((delivery, event))
}

/// Why a message cannot be worked on, however often it comes.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusable(String);

impl Unusable {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use webhook_tower::Bytes;
    use webhook_tower::custom::{Head, Verify};

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    fn delivery(id: Option<&str>, body: &str, at: UnixTime) -> Delivery {
        let new = voisnap::Secret::new("whsec_new").unwrap();
        let secret = new.or_previous("whsec_old").unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let headers = secret.sign(&body, at, id).unwrap();
        secret.verify(&Head::new("POST", "/", &headers), &body, at).unwrap()
    }

    fn message(id: Option<&str>, body: &str) -> Message {
        let delivery = delivery(id, body, NOW);
        let event = voisnap::Event::from_delivery(&delivery).unwrap();
        Message::new("/webhooks/voisnap", &delivery, &event, NOW).unwrap()
    }

    #[test]
    fn the_largest_body_fits() {
        let name = "\\\"".repeat(64);
        let start = format!(r#"{{"type":"{name}","agentId":"a"}}"#);
        let body = start.clone() + &" ".repeat(BODY_LIMIT - start.len());
        let id = "\"".repeat(200);
        let len = message(Some(&id), &body).body.len();
        assert!((MESSAGE_LIMIT - ATTRIBUTES..MESSAGE_LIMIT).contains(&len), "{len}");
    }

    #[test]
    fn each_agent_is_a_group() {
        let group =
            |agent: &str| message(None, &format!(r#"{{"type":"Error","agentId":{agent}}}"#)).group;
        assert_eq!(group(r#""agent_1""#), "agent_1");
        assert_eq!(group(&format!("{:?}", "!".repeat(128))), "!".repeat(128));
        for none in [r#""""#, "null", "1", "{}"] {
            assert_eq!(group(none), "default", "{none}");
        }
        let odd = [format!("{:?}", "!".repeat(129)), r#""Ä""#.to_owned(), r#""a b""#.to_owned()];
        let mut groups: Vec<_> = odd.iter().map(|agent| group(agent)).collect();
        assert!(groups.iter().all(|group| group.len() == 64 && is_plain(group)), "{groups:?}");
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups.len(), odd.len());
    }

    #[test]
    fn copies_are_told_by_id_and_body() {
        let of =
            |id, body, at| deduplication("/webhooks/voisnap", &delivery(id, body, at)).unwrap();
        let (id, body) = (Some("dlv_1"), r#"{"type":"Error"}"#);
        let first = of(id, body, NOW);
        assert_eq!((first.len(), is_plain(&first)), (64, true));
        assert_eq!(of(id, body, UnixTime::from_secs(1_700_000_060)), first, "signed anew");
        assert_ne!(of(Some("dlv_2"), body, NOW), first);
        assert_ne!(of(id, r#"{"type":"SessionEnded"}"#, NOW), first, "an id is not signed");
        assert_ne!(of(None, body, NOW), first);
        assert_ne!(deduplication("/elsewhere", &delivery(id, body, NOW)).unwrap(), first);
    }

    /// A queue with high throughput compares the deduplication ids of one group only.
    #[test]
    fn copies_are_in_one_group() {
        let of = |id, agent: &str| {
            let message = message(id, &format!(r#"{{"type":"Error","agentId":{agent:?}}}"#));
            (message.group, message.deduplication)
        };
        for id in [Some("dlv_1"), None] {
            assert_eq!(of(id, "agent_1"), of(id, "agent_1"));
            let (one, other) = (of(id, "agent_1"), of(id, "agent_2"));
            assert!(one.0 != other.0 && one.1 != other.1, "another agent is another delivery");
        }
    }

    #[test]
    fn only_what_was_verified_is_opened() {
        let body = message(Some("dlv_1"), r#"{"type":"Error"}"#).body;
        let (delivery, event) = open(&body).unwrap();
        assert_eq!((delivery.id(), &*event.name), (Some("dlv_1"), "Error"));
        let unverified = body.replace(r#""webhookverified":true"#, r#""webhookverified":false"#);
        let reason = "the record does not say that it was verified";
        assert_eq!(open(&unverified).unwrap_err(), Unusable(reason.to_owned()));
        let other = body.replace(r#""webhookprovider":"voisnap""#, r#""webhookprovider":"svara""#);
        assert_eq!(open(&other).unwrap_err(), Unusable("a record of another provider".to_owned()));
    }
}
