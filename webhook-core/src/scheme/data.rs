use std::time::Duration;

use super::check::{ascii, header_name, header_names};
use super::format::{Format, TimeRule, TimeSource};
use super::part::Part;
use super::verifier::Verifier;
use crate::answer::Answer;
use crate::delivery::Delivery;
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, KeyFormat};
use crate::timestamp::TimestampUnit;

/// How a provider signs its requests.
///
/// A scheme is a constant: built by `const fn`s, checked when it is compiled, and run by one engine for
/// all providers. What it cannot say (sorted forms, JWTs, certificates) is a hand-written
/// [`Verify`](crate::Verify) instead.
///
/// ```
/// use webhook_core::{Key, Part, Scheme, SchemeProvider, SignsTime};
///
/// /// Acme signs `{timestamp}.{body}` and sends `Acme-Signature: t=1700000000,v1=<hex>`.
/// pub enum Acme {}
///
/// impl SchemeProvider for Acme {
///     const SCHEME: Scheme = Scheme::new("acme", "acme-signature")
///         .fields(',', '=', "v1")
///         .timestamp_field("t")
///         .signs(&[Part::Timestamp, Part::Literal("."), Part::Body]);
/// }
/// impl SignsTime for Acme {}
///
/// let secret = Key::<Acme>::new("acme-secret")?;
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
///
/// A scheme that names a time it does not sign is refused when its secret is compiled:
///
/// ```compile_fail,E0080
/// # use webhook_core::{Key, Scheme, SchemeProvider};
/// enum Acme {}
///
/// impl SchemeProvider for Acme {
///     const SCHEME: Scheme = Scheme::new("acme", "acme-signature").timestamp("acme-timestamp");
/// }
///
/// let secret = Key::<Acme>::new("acme-secret");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) signature_header: &'static str,
    pub(crate) more_signature_headers: &'static [&'static str],
    pub(crate) format: Format,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) parts: &'static [Part],
    pub(crate) signs_id: bool,
    /// The first byte of what is signed right behind the id, and may not stand in it: `a.b` + `.` + `c` and
    /// `a` + `.` + `b.c` would be signed alike.
    pub(crate) id_end: Option<u8>,
    pub(crate) time: Option<TimeRule>,
    pub(crate) id_header: Option<&'static str>,
    pub(crate) hints: &'static [&'static str],
    pub(crate) body_id: Option<&'static str>,
    pub(crate) required: &'static [(&'static str, &'static str)],
    pub(crate) key: KeyFormat,
    pub(crate) alternative: Option<&'static Scheme>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) handshake: Option<Handshake>,
}

