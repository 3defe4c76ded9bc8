//! Amazon SNS: RSA signature of the message's members, in the message, by a certificate that AWS publishes.
//!
//! The user holds the topic's ARN and gives a [`KeySource`] of certificates. **Everybody can have SNS sign
//! messages of a topic of their own**, so that messages of other topics are refused. The certificate's URL
//! must pass [`is_certificate_url`]; the application fetches it by HTTPS and reads it with
//! [`FetchedKey::from_certificate`](crate::FetchedKey::from_certificate). Until then the message is answered
//! 503, and SNS sends it again.
//!
//! Signed are `Message`, `MessageId`, `Subject`, `Timestamp`, `TopicArn` and `Type`. **`MessageAttributes`
//! and `UnsubscribeURL` are not signed.** `MessageId` identifies the message in every retry. A message stays
//! valid as long as its certificate: `Timestamp` is when it was published, and SNS sends again 3 times, 20 s
//! apart, or for up to an hour as the delivery policy says, so that no tolerance is set. The signature is
//! RSA-SHA1 (`SignatureVersion` 1, SNS's default) or RSA-SHA256 (2): set the topic to 2 and call
//! [`Topic::require_version_2`]. Raw message delivery has no signature; leave it off.
//!
//! SNS asks to confirm a subscription by a visit to a URL: [`Topic::on_confirmation`] hands it to the
//! application. That request and the one about an unsubscription are answered 200 and reach no handler.
//!
//! No published vector: the test's certificate and signatures are ours, made with openssl.
//!
//! Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages" and "HTTP/HTTPS
//! subscription confirmation JSON format", "Message delivery retries"; aws-js-sns-message-validator, 2026-11.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SecretErrorKind, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::keys::{Encoding, KeySource, Message as SignedText, PublicKey, SecretText, sha256};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::timestamp::UnixTime;
use crate::verify::{Checked, Verification, Verify, by_body};

/// A topic, by its ARN, with the certificates that were fetched.
#[derive(Clone)]
pub struct Topic {
    arn: String,
    keys: Arc<dyn KeySource>,
    version_2_only: bool,
    confirm: Option<Arc<dyn Fn(Confirmation) + Send + Sync>>,
}

impl Topic {
    /// Takes a topic's ARN, `arn:aws:sns:us-east-1:123456789012:orders`, and the certificates that were fetched. If the
    /// source is a closure, write its argument's type: `|url: &str|`.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::Undecodable`] if the text is no ARN of a topic.
    pub fn new(arn: &SecretText, keys: impl KeySource + 'static) -> Result<Self, SecretError> {
        Self::with_source(arn, Arc::new(keys))
    }

    fn with_source(arn: &SecretText, keys: Arc<dyn KeySource>) -> Result<Self, SecretError> {
        let mut parts = arn.as_str().split(':');
        let is_arn = parts.next() == Some("arn")
            && parts.nth(1) == Some("sns")
            && parts.filter(|part| !part.is_empty()).count() == 3;
        if !is_arn {
            return Err(arn.error(SecretErrorKind::Undecodable).expecting("the ARN of a topic"));
        }
        let arn = arn.as_str().to_owned();
        Ok(Self { arn, keys, version_2_only: false, confirm: None })
    }

    /// Refuses signatures made with SHA-1. Set the topic's attribute `SignatureVersion` to 2 first.
    #[must_use]
    pub const fn require_version_2(mut self) -> Self {
        self.version_2_only = true;
        self
    }

    /// Calls this with each confirmation of a subscription to this topic, after it was verified. It must not block: send
    /// the URL to a task that visits it. Without this, subscriptions have to be confirmed by hand.
    #[must_use]
    pub fn on_confirmation(
        mut self,
        confirm: impl Fn(Confirmation) + Send + Sync + 'static,
    ) -> Self {
        self.confirm = Some(Arc::new(confirm));
        self
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let keys = credentials.keys()?;
        credentials.any_of(|arn| Self::with_source(arn, Arc::clone(&keys)))
    }

