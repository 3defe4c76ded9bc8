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
/// A scheme is a constant. It is built by `const fn`s, checked while it is compiled, and run by the same code
/// for all providers. For anything that it cannot express (sorted forms, JWTs, certificates), write a
/// [`Verify`](crate::Verify) by hand.
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
/// A scheme with a timestamp that is not signed does not compile:
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
    /// The byte that is signed directly after the id. The id must not contain it: otherwise `a.b` + `.` + `c`
    /// and `a` + `.` + `b.c` would have the same signature.
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
    /// Creates a scheme whose provider signs the body with HMAC-SHA256 and sends plain hex in
    /// `signature_header`.
    ///
    /// `name` is the provider's name in logs, deliveries and events. Header names must be in lower case.
    ///
    /// # Panics
    ///
    /// While compiling: if the name is empty, or the header name is not in lower case.
    pub const fn new(name: &'static str, signature_header: &'static str) -> Self {
        assert!(!name.is_empty(), "the provider's name must not be empty");
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

    /// Creates a scheme whose provider sends its secret in `header`, as text or, if [`encoding`](Self::encoding) says
    /// so, in base64. It authenticates the sender but not the body.
    ///
    /// # Panics
    ///
    /// Like [`new`](Self::new).
    pub const fn token(name: &'static str, header: &'static str) -> Self {
        let mut scheme = Self::new(name, header);
        scheme.algorithm = Algorithm::Token;
        scheme.encoding = Encoding::Text;
        scheme.parts = &[];
        scheme
    }

    /// Returns the provider's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Sets the exact text before the signature. It is case-sensitive.
    #[must_use]
    pub const fn prefix(mut self, prefix: &'static str) -> Self {
        self.format = Format::Whole { prefix };
        self
    }

    /// Reads the header as a list of `key<assign>value` items. Each item named `key` is a signature.
    ///
    /// Spaces around items are removed, and items with other keys are ignored. `fields(',', '=', "v1")` reads
    /// `t=1,v1=<hex>`, and `fields(' ', ',', "v1")` reads `v1,<base64> v1a,<base64>`.
    #[must_use]
    pub const fn fields(mut self, separator: char, assign: char, key: &'static str) -> Self {
        self.format = Format::Fields { separator: ascii(separator), assign: ascii(assign), key };
        self
    }

    /// Reads the header as a list of a timestamp and then signatures.
    #[must_use]
    pub const fn positional(mut self, separator: char) -> Self {
        self.format = Format::Positional { separator: ascii(separator) };
        self.timestamp_from(TimeSource::FirstPosition)
    }

    /// Sets additional headers with signatures in the same format, such as one made with a second key.
    #[must_use]
    pub const fn more_signatures(mut self, headers: &'static [&'static str]) -> Self {
        header_names(headers);
        self.more_signature_headers = headers;
        self
    }

    /// Sets an algorithm other than HMAC-SHA256.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets a signature encoding other than hex.
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets the header with the signed timestamp.
    ///
    /// The timestamp is in seconds and at most 300 s from the current time, unless [`unit`](Self::unit) and
    /// [`tolerance_secs`](Self::tolerance_secs) set other values. A timestamp that is not signed proves
    /// nothing, so a scheme that does not sign its timestamp does not compile.
    #[must_use]
    pub const fn timestamp(self, header: &'static str) -> Self {
        self.timestamp_from(TimeSource::Header(header_name(header)))
    }

    /// Sets the field of the signature header with the signed timestamp.
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

    /// Sets the format of the timestamp. Call it after the method that sets the timestamp.
    ///
    /// # Panics
    ///
    /// While compiling: if no timestamp is set.
    #[must_use]
    pub const fn unit(mut self, unit: TimestampUnit) -> Self {
        assert!(self.time.is_some(), "call unit() after the method that sets the timestamp");
        if let Some(time) = &mut self.time {
            time.unit = unit;
        }
        self
    }

    /// Sets how many seconds the timestamp may be from the current time, in either direction, inclusive.
    /// Users can override it per secret. Call it after the method that sets the timestamp.
    ///
    /// # Panics
    ///
    /// While compiling: if no timestamp is set.
    #[must_use]
    pub const fn tolerance_secs(mut self, secs: u64) -> Self {
        assert!(
            self.time.is_some(),
            "call tolerance_secs() after the method that sets the timestamp"
        );
        if let Some(time) = &mut self.time {
            time.tolerance = Duration::from_secs(secs);
        }
        self
    }

    /// Sets the header with the delivery's id. It is signed only if [`signs`](Self::signs) lists
    /// [`Part::Id`].
    #[must_use]
    pub const fn delivery_id(mut self, header: &'static str) -> Self {
        self.id_header = Some(header_name(header));
        self
    }

    /// Sets unsigned headers that a delivery provides as hints, such as the event's name.
    #[must_use]
    pub const fn hints(mut self, headers: &'static [&'static str]) -> Self {
        header_names(headers);
        self.hints = headers;
        self
    }

    /// Sets the top-level member of the JSON body that identifies the delivery.
    ///
    /// It must have the same value in every retry, and a different one in every other delivery; the value is
    /// a string or a number. It is signed, because the body is. The id of an object that several events share
    /// does not qualify: deliveries with equal ids count as duplicates.
    ///
    /// # Panics
    ///
    /// While compiling: if the name is empty.
    #[must_use]
    pub const fn body_id(mut self, member: &'static str) -> Self {
        assert!(!member.is_empty(), "the member's name must not be empty");
        self.body_id = Some(member);
        self
    }

    /// Sets headers that must have exactly these values, such as a version.
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

    /// Sets the signed message: its parts, in order.
    #[must_use]
    pub const fn signs(mut self, parts: &'static [Part]) -> Self {
        self.parts = parts;
        (self.signs_id, self.id_end) = (false, None);
        let mut parts = parts;
        while let [part, rest @ ..] = parts {
            if let Part::Id = part {
                self.signs_id = true;
                self.id_end = match rest {
                    [Part::Literal(next), ..] => next.as_bytes().first().copied(),
                    // Nothing ends it. An id that reaches into the body, which is JSON, has a brace.
                    [Part::Timestamp, ..] => Some(b'{'),
                    _ => None,
                };
            }
            parts = rest;
        }
        self
    }

    /// Sets the encoding of the secret.
    #[must_use]
    pub const fn key(mut self, key: KeyFormat) -> Self {
        self.key = key;
        self
    }

    /// Sets an alternative for a provider with two sets of header names.
    ///
    /// It is used if this scheme's signature header is missing and the alternative's is present. The name and
    /// the secrets remain those of this scheme.
    #[must_use]
    pub const fn or(mut self, alternative: &'static Scheme) -> Self {
        self.alternative = Some(alternative);
        self
    }

    /// Sets the function that answers an unsigned handshake, such as a GET with a challenge. It returns `None`
    /// for other requests. The adapter sends the answer, and no handler runs. Repeat only what the provider asks
    /// for, with [`Answer::echo`].
    #[must_use]
    pub const fn challenge(mut self, answer: fn(&Head<'_>) -> Option<Answer>) -> Self {
        self.challenge = Some(answer);
        self
    }

    /// Sets the function that answers a handshake sent as a signed delivery. It runs after the verification and
    /// returns `None` for other deliveries. The adapter sends the answer, and no handler runs.
    #[must_use]
    pub const fn handshake(mut self, answer: fn(&Verifier, &Delivery) -> Option<Answer>) -> Self {
        self.handshake = Some(answer);
        self
    }

    /// Returns how far the signed time may be from the current time: the user's choice, or else the
    /// provider's default. Zero if no time is signed.
    pub(crate) fn tolerance(&self, chosen: Option<Duration>) -> Duration {
        chosen.or_else(|| self.time.map(|rule| rule.tolerance)).unwrap_or_default()
    }

    /// Returns the names of all headers that the scheme and its alternative read.
    pub(crate) fn headers(&self) -> Vec<&'static str> {
        let mut names = vec![self.signature_header];
        names.extend(self.more_signature_headers);
        if let Some(TimeRule { source: TimeSource::Header(name), .. }) = self.time {
            names.push(name);
        }
        names.extend(self.id_header);
        names.extend(self.parts.iter().filter_map(|part| match part {
            Part::Header(name) => Some(*name),
            _ => None,
        }));
        names.extend(self.required.iter().map(|(name, _)| *name));
        names.extend(self.hints);
        names.extend(self.alternative.into_iter().flat_map(Self::headers));
        let mut seen = Vec::new();
        names.retain(|name| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        names
    }

    /// Returns whether the scheme or its alternative signs the URL.
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
