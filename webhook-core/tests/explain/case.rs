//! A genuine request, one mistake, and the cause that must be named.

use webhook_core::explain::{CAUSES, Credential, Explainer, Explanation, Request as Captured};
use webhook_core::providers::Entry;
use webhook_core::{PublicUrl, UnixTime};

use super::credentials::URL;
use super::subject::{Request, Subject, each, sign};

pub(crate) const BODY: &str = r#"{"type":"order.paid","id":"evt_77","data":{"name":"Zo\u00eb <b> & a\/b","amount":12.50,"count":3,"total":1.0}}"#;

/// What is explained.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) secrets: Vec<(&'static str, Vec<u8>)>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) full: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) received: UnixTime,
}

impl Case {
    pub(crate) fn of(subject: &Subject, request: &Request) -> Self {
        let headers =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self {
            secrets: vec![("SECRET", secret(subject).into_bytes())],
            headers: headers.collect(),
            body: request.body.clone(),
            method: request.method.to_owned(),
            target: request.target.to_owned(),
            full: None,
            url: Some(URL.to_owned()),
            received: request.now,
        }
    }

    pub(crate) fn captured(&self) -> Captured {
        let mut captured = Captured::new(&self.method, &self.target, self.received);
        captured.headers.clone_from(&self.headers);
        captured.body = self.body.clone().into();
        captured.url.clone_from(&self.full);
        captured
    }

    pub(crate) fn explain(&self, entry: &Entry) -> Explanation {
        let mut explainer = Explainer::new(entry);
        for (label, secret) in &self.secrets {
            explainer = explainer.credential(Credential::new(*label, secret.clone()));
        }
        if let Some(url) = &self.url {
            explainer = explainer.public_url(PublicUrl::new(url).unwrap());
        }
        let explanation = explainer.explain(&self.captured());
        self.assert_hidden(&explanation);
        explanation
    }

    /// No text shows a secret.
    fn assert_hidden(&self, explanation: &Explanation) {
        let shown = format!("{explanation:?} {:?}", self.captured()).to_lowercase();
        for (_, secret) in &self.secrets {
            let text = String::from_utf8_lossy(secret).to_lowercase();
            for part in
                text.split(|char: char| !char.is_alphanumeric()).filter(|part| part.len() > 9)
            {
                assert!(!shown.contains(part), "{shown} shows {part}");
            }
        }
    }

    pub(crate) fn header(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.headers.iter_mut().find(|(each, _)| each == name).unwrap().1
    }

    #[must_use]
    pub(crate) fn with_secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secrets = vec![("SECRET", secret.into())];
        self
    }

    #[must_use]
    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

pub(crate) fn secret(subject: &Subject) -> String {
    subject.keys[0].current().as_str().to_owned()
}

pub(crate) fn genuine(subject: &Subject) -> Case {
    with_body(subject, BODY)
}

pub(crate) fn with_body(subject: &Subject, body: impl AsRef<[u8]>) -> Case {
    Case::of(subject, &subject.sign(&Request::with_body(body.as_ref())))
}

pub(crate) fn ids(explanation: &Explanation) -> Vec<&'static str> {
    explanation.causes.iter().map(|cause| cause.id).collect()
}

/// Makes a mistake with every provider to which it applies, of which there must be so many, and checks that one of
/// these causes comes first. A mistake that leaves a request valid does not apply, and must not be named.
#[track_caller]
pub(crate) fn named(expected: &[&str], at_least: usize, make: impl Fn(&Subject) -> Option<Case>) {
    for id in expected {
        assert!(CAUSES.iter().any(|cause| cause.id == *id), "{id} is not listed");
    }
    let (count, failed) =
        (std::cell::RefCell::new(Vec::new()), std::cell::RefCell::new(Vec::new()));
    each(|subject| {
        let Some(case) = make(subject) else { return };
        let explanation = case.explain(subject.entry);
        if explanation.verified && explanation.causes.is_empty() {
            return;
        }
        count.borrow_mut().push(subject.entry.name());
        let first = explanation.causes.first().map(|cause| cause.id);
        if !first.is_some_and(|id| expected.contains(&id)) {
            failed.borrow_mut().push(format!("{}: {:?}", subject.entry.name(), explanation.causes));
        }
    });
    let (count, failed) = (count.into_inner(), failed.into_inner());
    eprintln!("{expected:?}: {} providers", count.len());
    assert!(
        failed.is_empty(),
        "{expected:?}, {} of {} failed:\n{}",
        failed.len(),
        count.len(),
        failed.join("\n")
    );
    assert!(count.len() >= at_least, "{expected:?} applies to {count:?}, not to {at_least}");
}

/// Signs with another secret text.
pub(crate) fn signed_with(subject: &Subject, secret: &str) -> Option<Case> {
    use webhook_core::SecretText;
    use webhook_core::providers::Credentials;

    let credentials =
        Credentials::new(SecretText::new(secret).ok()?).for_url(PublicUrl::new(URL).unwrap());
    let signed = sign(subject.entry, &credentials, &Request::with_body(BODY.as_bytes()));
    let signed = signed.or_else(|_| sign(subject.entry, &credentials, &subject.genuine));
    Some(Case::of(subject, &signed.ok()?))
}

pub(crate) fn is_mac(subject: &Subject) -> bool {
    !subject.entry.has_public_key() && !is_token(subject)
}

pub(crate) fn is_token(subject: &Subject) -> bool {
    subject.entry.signed().starts_with("nothing")
}

pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;

    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// The name of the header with the signature, if there is exactly one.
pub(crate) fn signature_name(subject: &Subject) -> Option<&'static str> {
    let mut names = subject.named(super::subject::Role::Signature);
    names.next().filter(|_| names.next().is_none())
}