    fn judge(&self, message: &Message<'_>, now: UnixTime) -> Result<String, VerifyErrorKind> {
        let is_signature = |version: u8| {
            let (invalid, unavailable) =
                (VerifyErrorKind::InvalidSignature, VerifyErrorKind::KeyUnavailable);
            let signature = Encoding::Base64.decode(message.signature.as_bytes(), None);
            let signature = signature.ok_or(VerifyErrorKind::MalformedSignature)?;
            // Strangers who do not know the topic cannot have certificates fetched.
            if self.arn != message.topic_arn || !is_certificate_url(&message.certificate_url) {
                return Err(invalid);
            }
            let text = message.signed_text().ok_or(invalid)?;
            let key = self.keys.find(&message.certificate_url).ok_or(unavailable)?;
            let key = key.at(now).ok_or(invalid)?;
            let is_signed = match version {
                1 => key.verifies_rsa_sha1(signature.as_bytes(), text.as_bytes()),
                _ => is_rsa_sha256(key, signature.as_bytes(), text.as_bytes()),
            };
            is_signed.then_some(text).ok_or(invalid)
        };
        match &*message.version {
            "1" if !self.version_2_only => is_signature(1),
            "2" => is_signature(2),
            _ => Err(VerifyErrorKind::MalformedSignature),
        }
    }

    /// Tells the application about a confirmation. The URL is signed, but is SNS's own only if it looks like it.
    fn confirm(&self, message: &Message<'_>) {
        let url = message.subscribe_url.as_deref().filter(|url| is_confirmation_url(url));
        if let (Some(confirm), Some(url)) = (&self.confirm, url) {
            confirm(Confirmation { subscribe_url: url.to_owned() });
        }
    }
}

fn is_rsa_sha256(key: &PublicKey, signature: &[u8], text: &[u8]) -> bool {
    key.verifies(signature, &SignedText { parts: [&[], text, &[]], digest: sha256(&[text]) })
}

impl Provider for Topic {
    const NAME: &'static str = "aws_sns";
    const HINTS: &'static [&'static str] = &["x-amz-sns-message-type", "x-amz-sns-topic-arn"];
    const BODY_ID: Option<&'static str> = Some("MessageId");
}

pub(super) const ENTRY: Entry = Entry::handwritten::<Topic>(
    "Amazon SNS",
    Handwritten {
        signed: "id, time, topic, subject and message, not the attributes",
        signs_id: true,
        signs_url: false,
        public_key: true,
        tolerance: None,
        verifier: Topic::of,
        sign: None,
    },
)
.credential("topic ARN", "the SNS console, Topics")
.documentation("https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html")
.retries("3 times, 20 s apart; for up to an hour by delivery policy")
.handshake("a signed SubscriptionConfirmation, answered 200 once its URL was handed on")
.reads(&["x-amz-sns-message-type", "x-amz-sns-topic-arn"]);

impl Verify for Topic {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let (topic, now) = (self.clone(), clock.now());
        Ok(by_body::<Self>(head, move |body| {
            let message: Message<'_> =
                serde_json::from_slice(body).map_err(|_| VerifyErrorKind::MissingSignature)?;
            let signed = topic.judge(&message, now)?;
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_id(&message.id, true)
                .with_signed_message(&[signed.as_bytes()]);
            if delivery.id().is_none() {
                return Err(VerifyErrorKind::InvalidDeliveryId.into());
            }
            match &*message.kind {
                NOTIFICATION => return Ok(delivery.into()),
                SUBSCRIPTION => topic.confirm(&message),
                // To visit its URL would subscribe again.
                _ => {}
            }
            Ok(Checked::Handshake { answer: Answer::ok(), delivery: Some(Box::new(delivery)) })
        }))
    }
}

/// Shows the ARN, which is no secret.
impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({})", self.arn)
    }
}

/// A verified request to confirm the subscription to the [`Topic`].
pub struct Confirmation {
    subscribe_url: String,
}

