//! What is checked of a scheme while it is compiled.

use super::Scheme;
use super::format::{Format, TimeRule, TimeSource};
use super::part::Part;
use crate::keys::{Algorithm, Encoding, KeyFormat};

impl Scheme {
    /// Checked while compiling: that the rules fit each other.
    pub(crate) const fn check(&self) {
        let counts = self.counts();
        if matches!(self.algorithm, Algorithm::Token) {
            assert!(self.parts.is_empty(), "a token signs nothing");
            assert!(matches!(self.encoding, Encoding::Text), "a token is compared as text");
        } else {
            assert!(counts.body == 1, "a scheme signs the body, once");
            assert!(!matches!(self.encoding, Encoding::Text), "a signature is encoded");
        }
        assert!(
            self.time.is_some() == (counts.time > 0),
            "a timestamp is signed if it is named, and named if it is signed"
        );
        assert!(counts.id <= 1, "a scheme signs the delivery id at most once");
        assert!(counts.id == 0 || self.id_header.is_some(), "a signed delivery id has a header");
        if let Some(TimeRule { source, .. }) = self.time {
            let fits = match source {
                TimeSource::Header(_) => true,
                TimeSource::Field(_) => matches!(self.format, Format::Fields { .. }),
                TimeSource::FirstPosition => matches!(self.format, Format::Positional { .. }),
            };
            assert!(fits, "timestamp_field() goes with fields(), positional() with nothing else");
            assert!(
                matches!(source, TimeSource::Header(_)) || self.more_signature_headers.is_empty(),
                "a time in the signature header leaves room for one such header"
            );
        }
        if let Some(alternative) = self.alternative {
            assert!(
                alternative.algorithm as u8 == self.algorithm as u8
                    && same_key_format(alternative.key, self.key),
                "an alternative uses the same keys"
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

/// What prefix is dropped from base64 is not compared: `const` code cannot compare texts.
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
    assert!(!name.is_empty(), "a header has a name");
    let mut bytes = name.as_bytes();
    while let [byte, rest @ ..] = bytes {
        assert!(
            byte.is_ascii_graphic() && !byte.is_ascii_uppercase(),
            "header names are given in lower case"
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
    assert!(character.is_ascii(), "separators are ASCII");
    character as u8
}
