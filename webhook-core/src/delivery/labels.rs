use std::borrow::Cow;

use crate::error::VerifyErrorKind;
use crate::headers::Head;
use crate::scheme::{Part, Scheme};

/// The parts of a request's head that are needed later: what is signed around the body, the id and the hints.
///
/// It makes one allocation, or none if it is empty.
#[derive(Clone)]
pub(crate) struct Labels {
    /// The text that is signed before the body, then the text after it, then the id, then each hint with its
    /// length in the byte before it.
    text: Vec<u8>,
    before: usize,
    after: usize,
    id: usize,
    hints: &'static [&'static str],
}

impl Labels {
    pub(crate) const NONE: Self = Self { text: Vec::new(), before: 0, after: 0, id: 0, hints: &[] };

    const MAX_LEN: usize = 255;

    /// Most hints are shorter than this.
    const HINT_LEN: usize = 40;

    /// Accepts short, visible ASCII. Nothing else may reach logs and databases.
    pub(crate) fn is_readable(text: &[u8]) -> bool {
        let short = (1..=Self::MAX_LEN).contains(&text.len());
        short && text.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
    }

    /// Hints may also have single spaces between words: some providers name events like that.
    fn is_readable_hint(text: &[u8]) -> bool {
        text.len() <= Self::MAX_LEN && text.split(|byte| *byte == b' ').all(Self::is_readable)
    }

    /// Reads the labels from a head into an empty value. `text` returns the signed text of each part except the body.
    #[inline]
    pub(crate) fn read<'a>(
        &mut self,
        scheme: &Scheme,
        head: &Head<'a>,
        id: &[u8],
        text: impl Fn(&Part) -> Result<Cow<'a, [u8]>, VerifyErrorKind>,
    ) -> Result<(), VerifyErrorKind> {
        let (before, after) = scheme.around_body();
        if !(before.is_empty() && after.is_empty()) {
            self.text.reserve(128 + id.len() + scheme.hints.len() * Self::HINT_LEN);
            for part in before {
                self.text.extend_from_slice(&text(part)?);
            }
            self.before = self.text.len();
            for part in after {
                self.text.extend_from_slice(&text(part)?);
            }
            self.after = self.text.len();
        }
        self.hints = scheme.hints;
        self.set_id(id);
        self.set_hints(scheme.hints, head);
        Ok(())
    }

    /// Sets the id, which must be readable or empty. Call it before `set_hints`.
    pub(crate) fn set_id(&mut self, id: &[u8]) {
        self.text.truncate(self.after);
        if !id.is_empty() {
            self.text.reserve(id.len() + self.hints.len() * Self::HINT_LEN);
            self.text.extend_from_slice(id);
        }
        self.id = self.text.len();
    }

    /// Copies the headers of these names. Missing, repeated or unreadable headers are skipped.
    pub(crate) fn set_hints(&mut self, names: &'static [&'static str], head: &Head<'_>) {
        self.hints = names;
        let mut missing = 0;
        for name in names {
            match head.header(name) {
                Ok(Some(hint)) if Self::is_readable_hint(hint) => {
                    self.text.extend(std::iter::repeat_n(0, missing));
                    missing = 0;
                    // A readable text is at most 255 bytes long.
                    self.text.push(u8::try_from(hint.len()).unwrap_or_default());
                    self.text.extend_from_slice(hint);
                }
                _ => missing += 1,
            }
        }
    }

    /// Replaces the hints by those of `other`.
    pub(crate) fn take_hints(&mut self, other: &Self) {
        self.text.truncate(self.id);
        self.text.extend_from_slice(other.text.get(other.id..).unwrap_or_default());
        self.hints = other.hints;
    }

    /// Returns the text that is signed before the body, and the text after it.
    pub(crate) fn around_body(&self) -> (&[u8], &[u8]) {
        let text = |from, to| self.text.get(from..to).unwrap_or_default();
        (text(0, self.before), text(self.before, self.after))
    }

    /// Returns the id, if there is one.
    pub(crate) fn id(&self) -> Option<&str> {
        readable(self.text.get(self.after..self.id)?)
    }

    /// Returns all hints of the request, with the names of their headers.
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