impl Confirmation {
    /// The URL whose visit (GET) confirms the subscription: `https`, at a host of SNS. It holds a token: do not log it.
    pub fn subscribe_url(&self) -> &str {
        &self.subscribe_url
    }
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").finish_non_exhaustive()
    }
}

const NOTIFICATION: &str = "Notification";
const SUBSCRIPTION: &str = "SubscriptionConfirmation";
const UNSUBSCRIPTION: &str = "UnsubscribeConfirmation";

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "Message")]
    text: Cow<'a, str>,
    #[serde(rename = "MessageId")]
    id: Cow<'a, str>,
    #[serde(rename = "Subject")]
    subject: Option<Cow<'a, str>>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<Cow<'a, str>>,
    #[serde(rename = "Timestamp")]
    timestamp: Cow<'a, str>,
    #[serde(rename = "Token")]
    token: Option<Cow<'a, str>>,
    #[serde(rename = "TopicArn")]
    topic_arn: Cow<'a, str>,
    #[serde(rename = "Type")]
    kind: Cow<'a, str>,
    #[serde(rename = "Signature")]
    signature: Cow<'a, str>,
    #[serde(rename = "SignatureVersion")]
    version: Cow<'a, str>,
    #[serde(rename = "SigningCertURL")]
    certificate_url: Cow<'a, str>,
}

impl Message<'_> {
    /// Names and values, each on a line of its own. `None` for a type that SNS does not send, and if another value than
    /// the message has several lines: then one text could be read as two messages.
    fn signed_text(&self) -> Option<String> {
        let (subject, url, token) = match &*self.kind {
            NOTIFICATION => (self.subject.as_deref(), None, None),
            SUBSCRIPTION | UNSUBSCRIPTION => {
                (None, Some(self.subscribe_url.as_deref()?), Some(self.token.as_deref()?))
            }
            _ => return None,
        };
        let members = [
            ("Message", Some(&*self.text)),
            ("MessageId", Some(&*self.id)),
            ("Subject", subject),
            ("SubscribeURL", url),
            ("Timestamp", Some(&*self.timestamp)),
            ("Token", token),
            ("TopicArn", Some(&*self.topic_arn)),
            ("Type", Some(&*self.kind)),
        ];
        if members.iter().skip(1).any(|(_, value)| value.is_some_and(|text| text.contains('\n'))) {
            return None;
        }
        let lines =
            members.into_iter().filter_map(|(name, value)| Some([name, "\n", value?, "\n"]));
        Some(lines.flatten().collect())
    }
}

