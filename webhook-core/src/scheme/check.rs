//! The compile-time checks of a scheme.

use super::Scheme;
use super::format::{Format, TimeRule, TimeSource};
use super::part::Part;
use crate::keys::{Algorithm, Encoding, KeyFormat};

impl Scheme {
    /// Checks while compiling that the rules of the scheme are consistent.
    pub(crate) const fn check(&self) {
        let counts = self.counts();
        if matches!(self.algorithm, Algorithm::Token) {
            assert!(self.parts.is_empty(), "a token scheme must not sign any part");
            assert!(
                matches!(self.encoding, Encoding::Text | Encoding::Base64),
                "a token is sent as Encoding::Text, or as Encoding::Base64"
            );
        } else {
            assert!(counts.body == 1, "a scheme must sign the body exactly once");
            assert!(
                !matches!(self.encoding, Encoding::Text),
                "Encoding::Text is only for token schemes"
            );
        }
        assert!(
            self.time.is_some() == (counts.time > 0),
            "the timestamp must be both set and signed, or neither"
        );
        assert!(counts.id <= 1, "a scheme must not sign the delivery id twice");
        assert!(
            counts.id == 0 || self.id_header.is_some(),
            "a signed delivery id needs delivery_id()"
        );
        if let Some(TimeRule { source, .. }) = self.time {
            let fits = match source {
                TimeSource::Header(_) => true,
                TimeSource::Field(_) => matches!(self.format, Format::Fields { .. }),
                TimeSource::FirstPosition => matches!(self.format, Format::Positional { .. }),
            };
            assert!(
                fits,
                "timestamp_field() needs fields(); positional() excludes fields() and prefix()"
            );
            assert!(
                matches!(source, TimeSource::Header(_)) || self.more_signature_headers.is_empty(),
                "more_signatures() needs the timestamp in a header of its own"
            );
        }
        if let Some(alternative) = self.alternative {
            assert!(
                alternative.algorithm as u8 == self.algorithm as u8
                    && same_key_format(alternative.key, self.key),
                "an alternative must use the same algorithm and key format"
            );
            alternative.check();
        }
    }

    const fn counts(&self) -> Counts {
        let mut counts = Counts { body: 0, time: 0, id: 0 };
        let mut parts = self.parts;
        while let [part, rest @ ..] = parts {
            match part {
                Part::Body => counts.body += 1,
                Part::Timestamp => counts.time += 1,
                Part::Id => counts.id += 1,
                Part::Header(name) => {
                    header_name(name);
                }
                Part::Method | Part::Url | Part::Literal(_) => {}
            }
            parts = rest;
        }
        counts
    }
}

/// The prefixes of base64 are not compared, because `const` code cannot compare strings.
const fn same_key_format(a: KeyFormat, b: KeyFormat) -> bool {
    matches!(
        (a, b),
        (KeyFormat::Raw, KeyFormat::Raw)
            | (KeyFormat::Hex, KeyFormat::Hex)
            | (KeyFormat::Spki, KeyFormat::Spki)
            | (KeyFormat::Base64 { .. }, KeyFormat::Base64 { .. })
            | (KeyFormat::Base64OrRaw { .. }, KeyFormat::Base64OrRaw { .. })
    )
}

struct Counts {
    body: usize,
    time: usize,
    id: usize,
}

pub(super) const fn header_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "a header's name must not be empty");
    let mut bytes = name.as_bytes();
    while let [byte, rest @ ..] = bytes {
        assert!(
            byte.is_ascii_graphic() && !byte.is_ascii_uppercase(),
            "header names must be in lower case"
        );
        bytes = rest;
    }
    name
}

pub(super) const fn header_names(mut names: &'static [&'static str]) {
    while let [name, rest @ ..] = names {
        header_name(name);
        names = rest;
    }
}

pub(super) const fn ascii(character: char) -> u8 {
    assert!(character.is_ascii(), "separators must be ASCII");
    character as u8
}
