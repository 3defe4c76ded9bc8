use std::fmt;

use webhook_core::providers::{self, Credentials, Entry};
use webhook_core::{FetchedKey, Outgoing, PublicUrl, SecretText, Verify};

use crate::NOW;

/// Of whoever signs with a key that has to be fetched.
const CERTIFICATE: &str = include_str!("testdata/sns.pem");

/// A provider, one request by which it tries an endpoint out, and the answer that it documents.
pub(super) struct Row {
    pub(super) provider: &'static str,
    pub(super) keys: Keys,
    /// What a forger signs with.
    pub(super) other_keys: Keys,
    pub(super) probe: Request,
    pub(super) answer: Expected,
    /// What of the probe is repeated in the answer.
    pub(super) repeats: Option<&'static str>,
    /// What of the probe proves its origin, if that is no signature in a header.
    pub(super) proof: Option<&'static str>,
    pub(super) delivery: Request,
}

/// What the user holds, and what the provider signs with if that is another key.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    held: &'static str,
    signing: Option<&'static str>,
}

impl Keys {
    fn credentials(&self) -> Credentials {
        let text = |text| SecretText::new(text).unwrap();
        let certificate = |_: &str| Some(FetchedKey::from_certificate(CERTIFICATE).unwrap());
        let credentials = Credentials::new(text(self.held))
            .for_url(PublicUrl::new("https://example.com/hook").unwrap())
            .with_verify_token(text("my token!"))
            .with_keys(certificate);
        match self.signing {
            Some(key) => credentials.with_signing_key(text(key)),
            None => credentials,
        }
    }
}

#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// Whether the provider's own signature goes with it.
    pub(super) is_signed: bool,
}

pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, &'static str)>,
}

impl Request {
    pub(super) fn signed(body: &str) -> Self {
        Self { is_signed: true, body: body.to_owned(), ..Self::unsigned("POST", "") }
    }

    pub(super) fn unsigned(method: &'static str, query: &str) -> Self {
        let (query, headers, body) = (query.to_owned(), Vec::new(), String::new());
        Self { method, query, headers, body, is_signed: false }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// With another text instead of this one, written as each place needs it.
    pub(super) fn replace(&self, from: &str, query: &str, header: &str, body: &str) -> Self {
        let headers = self.headers.iter();
        Self {
            query: self.query.replace(from, query),
            headers: headers
                .map(|(name, value)| (name.clone(), value.replace(from, header)))
                .collect(),
            body: self.body.replace(from, body),
            ..*self
        }
    }
}

impl Expected {
    /// A 200 without a body.
    pub(super) const fn empty() -> Self {
        Self { status: 200, content_type: "text/plain", body: String::new(), headers: Vec::new() }
    }

    /// The text alone, which no browser takes for a page.
    pub(super) fn text(text: &str) -> Self {
        Self { body: text.to_owned(), ..Self::empty() }.header("x-content-type-options", "nosniff")
    }

    pub(super) fn json(json: &str) -> Self {
        Self { content_type: "application/json", body: json.to_owned(), ..Self::empty() }
    }

    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Row {
    pub(super) fn new(provider: &'static str, probe: Request, answer: Expected) -> Self {
        Self {
            provider,
            keys: Keys { held: "contract secret", signing: None },
            other_keys: Keys { held: "another secret", signing: None },
            probe,
            answer,
            repeats: None,
            proof: None,
            delivery: Request::signed(r#"{"hello":"world"}"#),
        }
    }

    /// What the user holds, instead of a secret that is any text.
    pub(super) const fn held(mut self, text: &'static str) -> Self {
        self.keys.held = text;
        self.other_keys.held = text;
        self
    }

    /// What the provider signs with, and what a forger does, where the user holds a public key.
    pub(super) const fn signed_with(mut self, key: &'static str, other: &'static str) -> Self {
        self.keys.signing = Some(key);
        self.other_keys.signing = Some(other);
        self
    }

    /// A delivery of this provider's, if it is not any JSON with a signature in the headers.
    pub(super) fn delivers(mut self, delivery: Request) -> Self {
        self.delivery = delivery;
        self
    }

    pub(super) const fn repeats(mut self, challenge: &'static str) -> Self {
        self.repeats = Some(challenge);
        self
    }

    pub(super) const fn proved_by(mut self, proof: &'static str) -> Self {
        self.proof = Some(proof);
        self
    }

    fn entry(&self) -> &'static Entry {
        providers::find(self.provider).unwrap_or_else(|| panic!("no provider {self:?}"))
    }

    pub(super) fn verifier(&self) -> Box<dyn Verify> {
        self.entry().verifier(&self.keys.credentials()).unwrap()
    }

    /// The headers of a request, with those of its signature if it is signed.
    pub(super) fn headers(&self, request: &Request, keys: &Keys) -> Vec<(String, String)> {
        let mut headers = request.headers.clone();
        if request.is_signed {
            let target = format!("/?{}", request.query);
            let outgoing = Outgoing::new(request.body.as_bytes(), NOW).id("dlv_1").target(&target);
            let signed = self.entry().sign(&keys.credentials(), &outgoing).unwrap();
            headers.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        headers
    }

    /// Whether the probe can only come from the provider.
    pub(super) const fn is_proved(&self) -> bool {
        self.probe.is_signed || self.proof.is_some()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}?{}", self.provider, self.probe.method, self.probe.query)
    }
}