/// Answers a handshake that is not signed, by its head.
type Challenge = fn(&Head<'_>) -> Option<Answer>;

/// Answers a handshake that is signed.
type Handshake = fn(&Verifier, &Delivery) -> Option<Answer>;

impl Scheme {
    /// A provider that signs the body with HMAC-SHA256 and sends bare hex in `signature_header`.
    ///
    /// `name` is the provider's name in logs, deliveries and events. Header names are given in lower case.
    ///
    /// # Panics
    ///
    /// While compiling: if the provider has no name, or the header name is not in lower case.
    pub const fn new(name: &'static str, signature_header: &'static str) -> Self {
        assert!(!name.is_empty(), "a provider has a name");
        Self {
            name,
            signature_header: header_name(signature_header),
            more_signature_headers: &[],
            format: Format::Whole { prefix: "" },
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            parts: &[Part::Body],
            signs_id: false,
            id_end: None,
            time: None,
            id_header: None,
            hints: &[],
            body_id: None,
            required: &[],
            key: KeyFormat::Raw,
            alternative: None,
            challenge: None,
            handshake: None,
        }
    }

    /// A provider that sends its secret in `header` as it is. That proves who sent the request, and nothing
    /// about the body.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub const fn token(name: &'static str, header: &'static str) -> Self {
        let mut scheme = Self::new(name, header);
        scheme.algorithm = Algorithm::Token;
        scheme.encoding = Encoding::Text;
        scheme.parts = &[];
        scheme
    }

    /// The provider's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The signature stands behind `prefix`, exactly as given, case included.
    #[must_use]
    pub const fn prefix(mut self, prefix: &'static str) -> Self {
        self.format = Format::Whole { prefix };
        self
    }

    /// The header is a list of `key<assign>value` items; every one named `key` is a signature. Spaces
    /// around items are dropped, items with other keys are ignored: `fields(',', '=', "v1")` reads
    /// `t=1,v1=<hex>`, `fields(' ', ',', "v1")` reads `v1,<base64> v1a,<base64>`.
    #[must_use]
    pub const fn fields(mut self, separator: char, assign: char, key: &'static str) -> Self {
        self.format = Format::Fields { separator: ascii(separator), assign: ascii(assign), key };
        self
    }

    /// The header is a list whose first item is the timestamp and whose others are signatures.
    #[must_use]
    pub const fn positional(mut self, separator: char) -> Self {
        self.format = Format::Positional { separator: ascii(separator) };
        self.timestamp_from(TimeSource::FirstPosition)
    }

    /// More headers that may carry signatures in the same form, such as one made with a second key.
    #[must_use]
    pub const fn more_signatures(mut self, headers: &'static [&'static str]) -> Self {
        header_names(headers);
        self.more_signature_headers = headers;
        self
    }

    /// Another algorithm than HMAC-SHA256.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Another encoding of the signature than hex.
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// The signed timestamp stands in a header: seconds, and at most 300 s from now, unless
    /// [`unit`](Self::unit) and [`tolerance_secs`](Self::tolerance_secs) say otherwise. A time that is
    /// not signed proves nothing; a scheme that names one it does not sign does not compile.
    #[must_use]
    pub const fn timestamp(self, header: &'static str) -> Self {
        self.timestamp_from(TimeSource::Header(header_name(header)))
    }

    /// The signed timestamp stands in a field of the signature header.
    #[must_use]
    pub const fn timestamp_field(self, field: &'static str) -> Self {
        self.timestamp_from(TimeSource::Field(field))
    }

    const fn timestamp_from(mut self, source: TimeSource) -> Self {
        self.time = Some(TimeRule {
            source,
            unit: TimestampUnit::Seconds,
            tolerance: Duration::from_secs(300),
        });
        self
    }

    /// How the timestamp is written. Stands after the timestamp.
    ///
    /// # Panics
    ///
    /// While compiling: without a timestamp before it.
    #[must_use]
    pub const fn unit(mut self, unit: TimestampUnit) -> Self {
        assert!(self.time.is_some(), "unit() stands after the timestamp it describes");
        if let Some(time) = &mut self.time {
            time.unit = unit;
        }
        self
    }

    /// How many seconds the timestamp may be from now, in either direction, inclusively, unless the
    /// user of the secret says otherwise. Stands after the timestamp.
    ///
    /// # Panics
    ///
    /// While compiling: without a timestamp before it.
    #[must_use]
    pub const fn tolerance_secs(mut self, secs: u64) -> Self {
        assert!(self.time.is_some(), "tolerance_secs() stands after the timestamp it describes");
        if let Some(time) = &mut self.time {
            time.tolerance = Duration::from_secs(secs);
        }
        self
    }

    /// The header with the delivery's id. Signed only if [`signs`](Self::signs) says so.
    #[must_use]
    pub const fn delivery_id(mut self, header: &'static str) -> Self {
        self.id_header = Some(header_name(header));
        self
    }

    /// Unsigned headers that are handed on as hints, such as the event's name.
    #[must_use]
    pub const fn hints(mut self, headers: &'static [&'static str]) -> Self {
        header_names(headers);
        self.hints = headers;
        self
    }

    /// The top-level member of a JSON body that identifies the delivery: the same text or number in every
    /// retry, and another one in every other delivery. It is signed, since the body is. An object's id, which
    /// several events share, is not one: deliveries with equal ids count as duplicates.
    ///
    /// # Panics
    ///
    /// While compiling: without a name.
    #[must_use]
    pub const fn body_id(mut self, member: &'static str) -> Self {
        assert!(!member.is_empty(), "a member has a name");
        self.body_id = Some(member);
        self
    }

    /// Headers that must be present with exactly these values, such as a version.
    #[must_use]
    pub const fn requires(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        let mut rest = headers;
        while let [(name, _), others @ ..] = rest {
            header_name(name);
            rest = others;
        }
        self.required = headers;
        self
    }

    /// What is signed, in order.
    #[must_use]
    pub const fn signs(mut self, parts: &'static [Part]) -> Self {
        self.parts = parts;
        (self.signs_id, self.id_end) = (false, None);
        let mut parts = parts;
        while let [part, rest @ ..] = parts {
            if let Part::Id = part {
                self.signs_id = true;
                if let [Part::Literal(next), ..] = rest {
                    self.id_end = next.as_bytes().first().copied();
                }
            }
            parts = rest;
        }
        self
    }

    /// How the secret's text becomes a key.
    #[must_use]
    pub const fn key(mut self, key: KeyFormat) -> Self {
        self.key = key;
        self
    }

    /// Where this scheme's signature header is missing and the alternative's is there, the alternative
    /// is run. For a provider with two sets of header names; name and secrets are this scheme's.
    #[must_use]
    pub const fn or(mut self, alternative: &'static Scheme) -> Self {
        self.alternative = Some(alternative);
        self
    }

    /// Answers the handshake that the provider sends without a signature, such as a GET with a challenge:
    /// `answer` tells by the head whether a request is one. Adapters answer it; no handler sees it.
    ///
    /// Repeat nothing but what the provider asks for, with [`Answer::echo`].
    #[must_use]
    pub const fn challenge(mut self, answer: fn(&Head<'_>) -> Option<Answer>) -> Self {
        self.challenge = Some(answer);
        self
    }

    /// Answers the handshake that the provider sends as a signed delivery, after it was verified: `answer`
    /// tells by the delivery whether it is one. Adapters answer it; no handler sees it.
    #[must_use]
    pub const fn handshake(mut self, answer: fn(&Verifier, &Delivery) -> Option<Answer>) -> Self {
        self.handshake = Some(answer);
        self
    }

    /// How far the signed time may be from now: what the user chose, or else the provider's default. Zero if
    /// no time is signed.
    pub(crate) fn tolerance(&self, chosen: Option<Duration>) -> Duration {
        chosen.or_else(|| self.time.map(|rule| rule.tolerance)).unwrap_or_default()
    }

    /// Whether it, or an alternative, signs the URL.
    pub(crate) const fn signs_url(&self) -> bool {
        let mut parts = self.parts;
        while let [part, rest @ ..] = parts {
            if matches!(part, Part::Url) {
                return true;
            }
            parts = rest;
        }
        match self.alternative {
            Some(alternative) => alternative.signs_url(),
            None => false,
        }
    }
}
