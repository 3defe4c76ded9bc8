//! The order of the search: as given, one variation, pairs of likely ones, and what is plain from the head.

use super::candidate::{Candidate, Key, Variant};
use super::causes::cause;
use super::explainer::Explainer;
use super::explanation::{Cause, Explanation};
use super::input::{Credential, Request};
use super::trial::{Trial, Verdict};
use super::{credential, time};

/// One explanation while it is made.
pub(super) struct Search<'a> {
    explainer: &'a Explainer<'a>,
    request: &'a Request,
    trial: Trial<'a>,
}

impl<'a> Search<'a> {
    pub(super) fn new(explainer: &'a Explainer<'a>, request: &'a Request) -> Self {
        Self { explainer, request, trial: Trial::new(explainer) }
    }

    pub(super) fn run(mut self) -> Explanation {
        let (verified, credential, causes) =
            self.as_given().or_else(|| self.varied()).unwrap_or_default();
        Explanation { verified, credential, causes, tried: self.trial.tried }
    }

    fn credentials(&self) -> impl Iterator<Item = (usize, &'a Credential)> + use<'a> {
        self.explainer.credentials.iter().enumerate()
    }

    fn candidate(&self, key: Key) -> Candidate {
        let url = self.explainer.url.as_ref().map(|url| url.of_request(&self.request.target));
        Candidate { key, url, request: self.request.clone() }
    }

    fn as_given(&mut self) -> Option<Found> {
        self.trial.varies("the request as it was captured, with each credential as it is");
        for (index, credential) in self.credentials() {
            let Some(key) = Key::as_given(credential) else { continue };
            let candidate = self.candidate(key);
            let verdict = self.trial.verdict(&candidate);
            if verdict.is_authentic() || self.trial.is_handshake(&candidate) {
                return Some(self.found(index, verdict, &[]));
            }
        }
        None
    }

    fn varied(&mut self) -> Option<Found> {
        self.trial.varies("what goes wrong with secrets");
        for (index, credential) in self.credentials() {
            for variant in credential::variants(credential, self.explainer.entry.scheme()) {
                let key = Key::as_given(credential).or_else(|| Key::bytes(b"-"))?;
                let candidate = self.candidate(key).with(&variant.change);
                let verdict = self.trial.verdict(&candidate);
                if verdict.is_authentic() {
                    return Some(self.found(index, verdict, &[&variant]));
                }
            }
        }
        None
    }

    /// What verifies, with these variants of this credential.
    fn found(&self, index: usize, verdict: Verdict, variants: &[&Variant]) -> Found {
        let entry = self.explainer.entry;
        let mut causes: Vec<Cause> = variants
            .iter()
            .map(|variant| cause(variant.id, format!("verifies {}", variant.evidence), entry))
            .collect();
        if let Verdict::At(signed) = verdict {
            let tolerance = self.explainer.tolerance.or_else(|| entry.default_tolerance());
            let (id, evidence) = time::defect(signed, self.request.received_at, tolerance);
            causes.push(cause(id, format!("verifies {evidence}"), entry));
        }
        let verified = causes.is_empty();
        if let Some((first, other)) = self
            .explainer
            .credentials
            .first()
            .zip(self.explainer.credentials.get(index))
            .filter(|_| index > 0)
        {
            let evidence = format!("verifies with `{}`, not with `{}`", other.label, first.label);
            causes.insert(0, cause(credential::kind_of_other(first, other), evidence, entry));
        }
        (verified, Some(index), causes)
    }
}

/// Whether it is verified, by which credential, and the causes.
type Found = (bool, Option<usize>, Vec<Cause>);
