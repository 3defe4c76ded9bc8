//! The order of the search: as given, one variation, pairs of likely ones, rare ones, and what is plain.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::body::{self, Body};
use super::candidate::{Candidate, Change, Key, Variant};
use super::causes::cause;
use super::explainer::Explainer;
use super::explanation::{Cause, Explanation};
use super::input::Request;
use super::trial::{Trial, Verdict};
use super::{credential, head, provider, signing, time, url};
use crate::error::VerifyErrorKind;
use crate::keys::Algorithm;
use crate::registry::Entry;

/// One explanation while it is made.
pub(super) struct Search<'a> {
    explainer: &'a Explainer<'a>,
    entry: &'a Entry,
    request: &'a Request,
    trial: Trial<'a>,
    /// The names of the signature headers.
    names: Vec<String>,
    /// Bodies that were tried, as hashes.
    known: HashSet<u64>,
    hasher: RandomState,
}

/// Whether it is verified, by which credential, and the causes.
type Found = (bool, Option<usize>, Vec<Cause>);

/// A candidate that only a variation can make authentic, with the variants that it has already.
#[derive(Clone)]
struct Base {
    index: usize,
    candidate: Candidate,
    variants: Vec<Variant>,
    /// Whether the head is refused, so that nothing but another head helps.
    head_refused: bool,
}

/// How many forms of an unusable credential are combined with other variations.
const MAX_FORMS: usize = 4;

/// A body that is longer is not combined with the unlikelier URLs.
const LARGE: usize = 64 * 1024;

impl<'a> Search<'a> {
    pub(super) fn new(explainer: &'a Explainer<'a>, request: &'a Request) -> Self {
        let trial = Trial::new(explainer);
        let (known, hasher) = (HashSet::new(), RandomState::new());
        Self { explainer, entry: explainer.entry, request, trial, names: Vec::new(), known, hasher }
    }

    pub(super) fn run(mut self) -> Explanation {
        let found = self.search().unwrap_or_else(|plain| (false, None, plain));
        let (verified, credential, causes) = found;
        Explanation { verified, credential, causes, tried: self.trial.tried }
    }

    fn search(&mut self) -> Result<Found, Vec<Cause>> {
        let url = self.explainer.url.as_ref().map(|url| url.of_request(&self.request.target));
        let blank =
            Candidate { key: Key::Bytes(b"-".to_vec().into()), url, request: self.request.clone() };
        let mut bases = Vec::new();
        let mut refused = None;
        self.trial.varies("the request as it was captured, with each credential as it is");
        for (index, credential) in self.explainer.credentials.iter().enumerate() {
            let Some(key) = Key::as_given(credential) else { continue };
            let candidate = blank.with(&Change::Key(key));
            let mut base = Base { index, candidate, variants: Vec::new(), head_refused: false };
            match self.trial.verdict(&base.candidate) {
                Verdict::Refused(_) if self.trial.is_handshake(&base.candidate) => {
                    return Ok((true, Some(index), Vec::new()));
                }
                Verdict::Refused(kind) => {
                    refused = refused.or(Some(kind));
                    base.head_refused = kind.is_of_head();
                }
                Verdict::Unusable => continue,
                verdict => return Ok(self.found(&base, &[], verdict)),
            }
            bases.push(base);
        }
        let given = bases.len();
        // The signature headers are found with any usable key.
        let secrets = self.secrets(&blank);
        let usable = bases.iter().chain(&secrets).map(|base| &base.candidate);
        self.names = {
            let verifier =
                usable.clone().find_map(|candidate| self.trial.verifier(self.entry, candidate));
            head::signature_headers(self.entry, verifier.as_deref())
        };
        self.trial.varies("what goes wrong with secrets");
        let mut forms: Vec<Base> = Vec::new();
        for secret in secrets {
            match self.trial.verdict(&secret.candidate) {
                Verdict::Unusable => {}
                Verdict::Refused(kind) => {
                    refused = refused.or(Some(kind));
                    forms.push(Base { head_refused: kind.is_of_head(), ..secret });
                }
                verdict => return Ok(self.found(&secret, &[], verdict)),
            }
        }
        let is_unusable = |form: &Base| !bases.iter().any(|base| base.index == form.index);
        let unusable: Vec<_> =
            forms.iter().filter(|form| is_unusable(form)).take(MAX_FORMS).cloned().collect();
        bases.extend(unusable);
        let found = self
            .singles(&bases)
            .or_else(|| self.pairs(&bases, &forms))
            .or_else(|| self.rare(&bases));
        found.ok_or_else(|| self.plain(&bases, given, refused))
    }

    /// Each form of each credential.
    fn secrets(&self, blank: &Candidate) -> Vec<Base> {
        let mut found = Vec::new();
        for (index, credential) in self.explainer.credentials.iter().enumerate() {
            for variant in credential::variants(credential, self.entry.scheme()) {
                let candidate = blank.with(&variant.change);
                let variants = vec![variant];
                found.push(Base { index, candidate, variants, head_refused: false });
            }
        }
        found
    }

