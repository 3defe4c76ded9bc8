//! Who verifies what: ours, the bare HMAC, and the peers, all on the same bytes.

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use webhook_benches::requests::{self, ID, PREVIOUS, SECRET};
use webhook_benches::rounds::Contestant;
use webhook_core::providers::{github, standard_webhooks, svara, voisnap};
use webhook_core::{Head, UnixTime, Verify};
use webhook_verify::{Provider as PeerProvider, VerifyOptions};

/// What the requests are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Genuine,
    Tampered,
    CondemnedByItsHead,
    TwoSecrets,
    TenCandidates,
}

impl Case {
    pub(crate) const ALL: [Self; 5] = [
        Self::Genuine,
        Self::Tampered,
        Self::CondemnedByItsHead,
        Self::TwoSecrets,
        Self::TenCandidates,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Tampered => "one bit of the body flipped",
            Self::CondemnedByItsHead => {
                "condemned by its head (signature malformed, or time stale)"
            }
            Self::TwoSecrets => "two secrets, signed with the previous one",
            Self::TenCandidates => "ten candidates, the last of which is the signature",
        }
    }
}

/// One body, and requests that carry it.
#[derive(Debug)]
pub(crate) struct Fixture {
    body: Bytes,
    now: UnixTime,
}

/// How long before now a request was signed that is refused as stale.
const LONG_AGO: Duration = Duration::from_secs(60 * 60);

impl Fixture {
    pub(crate) fn new(size: usize) -> Self {
        Self { body: requests::body(size), now: requests::now() }
    }

    /// The bare HMAC over what this contestant hashes.
    pub(crate) fn baseline(contestant: &str) -> Option<&'static str> {
        match contestant {
            "bare" | "bare voisnap" | "bare standard" => None,
            "voisnap" => Some("bare voisnap"),
            "standard" | "webhook-verify standard" | "standardwebhooks" => Some("bare standard"),
            _ => Some("bare"),
        }
    }

    pub(crate) fn contestants(&self, case: Case) -> Vec<Contestant<'_>> {
        match case {
            Case::TenCandidates => self.standard(case),
            _ => [self.body_only(case), self.timed(case), self.standard(case)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    /// What arrives as the body.
    fn arriving(&self, case: Case) -> Bytes {
        if case == Case::Tampered { requests::tampered(&self.body) } else { self.body.clone() }
    }

    fn signed_at(&self, case: Case) -> UnixTime {
        match case {
            Case::CondemnedByItsHead => {
                UnixTime::from_secs(self.now.as_secs() - LONG_AGO.as_secs())
            }
            _ => self.now,
        }
    }

    fn body_only(&self, case: Case) -> Vec<Contestant<'_>> {
        let svara = match case {
            Case::TwoSecrets => svara::Secret::new(PREVIOUS).unwrap().or_previous(SECRET).unwrap(),
            _ => svara::Secret::new(SECRET).unwrap(),
        };
        let github = match case {
            Case::TwoSecrets => github::Secret::new(PREVIOUS).unwrap().or_previous(SECRET).unwrap(),
            _ => github::Secret::new(SECRET).unwrap(),
        };
        // Signed with the first secret, which here is the one that was replaced.
        let mut to_svara =
            requests::headers(&svara::Secret::new(SECRET).unwrap(), &self.body, self.now);
        let mut to_github =
            requests::headers(&github::Secret::new(SECRET).unwrap(), &self.body, self.now);
        to_github.insert("x-github-event", HeaderValue::from_static("push"));
        if case == Case::CondemnedByItsHead {
            malform(&mut to_svara, "x-svara-signature");
            malform(&mut to_github, "x-hub-signature-256");
        }

        let mut contestants = vec![];
        if case != Case::CondemnedByItsHead {
            contestants.push(bare("bare", keys_of(case), self.arriving(case)));
            contestants.push(limit_ring(self.arriving(case)));
            contestants.push(limit_aws_lc(self.arriving(case)));
        }
        let peer = {
            let (headers, body) = (to_github.clone(), self.arriving(case));
            peer("webhook-verify github", PeerProvider::GitHub, case, headers, body)
        };
        contestants.extend([
            self.ours("svara", case, svara, to_svara, false),
            self.ours("github", case, github, to_github, false),
            peer,
        ]);
        contestants
    }

    fn timed(&self, case: Case) -> Vec<Contestant<'_>> {
        let secret = match case {
            Case::TwoSecrets => {
                voisnap::Secret::new(PREVIOUS).unwrap().or_previous(SECRET).unwrap()
            }
            _ => voisnap::Secret::new(SECRET).unwrap(),
        };
        let signer = voisnap::Secret::new(SECRET).unwrap();
        let headers = requests::headers(&signer, &self.body, self.signed_at(case));
        let mut contestants = vec![];
        if case != Case::CondemnedByItsHead {
            let before = format!("{}.", self.now.as_secs());
            let message = [before.as_bytes(), &self.arriving(case)].concat();
            contestants.push(bare("bare voisnap", keys_of(case), message.into()));
        }
        contestants.push(self.ours("voisnap", case, secret, headers, false));
        contestants
    }

    fn standard(&self, case: Case) -> Vec<Contestant<'_>> {
        let secret = match case {
            Case::TwoSecrets => {
                standard_webhooks::Secret::new(PREVIOUS).unwrap().or_previous(SECRET).unwrap()
            }
            _ => standard_webhooks::Secret::new(SECRET).unwrap(),
        };
        let signer = standard_webhooks::Secret::new(SECRET).unwrap();
        let mut headers = requests::headers(&signer, &self.body, self.signed_at(case));
        if case == Case::TenCandidates {
            let genuine = headers["webhook-signature"].to_str().unwrap().to_owned();
            let other = "v1,q0KcRV1sTlFzUmCvbb3JbGcEfWhHZ3Kmq2oJ0r5mXkY=";
            let all = format!("{}{genuine}", format!("{other} ").repeat(9));
            headers.insert("webhook-signature", all.try_into().unwrap());
        }
        let mut contestants = vec![];
        if case != Case::CondemnedByItsHead {
            let before = format!("{ID}.{}.", self.now.as_secs());
            let message = [before.as_bytes(), &self.arriving(case)].concat();
            contestants.push(bare("bare standard", keys_of(case), message.into()));
        }
        let (peers, body) = (headers.clone(), self.arriving(case));
        contestants.extend([
            self.ours("standard", case, secret, headers, true),
            peer(
                "webhook-verify standard",
                PeerProvider::StandardWebhooks,
                case,
                peers.clone(),
                body,
            ),
            reference(case, peers, self.arriving(case)),
        ]);
        contestants
    }

    /// Ours. Reads the clock where the peers, which cannot be given a time, read it too.
    fn ours(
        &self,
        name: &'static str,
        case: Case,
        secret: impl Verify + 'static,
        headers: HeaderMap,
        reads_clock: bool,
    ) -> Contestant<'static> {
        let (body, now) = (self.arriving(case), self.now);
        expecting(name, case, move || {
            let now = if reads_clock { requests::now() } else { now };
            let head = Head::new("POST", "/webhooks", &headers);
            secret.verify(black_box(&head), black_box(&body), now).is_ok()
        })
    }
}

