use std::cell::RefCell;

use crate::clock::Clock;
use crate::explain::layout;
use crate::headers::{Found, Head, Headers};
use crate::registry::Entry;
use crate::timestamp::UnixTime;
use crate::verify::Verify;

/// The headers that a provider's signatures are in. For a hand-written one these are the headers that it asks a
/// request for that has none.
pub(in crate::explain) fn signature_headers(
    entry: &Entry,
    verify: Option<&dyn Verify>,
) -> Vec<String> {
    if let Some(scheme) = entry.scheme() {
        let schemes = std::iter::successors(Some(scheme), |scheme| scheme.alternative);
        return schemes.flat_map(layout::signature_headers).map(str::to_owned).collect();
    }
    let asked = Asked::default();
    if let Some(verify) = verify {
        let head = Head::new("POST", "/", &asked);
        if verify.begin(&head, Clock::at(UnixTime::from_secs(0))).is_ok() {
            // The signature is in the body.
            return Vec::new();
        }
    }
    asked.0.into_inner()
}

/// No headers, and the names of those that were looked for.
#[derive(Default)]
struct Asked(RefCell<Vec<String>>);

impl Headers for Asked {
    fn find(&self, name: &str) -> Found<'_> {
        let mut names = self.0.borrow_mut();
        if !names.iter().any(|each| each == name) {
            names.push(name.to_owned());
        }
        Ok(None)
    }
}