/// Whether this is the URL of a certificate of SNS: `https`, without a port, at `sns.<region>.amazonaws.com` or
/// `sns.<region>.amazonaws.com.cn`, and `/SimpleNotificationService-<hex>.pem`.
///
/// A [`Topic`] asks its source for no other. A function that fetches certificates should check again.
pub fn is_certificate_url(url: &str) -> bool {
    let name = path_at_sns(url).and_then(|path| path.strip_prefix("SimpleNotificationService-"));
    name.and_then(|name| name.strip_suffix(".pem")).is_some_and(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn is_confirmation_url(url: &str) -> bool {
    let query = path_at_sns(url).and_then(|path| path.strip_prefix("?Action=ConfirmSubscription&"));
    query.is_some_and(|query| {
        query.len() <= 2048 && query.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// What follows the first slash behind the host, if that is one of SNS.
fn path_at_sns(url: &str) -> Option<&str> {
    let (host, path) = url.strip_prefix("https://sns.")?.split_once('/')?;
    let region = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    is_region(region).then_some(path)
}

/// Whether this reads like `us-east-1` or `us-gov-west-1`. `s3-us-west-2` does not: buckets have hosts below it, and
/// one of them may be called `sns`.
fn is_region(text: &str) -> bool {
    let is = |part: &str, allowed: fn(&u8) -> bool| {
        (1..=16).contains(&part.len()) && part.as_bytes().iter().all(allowed)
    };
    let mut parts = text.split('-');
    let (area, number) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let (count, are_words) = parts
        .fold((0, true), |(count, all), part| (count + 1, all && is(part, u8::is_ascii_lowercase)));
    let is_area = area.len() == 2 && is(area, u8::is_ascii_lowercase);
    is_area && is(number, u8::is_ascii_digit) && (1..=3).contains(&count) && are_words
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;

    use super::*;
    use crate::FetchedKey;
    use crate::providers::test::{refused, verified};

    const ARN: &str = "arn:aws:sns:us-east-1:123456789012:orders";
    const URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem";
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
    const NONE: [(&str, &str); 0] = [];

    fn topic(arn: &str) -> Topic {
        let keys = |name: &str| {
            let pem = include_str!("testdata/certificate.pem");
            (name == URL).then(|| FetchedKey::from_certificate(pem).unwrap())
        };
        Topic::new(&SecretText::new(arn).unwrap(), keys).unwrap()
    }

    fn body(kind: &str, version: u8, signature: &str) -> String {
        let more = match kind {
            NOTIFICATION => r#","Subject":"a","MessageAttributes":{}"#.to_owned(),
            _ => format!(r#","Token":"t","SubscribeURL":"{CONFIRM}""#),
        };
        format!(
            r#"{{"Type":"{kind}","MessageId":"id-1","TopicArn":"{ARN}","Message":"{{\"a\":1}}","Timestamp":"2026-11-25T10:00:00.000Z","SignatureVersion":"{version}","Signature":"{signature}","SigningCertURL":"{URL}"{more}}}"#
        )
    }

    const CONFIRM: &str =
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=t";
    const V1: &str = "AbMWLwfAzi0ClSQVXDFGVXEHiFRyIYN+VvC4qfoPx737mFK0WJdMuMyWwK0/WrpNE8gvalH305batoQTpWAfgnP0RklBbOZrvQiYZ63Tevdl0EmRa7Jym3hGqt4yekAcN1oOyt7PKN6Hjf0B0KWzcLix5p8nEu7kRIt1spUeMR/5HIM+NipkPNWY/0z4yE4Y9I1IziCPmD/OZwvHanfJ62wgq+iPVtcveDW8unvSDkOfS3jG9sieH3R8e8zV/BHSLde8xYt+h9KcE9lHiQTDQsz4egIIkVPuVmeeMy05D9HuKnBrt5Z7D7mUi5oh+JrJXBEiDt5x/ReSv589xJZTww==";
    const V2: &str = "lQtoiXCBzjkyb00uKFVgQRqpnHgMXG5NY3KvO/1woXYm0XrkEOQLQ/9VS7pJdQIthWZNr3cSs5qznGgMAuP5tbFN5tsy0TNip6Y/WjG/fAapJvp82dSMyAtKRSjz9lNv8q1AH/62CjMctp8b6J1TFFVhllrUx+vDl4Mvh50TlOQaDsEPDtgwaRY+fXf9U6Roioa9ZfzTb63vx9o0eoAC3MlbtqIb03chDhnU/03FscnGTQsR6O6oMparY81I043b+2Jo7vHT0i8y6y+nwAM2Q9SUoT4mhOCi8WFn0+/VjBz6+L7fn4ugD1Fe89EiZANwa2ArhxM83Rk+ZpLT7j+fyw==";
    /// Of the subject `a\nb`.
    const TWO_LINES: &str = "APcRbwPaI0zHNCaDgXePiKmfqBb7DDh66QAUIv2ly0VzRsPNZcUGvMRrpNohOA1+JIB0GXeti8dBeqzUDa7RVzZVUfJegcYIYBjRRLgccbfvp4E7jg0pwRi+xhDg5pB/JzfBPcztKJ0KhV/DW/wnzMR15theTGSZprIdYCL6/6lqzaVR6pnKsOwFVO7YrwHOlySjzBRXgm6iOD7uqoX/D8iG0/BaqqR34mfmOuxuTvysppudkGlBwtwWujzgVTck/wH8AD7ZmVNZGP+uve6ghPNYp+LQpVTqRhZXT0Dx/BXS47U6mn4z8raNqhhhuCmJRATDtBRVbQ8KFhkZC/hLEg==";
    const SUBSCRIBE: &str = "oGRmScADF1yiMX/4Bg531fcxWJsgdtiTxcj4J4MVnQPmNwblrAcQcRAWWk8naeqN7BQgUeIh2Fd63ODUqE4Lsae0ryB8AW0cTwom3HwxmckOAknb/deWgNbg8HxsbfE0oqCXHTBndgvFrdoacJAhC/u5CQUQSQHQvRdlaTeXGdGFMtOF7MPgDERGnffWZzyyfusH7qfMTHxIrHG/JFagDJK6lnXV6Xhi6TpyYJWN+wsngX5aHOfe+3j/IQMCGZgjzZsMBkSkbj4B2TOnizV5fbmzkf6p5srDKEiOoPmblYVdAx0pHTRRdRULFkjBf5gbKG3Vl5mwRd2ufgpKbHc1Xg==";
    const UNSUBSCRIBE: &str = "NLJjfKec2vs+vRQMyoe6BfaDDYgASHBX5wBy1scoTvBHhaSZW4ZvU6Mekld9FLh+Vk0MOcmbUsxszA90f3c4aNSLCsKeVMYm7QArDw6nSx4sBpY0cexhuNgOjp6QujbymapApIlrEtOmgbBjozR48ZEWewDsn79K+CH5Ix2y2ldf26bKiM2pki1X1H2KEc/5oAzPMti36vHlOmd5NaFFte9GZaiM0AbsqJyB7FrGUKwpt73robuyD8p0odnwb9u4p7MTjO4hg9zXu7BpOHs54TZZeEqMn4r4pQ49n3eo1LlW5hsl1uVCDQayDfSSXb1p5xV/HCso3fahdrVa0HeyGg==";

    #[test]
    fn both_versions_of_notifications_are_accepted() {
        for (version, signature) in [(1, V1), (2, V2)] {
            let body = body(NOTIFICATION, version, signature);
            let delivery = verified(&topic(ARN), &NONE, &body, NOW);
            assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("id-1"), true));
            let damaged = body.replace("id-1", "id-2");
            let kind = refused(&topic(ARN), &NONE, &damaged, NOW);
            assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        }
        let only_2 = topic(ARN).require_version_2();
        verified(&only_2, &NONE, &body(NOTIFICATION, 2, V2), NOW);
        for (version, signature, kind) in [
            (1, V1, VerifyErrorKind::MalformedSignature),
            (2, V1, VerifyErrorKind::InvalidSignature),
            (3, V2, VerifyErrorKind::MalformedSignature),
        ] {
            let body = body(NOTIFICATION, version, signature);
            assert_eq!(refused(&only_2, &NONE, &body, NOW), kind);
        }
    }

    #[test]
    fn another_topic_host_or_time_is_refused_and_a_missing_certificate_asks_to_come_again() {
        let (body, invalid) = (body(NOTIFICATION, 2, V2), VerifyErrorKind::InvalidSignature);
        let other = topic("arn:aws:sns:us-east-1:123456789012:other");
        assert_eq!(refused(&other, &NONE, &body, NOW), invalid);
        let elsewhere = body.replace(".amazonaws.com/Simple", ".amazonaws.com.evil.example/Simple");
        assert_eq!(refused(&topic(ARN), &NONE, &elsewhere, NOW), invalid);
        assert_eq!(refused(&topic(ARN), &NONE, &body, UnixTime::from_secs(0)), invalid);
        let unknown = body.replace("0123abcd", "4567");
        let kind = refused(&topic(ARN), &NONE, &unknown, NOW);
        assert_eq!(kind, VerifyErrorKind::KeyUnavailable);
        let twice = body.replace(r#","Subject""#, r#","MessageId":"id-2","Subject""#);
        let kind = refused(&topic(ARN), &NONE, &twice, NOW);
        assert_eq!(kind, VerifyErrorKind::MissingSignature);
    }

    #[test]
    fn only_a_genuine_subscription_is_confirmed_and_none_is_a_delivery() {
        let urls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&urls);
        let topic = topic(ARN).on_confirmation(move |confirmation| {
            seen.lock().unwrap().push(confirmation.subscribe_url().to_owned());
        });
        let check = |body: String| {
            let verification = topic.begin(&Head::new("POST", "/", &NONE), Clock::at(NOW)).unwrap();
            verification.finish(&Bytes::from(body))
        };
        let is_ok = |checked| matches!(checked, Ok(Checked::Handshake { answer, .. }) if answer == Answer::ok());
        assert!(is_ok(check(body(UNSUBSCRIPTION, 2, UNSUBSCRIBE))));
        assert!(check(body(SUBSCRIPTION, 2, UNSUBSCRIBE)).is_err());
        assert!(check(body(SUBSCRIPTION, 2, SUBSCRIBE).replace("&Token=t", "&Token=u")).is_err());
        assert!(check(body(NOTIFICATION, 2, SUBSCRIBE)).is_err());
        assert!(urls.lock().unwrap().is_empty());
        assert!(is_ok(check(body(SUBSCRIPTION, 2, SUBSCRIBE))));
        assert_eq!(*urls.lock().unwrap(), [CONFIRM]);
    }

    #[test]
    fn only_urls_of_sns_are_fetched() {
        for url in [
            URL,
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a.pem",
            "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        ] {
            assert!(is_certificate_url(url), "{url}");
        }
        let pem = "/SimpleNotificationService-0a.pem";
        for url in [
            // Where a bucket called `sns` could be.
            "https://sns.s3-us-west-2.amazonaws.com".to_owned() + pem,
            "https://sns.s3-accelerate.amazonaws.com".to_owned() + pem,
            "https://sns.s3-website-us-east-1.amazonaws.com".to_owned() + pem,
            "https://sns.us-1.amazonaws.com".to_owned() + pem,
            "https://sns.us-east-1-s3.amazonaws.com".to_owned() + pem,
            "http://sns.us-east-1.amazonaws.com".to_owned() + pem,
            "https://sns.us-east-1.amazonaws.com:8443".to_owned() + pem,
            "https://sns.us-east-1.amazonaws.com@evil.example".to_owned() + pem,
            "https://evil.example/sns.us-east-1.amazonaws.com".to_owned() + pem,
            "https://sns.us-east-1.evil.amazonaws.com".to_owned() + pem,
            "https://bucket.s3.amazonaws.com".to_owned() + pem,
            "https://sns.amazonaws.com".to_owned() + pem,
            "https://sns.us-east-1.amazonaws.com/x".to_owned() + pem,
            "https://sns.us-east-1.amazonaws.com/../x.pem".to_owned(),
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem?x".to_owned(),
            String::new(),
        ] {
            assert!(!is_certificate_url(&url), "{url}");
        }
        assert!(!is_confirmation_url("https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&x"));
    }

    #[test]
    fn only_the_message_has_several_lines() {
        let body =
            body(NOTIFICATION, 2, TWO_LINES).replace(r#""Subject":"a""#, r#""Subject":"a\nb""#);
        let kind = refused(&topic(ARN), &NONE, &body, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn a_topic_is_given_by_its_arn() {
        for text in
            ["orders", "arn:aws:sqs:us-east-1:1:a", "arn:aws:sns:us-east-1:1", "arn:aws:sns:::a"]
        {
            let error = Topic::new(&SecretText::new(text).unwrap(), |_: &str| None).unwrap_err();
            assert_eq!(error.kind(), SecretErrorKind::Undecodable, "{text}");
        }
    }
}