/// Checks the answer once before its time is taken.
fn expecting(
    name: &'static str,
    case: Case,
    mut verify: impl FnMut() -> bool + 'static,
) -> Contestant<'static> {
    let genuine = !matches!(case, Case::Tampered | Case::CondemnedByItsHead);
    assert_eq!(verify(), genuine, "{name}, {}", case.name());
    Contestant::new(name, verify)
}

/// How many secrets an endpoint has.
fn keys_of(case: Case) -> usize {
    if case == Case::TwoSecrets { 2 } else { 1 }
}

fn malform(headers: &mut HeaderMap, name: &'static str) {
    let mut text = headers[name].to_str().unwrap().to_owned();
    text.replace_range(text.len() - 1.., "x");
    headers.insert(name, text.try_into().unwrap());
}

/// The HMAC with its key expanded beforehand, under as many keys as there are, and nothing else.
pub(crate) fn bare(name: &'static str, keys: usize, message: Bytes) -> Contestant<'static> {
    let expanded: Vec<_> = [SECRET, PREVIOUS]
        .iter()
        .take(keys)
        .map(|secret| Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap())
        .collect();
    Contestant::new(name, move || {
        for key in &expanded {
            let mut mac = black_box(key).clone();
            mac.update(black_box(&message));
            black_box(mac.finalize().into_bytes());
        }
    })
}

fn limit_ring(message: Bytes) -> Contestant<'static> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    Contestant::new("ring", move || ring::hmac::sign(black_box(&key), black_box(&message)))
}

fn limit_aws_lc(message: Bytes) -> Contestant<'static> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    Contestant::new("aws-lc-rs", move || {
        aws_lc_rs::hmac::sign(black_box(&key), black_box(&message))
    })
}

/// `webhook-verify` 0.1.
fn peer(
    name: &'static str,
    provider: PeerProvider,
    case: Case,
    headers: HeaderMap,
    body: Bytes,
) -> Contestant<'static> {
    let [current, previous] = [SECRET, PREVIOUS].map(webhook_verify::Secret::new);
    let both = [previous, webhook_verify::Secret::new(SECRET)];
    let two = case == Case::TwoSecrets;
    expecting(name, case, move || {
        let (headers, body) = (black_box(&headers), black_box(&body));
        let options = VerifyOptions::default();
        if two {
            webhook_verify::verify_any(provider, headers, body, &both, options).is_ok()
        } else {
            webhook_verify::verify(provider, headers, body, &current, options).is_ok()
        }
    })
}

/// `standardwebhooks` 1.0, asked once for each secret, as its users do.
fn reference(case: Case, headers: HeaderMap, body: Bytes) -> Contestant<'static> {
    let secrets: &[_] = if case == Case::TwoSecrets { &[PREVIOUS, SECRET] } else { &[SECRET] };
    let webhooks: Vec<_> =
        secrets.iter().map(|secret| standardwebhooks::Webhook::new(secret).unwrap()).collect();
    expecting("standardwebhooks", case, move || {
        let (headers, body) = (black_box(&headers), black_box(&body));
        webhooks.iter().any(|webhook| webhook.verify(body, headers).is_ok())
    })
}