    /// One thing varied.
    fn singles(&mut self, bases: &[Base]) -> Option<Found> {
        // A header of another provider is likelier to be that than this provider's under another name.
        if self.names.iter().all(|name| self.request.first(name).is_none()) {
            let found = self.as_others(bases);
            if found.is_some() {
                return found;
            }
        }
        for base in bases {
            self.trial
                .varies("what goes wrong with headers: their names, format, encoding, time and id");
            let heads = self.heads(base);
            let found = self.first(base, heads).or_else(|| {
                let urls = if base.head_refused { Vec::new() } else { self.urls(base) };
                self.first(base, urls)
            });
            if found.is_some() {
                return found;
            }
            if base.head_refused {
                // Two providers may share a header, and one of them sends no time.
                let found = self.as_others(bases).or_else(|| self.computed(base));
                if found.is_some() {
                    return found;
                }
            } else if self.signs_body() {
                self.trial.varies("what goes wrong with bodies");
                let body = Body::of(self.request);
                let found = self.first(base, body.likely()).or_else(|| self.computed(base));
                let found = found.or_else(|| self.first(base, body.styles()));
                if found.is_some() {
                    return found;
                }
            }
        }
        self.as_others(bases)
    }

    /// As a request of another provider.
    fn as_others(&mut self, bases: &[Base]) -> Option<Found> {
        self.trial.varies("the other providers");
        bases.iter().find_map(|base| {
            let (evidence, verdict) =
                provider::verifying(self.entry, &mut self.trial, &base.candidate)?;
            let change = Change::Key(base.candidate.key.clone());
            let variant = Variant::new("other-provider", evidence, change);
            Some(self.found(base, &[&variant], verdict))
        })
    }

    /// Two things varied, of the likelier ones.
    fn pairs(&mut self, bases: &[Base], forms: &[Base]) -> Option<Found> {
        self.trial.varies("pairs of these");
        let signs_body = self.signs_body();
        let body = Body::of(self.request);
        let bodies: Vec<_> = body.likely().take(body::LIKELY).filter(|_| signs_body).collect();
        for form in forms {
            self.known.clear();
            let heads = self.heads(form);
            let found = self.first(form, heads).or_else(|| self.computed(form)).or_else(|| {
                let urls = self.urls(form).into_iter().take(url::LIKELY);
                self.first(form, bodies.iter().cloned().chain(urls).filter(|_| !form.head_refused))
            });
            if found.is_some() || self.trial.tried.exhausted {
                return found;
            }
        }
        for base in bases {
            let heads = self.heads(base);
            let urls: Vec<_> = self.urls(base).into_iter().take(url::LIKELY).collect();
            let usable_urls = urls.iter().filter(|_| !base.head_refused);
            for variant in heads.iter().chain(usable_urls) {
                let candidate = base.candidate.with(&variant.change);
                if matches!(self.trial.verdict(&candidate), Verdict::Refused(kind) if kind.is_of_head())
                {
                    continue;
                }
                let variants = [&*base.variants, std::slice::from_ref(variant)].concat();
                let changed = Base { index: base.index, candidate, variants, head_refused: false };
                self.known.clear();
                let is_url = matches!(variant.change, Change::Url(_));
                let urls = urls.iter().filter(|_| !is_url).cloned();
                let found = self.first(&changed, bodies.iter().cloned().chain(urls));
                if found.is_some() || self.trial.tried.exhausted {
                    return found;
                }
            }
        }
        None
    }

    /// Bodies of which there are many variants.
    fn rare(&mut self, bases: &[Base]) -> Option<Found> {
        if !self.signs_body() {
            return None;
        }
        self.trial.varies("orders of members in JSON, and bytes that are not text");
        let body = Body::of(self.request);
        let bases = bases.iter().filter(|base| !base.head_refused);
        bases.into_iter().find_map(|base| {
            self.known.clear();
            self.first(base, body.rare())
        })
    }

    fn heads(&self, base: &Base) -> Vec<Variant> {
        head::variants(self.entry, &base.candidate.request, &self.names)
    }

    fn urls(&mut self, base: &Base) -> Vec<Variant> {
        let signed = self.entry.signed();
        if !self.entry.signs_url()
            && !signed.split_whitespace().any(|word| word.starts_with("path"))
        {
            return Vec::new();
        }
        self.trial.varies("what goes wrong with the public URL");
        let most = if self.request.body.len() > LARGE { url::LIKELY } else { usize::MAX };
        let all = url::variants(base.candidate.url.as_deref(), self.request);
        all.into_iter().take(most).collect()
    }

