use std::borrow::Cow;

use crate::error::VerifyErrorKind;
use crate::headers::Head;
use crate::scheme::{Part, Scheme};

/// What outlives a request's head: what was signed around the body, the id and the hints. One allocation,
/// none if there is nothing of it.
#[derive(Clone)]
pub(crate) struct Labels {
    /// What is signed before the body and after it, then the id, then each hint behind a byte with its
    /// length.
    text: Vec<u8>,
    before: usize,
    after: usize,
    id: usize,
    hints: &'static [&'static str],
}

impl Labels {
    pub(crate) const NONE: Self = Self { text: Vec::new(), before: 0, after: 0, id: 0, hints: &[] };

    const MAX_LEN: usize = 255;

    /// What most hints are shorter than.
    const HINT_LEN: usize = 40;

    /// Ids and names are short and visible ASCII; anything else is not handed to logs and databases.
    pub(crate) fn is_readable(text: &[u8]) -> bool {
        let short = (1..=Self::MAX_LEN).contains(&text.len());
        short && text.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
    }

    /// Hints may also have single spaces between words: some providers name events like that.
    fn is_readable_hint(text: &[u8]) -> bool {
        text.len() <= Self::MAX_LEN && text.split(|byte| *byte == b' ').all(Self::is_readable)
    }

    /// Reads them from a head. `text` tells what is signed for each part but the body.
    pub(crate) fn read<'a>(
        scheme: &Scheme,
        head: &Head<'a>,
        id: &[u8],
        text: impl Fn(&Part) -> Result<Cow<'a, [u8]>, VerifyErrorKind>,
    ) -> Result<Self, VerifyErrorKind> {
        let mut labels = Self::NONE;
        let (before, after) = scheme.around_body();
        if !(before.is_empty() && after.is_empty()) {
            labels.text.reserve(128 + id.len() + scheme.hints.len() * Self::HINT_LEN);
            for part in before {
                labels.text.extend_from_slice(&text(part)?);
            }
            labels.before = labels.text.len();
            for part in after {
                labels.text.extend_from_slice(&text(part)?);
            }
            labels.after = labels.text.len();
        }
        labels.hints = scheme.hints;
        labels.set_id(id);
        labels.set_hints(scheme.hints, head);
        Ok(labels)
    }

    /// Sets the id, which is readable or empty. Comes before the hints.
    pub(crate) fn set_id(&mut self, id: &[u8]) {
        self.text.truncate(self.after);
        if !id.is_empty() {
            self.text.reserve(id.len() + self.hints.len() * Self::HINT_LEN);
            self.text.extend_from_slice(id);
        }
        self.id = self.text.len();
    }

    /// Takes the headers of these names. One that is missing, repeated or unreadable is none.
    pub(crate) fn set_hints(&mut self, names: &'static [&'static str], head: &Head<'_>) {
        self.hints = names;
        let mut missing = 0;
        for name in names {
            match head.header(name) {
                Ok(Some(hint)) if Self::is_readable_hint(hint) => {
                    self.text.extend(std::iter::repeat_n(0, missing));
                    missing = 0;
                    // Readable texts are no longer than a byte can say.
                    self.text.push(u8::try_from(hint.len()).unwrap_or_default());
                    self.text.extend_from_slice(hint);
                }
                _ => missing += 1,
            }
        }
    }

    /// Takes the hints of `other` instead of its own.
    pub(crate) fn take_hints(&mut self, other: &Self) {
        self.text.truncate(self.id);
        self.text.extend_from_slice(other.text.get(other.id..).unwrap_or_default());
        self.hints = other.hints;
    }

    /// What is signed before the body, and after it.
    pub(crate) fn around_body(&self) -> (&[u8], &[u8]) {
        let text = |from, to| self.text.get(from..to).unwrap_or_default();
        (text(0, self.before), text(self.before, self.after))
    }

    /// The id, if there is one.
    pub(crate) fn id(&self) -> Option<&str> {
        readable(self.text.get(self.after..self.id)?)
    }

    /// All hints that came, with their headers' names.
    pub(crate) fn hints(&self) -> impl Iterator<Item = (&'static str, &str)> + use<'_> {
        let mut rest = self.text.get(self.id..).unwrap_or_default();
        self.hints.iter().filter_map(move |name| {
            let (len, texts) = rest.split_first()?;
            let (hint, others) = texts.split_at_checked(usize::from(*len))?;
            rest = others;
            Some((*name, readable(hint)?))
        })
    }
}

fn readable(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok().filter(|text| !text.is_empty())
}
