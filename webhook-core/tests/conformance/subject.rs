//! An entry that signs, its keys and its genuine request.

use std::panic::{AssertUnwindSafe, catch_unwind};

use webhook_core::providers::{Credentials, Entry};
use webhook_core::{
    Bytes, Delivery, Head, Outgoing, SecretText, SignErrorKind, UnixTime, Verify, VerifyErrorKind,
};

use super::common::{BODY, NOW};
use super::{credentials, forms};

pub(crate) const ID: &str = "evt_1";

/// A request, genuine or damaged.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    pub(crate) id: &'static str,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) now: UnixTime,
}

impl Request {
    /// A request that is not signed yet.
    pub(crate) fn new() -> Self {
        Self {
            method: "POST",
            target: "/hooks?a=1",
            id: ID,
            headers: Vec::new(),
            body: BODY.to_vec(),
            now: NOW,
        }
    }

    pub(crate) fn with_body(body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..Self::new() }
    }

    pub(crate) fn value(&self, name: &str) -> &[u8] {
        &self.headers.iter().find(|(each, _)| *each == name).unwrap().1
    }

    /// Replaces the value of one header.
    pub(crate) fn with(&self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        let mut request = self.clone();
        request.headers.iter_mut().find(|(each, _)| *each == name).unwrap().1 = value.into();
        request
    }
}

/// The role of a header in a signed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Changes with the key.
    Signature,
    /// Changes with the time, but not with the key.
    Time,
    /// Contains the delivery's id.
    Id,
    /// Another signed header, which `SignErrorKind::MissingHeader` asked for.
    Signed,
    /// Never changes.
    Constant,
}

/// An entry with keys, and a genuine request.
pub(crate) struct Subject {
    pub(crate) entry: &'static Entry,
    pub(crate) keys: [Credentials; 2],
    pub(crate) genuine: Request,
    pub(crate) roles: Vec<(&'static str, Role)>,
    verify: Box<dyn Verify>,
}

/// Signs a request. Provides the headers that the entry requires.
pub(crate) fn sign(
    entry: &Entry,
    credentials: &Credentials,
    request: &Request,
) -> Result<Request, SignErrorKind> {
    let mut given: Vec<(&'static str, &'static str)> = Vec::new();
    loop {
        let outgoing = Outgoing::new(&request.body, request.now)
            .id(request.id)
            .method(request.method)
            .target(request.target)
            .headers(&given);
        match entry.sign(credentials, &outgoing).map_err(|error| error.kind()) {
            Err(SignErrorKind::MissingHeader(name)) if given.len() < 8 => {
                given.push((name, "given"));
            }
            Err(kind) => return Err(kind),
            Ok(headers) => {
                let given = given.iter().map(|(name, value)| (*name, value.as_bytes().to_vec()));
                let headers = headers.into_iter().map(|(name, value)| (name, value.into_bytes()));
                return Ok(Request { headers: headers.chain(given).collect(), ..request.clone() });
            }
        }
    }
}

impl Subject {
    /// Returns `None` if the entry cannot sign.
    fn new(entry: &'static Entry) -> Option<Self> {
        let keys = credentials::for_entry(entry)?;
        let verify = entry.verifier(&keys[0]).unwrap();
        let genuine = sign(entry, &keys[0], &Request::new()).unwrap();
        let later = Request { now: UnixTime::from_secs(NOW.as_secs() + 1), ..Request::new() };
        let later = sign(entry, &keys[0], &later).unwrap();
        let other_key = sign(entry, &keys[1], &Request::new()).unwrap();
        let role = |name: &str| match genuine.value(name) {
            b"given" => Role::Signed,
            value if value == ID.as_bytes() => Role::Id,
            value if value != other_key.value(name) => Role::Signature,
            value if value != later.value(name) => Role::Time,
            _ => Role::Constant,
        };
        let roles = genuine.headers.iter().map(|(name, _)| (*name, role(name))).collect();
        Some(Self { entry, keys, genuine, roles, verify })
    }

    /// Signs the request. An entry that signs no body of this form gets a JSON object with the body in it.
    pub(crate) fn sign(&self, request: &Request) -> Request {
        let sign = |request: &Request| sign(self.entry, &self.keys[0], request);
        match sign(request) {
            Err(SignErrorKind::Unsupported) => {
                let body = format!(r#"{{"body":{:?}}}"#, request.body).into_bytes();
                sign(&Request { body, ..request.clone() }).unwrap()
            }
            signed => signed.unwrap(),
        }
    }

    pub(crate) fn verify(&self, request: &Request) -> Result<Delivery, VerifyErrorKind> {
        verify(&*self.verify, request)
    }

    /// Verifies with other credentials.
    pub(crate) fn verify_with(
        &self,
        credentials: &Credentials,
        request: &Request,
    ) -> Result<Delivery, VerifyErrorKind> {
        verify(&*self.entry.verifier(credentials).unwrap(), request)
    }

    pub(crate) fn named(&self, role: Role) -> impl Iterator<Item = &'static str> + '_ {
        self.roles.iter().filter(move |(_, each)| *each == role).map(|(name, _)| *name)
    }

    /// Whether the entry declares that it signs this part.
    pub(crate) fn signs(&self, part: &str) -> bool {
        self.entry.signed().split(|c: char| !c.is_alphanumeric()).any(|word| word == part)
    }

    /// The step of tests that change each byte. Public keys are slow, so these tests change fewer bytes.
    pub(crate) fn step(&self) -> usize {
        if self.entry.has_public_key() { 7 } else { 1 }
    }
}

pub(crate) fn verify(verify: &dyn Verify, request: &Request) -> Result<Delivery, VerifyErrorKind> {
    let head = Head::new(request.method, request.target, &request.headers);
    let body = Bytes::copy_from_slice(&request.body);
    verify.verify(&head, &body, request.now).map_err(|error| error.kind())
}

/// Checks every entry that can sign. Fails with the names of all entries that do not pass.
#[track_caller]
pub(crate) fn each(check: impl Fn(&Subject)) {
    let failed: Vec<_> = forms::entries()
        .filter(|entry| {
            let checked = || Subject::new(entry).iter().for_each(&check);
            catch_unwind(AssertUnwindSafe(checked)).is_err()
        })
        .map(Entry::name)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// Returns `current` with the key of `previous` as its previous key.
pub(crate) fn rotated(current: &Credentials, previous: &Credentials) -> Credentials {
    let text = SecretText::new(previous.current().as_str()).unwrap();
    current.clone().or_previous(text)
}