    /// The first of the variants that is authentic.
    fn first(&mut self, base: &Base, variants: impl IntoIterator<Item = Variant>) -> Option<Found> {
        for variant in variants {
            if self.trial.tried.exhausted {
                return None;
            }
            if let Change::Body(body) = &variant.change
                && (*body == self.request.body || !self.known.insert(self.hasher.hash_one(body)))
            {
                continue;
            }
            let verdict = self.trial.verdict(&base.candidate.with(&variant.change));
            if verdict.is_authentic() {
                return Some(self.found(base, &[&variant], verdict));
            }
        }
        None
    }

    /// What was signed instead of what is documented.
    fn computed(&mut self, base: &Base) -> Option<Found> {
        self.trial.varies("what is signed, and with which algorithm");
        let scheme = self.entry.scheme()?;
        let (ids, evidence, verdict) = signing::explain(scheme, &mut self.trial, &base.candidate)?;
        let change = Change::Key(base.candidate.key.clone());
        let variant = Variant::new("", evidence, change).of(&ids);
        Some(self.found(base, &[&variant], verdict))
    }

    fn signs_body(&self) -> bool {
        self.entry.scheme().is_none_or(signs_body)
    }

    /// The causes of what verifies with these variants.
    fn found(&self, base: &Base, variants: &[&Variant], verdict: Verdict) -> Found {
        let cause = |id: &'static str, evidence: &str| {
            cause(id, format!("verifies {evidence}"), self.entry)
        };
        let mut causes: Vec<Cause> = Vec::new();
        for variant in base.variants.iter().chain(variants.iter().copied()) {
            causes.extend(variant.ids.iter().map(|id| cause(id, &variant.evidence)));
        }
        if let Verdict::At(signed) = verdict {
            let tolerance = self.explainer.tolerance.or_else(|| self.entry.default_tolerance());
            let (id, evidence) = time::defect(signed, self.request.received_at, tolerance);
            causes.push(cause(id, &evidence));
        }
        let verified = causes.is_empty();
        let credentials = &self.explainer.credentials;
        if base.index > 0
            && let (Some(first), Some(other)) = (credentials.first(), credentials.get(base.index))
        {
            let evidence = format!("with `{}`, not with `{}`", other.label(), first.label());
            causes.insert(0, cause(credential::kind_of_other(first, other), &evidence));
        }
        (verified, Some(base.index), causes)
    }

    /// What is plain without a variant that verifies.
    fn plain(&self, bases: &[Base], given: usize, refused: Option<VerifyErrorKind>) -> Vec<Cause> {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        let credentials = &self.explainer.credentials;
        if credentials.iter().all(|credential| credential.bytes.trim_ascii().is_empty()) {
            found.push(("secret-missing", "no credential was given, or it is empty".to_owned()));
        }
        let heads = head::plain(self.entry, self.request, &self.names, refused);
        let is_missing = heads.iter().any(|(id, _)| *id == "signature-header-missing");
        if let Some(base) = bases.first().filter(|_| is_missing) {
            let other = provider::plain(self.entry, &self.trial, &base.candidate);
            found.extend(other.map(|evidence| ("other-provider", evidence)));
        }
        found.extend(heads);
        for credential in credentials {
            let label = credential.label();
            if let Some((id, prefix)) = credential::mistaken(credential, self.entry) {
                found.push((
                    id,
                    format!(
                        "`{label}` starts with `{prefix}`, as no secret of {} does",
                        self.entry.title()
                    ),
                ));
            }
        }
        if given == 0
            && found.is_empty()
            && !bases.iter().any(Base::is_clean)
            && !(self.entry.signs_url() && self.explainer.url.is_none())
        {
            let labels: Vec<_> =
                credentials.iter().map(|credential| format!("`{}`", credential.label())).collect();
            found.push((
                "secret-format",
                format!(
                    "{} cannot be read as a {}",
                    labels.join(" and "),
                    self.entry.credential_name()
                ),
            ));
        }
        if self.entry.signs_url() && self.explainer.url.is_none() {
            found.push((
                "url-missing",
                "the provider signs the URL that it sends to, and no public URL was given"
                    .to_owned(),
            ));
        }
        if self.signs_body() {
            found.extend(Body::of(self.request).plain());
        }
        found.into_iter().map(|(id, evidence)| cause(id, evidence, self.entry)).collect()
    }
}

impl Base {
    /// Whether the credential is usable without what is around it, which says nothing about its format.
    fn is_clean(&self) -> bool {
        let around =
            ["secret-newline", "secret-whitespace", "secret-quotes", "secret-variable-name"];
        self.variants.iter().flat_map(|variant| &variant.ids).all(|id| around.contains(id))
    }
}

impl VerifyErrorKind {
    /// Whether the head is refused whatever the body and the key are.
    const fn is_of_head(self) -> bool {
        !matches!(self, Self::InvalidSignature | Self::TimestampOutsideTolerance)
    }
}

fn signs_body(scheme: &crate::scheme::Scheme) -> bool {
    !matches!(scheme.algorithm, Algorithm::Token)
}
