//! What is sent, and the answer that each receiver must give.

use std::error::Error;

use webhook_tower::UnixTime;

use crate::providers::Provider;
use crate::receivers::{BODY_LIMIT, FAILING, SLOW};
use crate::request::Request;
use crate::sender::{self, Sender, Senders};

pub struct Case {
    pub provider: &'static str,
    pub name: &'static str,
    pub expected: &'static str,
    pub sent: Sent,
}

/// What is sent. The answers to two are expected in the order in which they come.
pub enum Sent {
    Once(Request),
    InTurn([Request; 2]),
    AtOnce([Request; 2]),
}

/// A name, the expected answer, and what is sent.
type Told<S = Request> = (&'static str, &'static str, S);

/// The cases of all providers, one provider after the other.
pub fn all(senders: &Senders, now: UnixTime) -> Result<Vec<Case>, Box<dyn Error>> {
    let mut cases = Vec::new();
    for sender in senders {
        let once = [
            accepted(sender, now)?,
            forged(sender, now)?,
            strayed(sender, senders, now)?,
            wrong_signature_header(sender, now)?,
            wrong_time_or_id(sender, now)?,
            wrong_body(sender, now)?,
        ];
        let once = once
            .into_iter()
            .flatten()
            .map(|(name, expected, request)| (name, expected, Sent::Once(request)));
        let provider = sender.provider.name;
        let told = once.chain(twice(sender, now)?);
        cases.extend(told.map(|(name, expected, sent)| Case { provider, name, expected, sent }));
    }
    Ok(cases)
}

fn accepted(sender: &Sender, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    let mut told = Vec::new();
    for event in sender.provider.events {
        told.push((event.name, "200 received", sender.deliver(event, now)?));
    }
    let unknown = r#"{"event":"tour.taken","type":"tour.taken"}"#;
    let unknown = sender.deliver_body("tour.taken", unknown, now)?;
    told.push(("unknown event", "200 received", unknown));
    let full = || sender.deliver_body("tour.taken", body_of(BODY_LIMIT, sender.provider), now);
    told.push(("body at the limit", "200 received", full()?));
    told.push(("body at the limit, chunked", "200 received", full()?.chunked()));
    Ok(told)
}

fn forged(sender: &Sender, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    let provider = sender.provider;
    let forger = Sender { provider, secret: sender::fresh_secret(provider) };
    Ok(vec![
        ("tampered body", "401 invalid signature", genuine(sender, now)?.tampered()),
        ("wrong secret", "401 invalid signature", genuine(&forger, now)?),
    ])
}

/// A genuine delivery of another provider, at this one's route.
fn strayed(sender: &Sender, senders: &Senders, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    let [_, samva, voisnap, _] = senders;
    let (name, expected, stray) = match sender.provider.name {
        // These two use the same header: one signs the time, the other does not.
        "samva" => ("delivery from voisnap", "401 invalid signature", voisnap),
        "voisnap" => ("delivery from samva", "400 invalid timestamp", samva),
        _ => ("delivery from samva", "401 missing signature", samva),
    };
    Ok(vec![(name, expected, genuine(stray, now)?)])
}

fn wrong_signature_header(sender: &Sender, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    const MALFORMED: &str = "401 malformed signature";
    let signature = sender.provider.signature;
    let genuine = genuine(sender, now)?;
    let altered = |alter: fn(&mut String)| genuine.clone().altering(signature, alter);
    let short = altered(|value| {
        value.pop();
    });
    let mut told = vec![
        ("missing signature", "401 missing signature", genuine.clone().without(signature)),
        ("repeated signature", MALFORMED, genuine.clone().repeating(signature)),
        ("malformed signature", MALFORMED, short),
    ];
    if sender.provider.prefix.is_empty() {
        let upper = altered(|value| value.make_ascii_uppercase());
        let prefixed = altered(|value| value.insert_str(0, "sha256="));
        told.push(("upper-case hex", "200 received", upper));
        told.push(("sha256= prefix", MALFORMED, prefixed));
    } else {
        let upper = altered(|value| *value = value.replace("sha256=", "SHA256="));
        told.push(("upper-case prefix", MALFORMED, upper));
    }
    Ok(told)
}

fn wrong_time_or_id(sender: &Sender, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    const INVALID: &str = "400 invalid timestamp";
    const OUTSIDE: &str = "400 timestamp outside tolerance";
    /// Twice the tolerance.
    const TEN_MINUTES: u64 = 600;
    let genuine_at = |secs| genuine(sender, UnixTime::from_secs(secs));
    let genuine = genuine(sender, now)?;
    let mut told = Vec::new();
    if let Some(timestamp) = sender.provider.timestamp {
        let garbage = genuine.clone().altering(timestamp, |value| *value = "yesterday".to_owned());
        told.extend([
            ("stale timestamp", OUTSIDE, genuine_at(now.as_secs().saturating_sub(TEN_MINUTES))?),
            ("future timestamp", OUTSIDE, genuine_at(now.as_secs().saturating_add(TEN_MINUTES))?),
            ("missing timestamp", INVALID, genuine.clone().without(timestamp)),
            ("repeated timestamp", INVALID, genuine.clone().repeating(timestamp)),
            ("garbage timestamp", INVALID, garbage),
        ]);
    }
    if let Some(id) = sender.provider.delivery_id {
        told.push(("repeated delivery id", "400 invalid delivery id", genuine.repeating(id)));
    }
    Ok(told)
}

/// Signed as it should be, and yet not what the handler reads.
fn wrong_body(sender: &Sender, now: UnixTime) -> Result<Vec<Told>, Box<dyn Error>> {
    let provider = sender.provider;
    let deliver = |body: Vec<u8>| sender.deliver_body("tour.taken", body, now);
    let large = deliver(body_of(BODY_LIMIT + 1, provider))?;
    let zipped = genuine(sender, now)?.with("Content-Encoding", "gzip");
    Ok(vec![
        ("body over the limit", "413 body too large", large.clone()),
        ("body over the limit, chunked", "413 body too large", large.chunked()),
        ("empty body", "422 payload not understood", deliver(Vec::new())?),
        ("body not UTF-8", "422 payload not understood", deliver(b"{\"\xff\":1}".to_vec())?),
        ("encoded body", "415 unsupported content encoding", zipped),
    ])
}

/// Deliveries that come again. Retries: providers send again what was not answered well. Replays: what was
/// captured can be sent by anyone, under any id that is not signed.
fn twice(sender: &Sender, now: UnixTime) -> Result<Vec<Told<Sent>>, Box<dyn Error>> {
    const DUPLICATE: &str = "200 received, 200 duplicate";
    const IN_FLIGHT: &str = "503 temporarily unavailable, 200 received";
    const FAILED: &str = "500 failed, 200 received";
    let body = |name| unique(&format!(r#"{{"event":"{name}","type":"{name}"}}"#));
    let twice = |name| -> Result<_, Box<dyn Error>> {
        let request = sender.deliver_body(name, body(name), now)?;
        Ok([request.clone(), request])
    };
    let mut told = vec![
        ("duplicate", DUPLICATE, Sent::InTurn(twice("tour.taken")?)),
        ("duplicate in flight", IN_FLIGHT, Sent::AtOnce(twice(SLOW)?)),
        ("retry after a failure", FAILED, Sent::InTurn(twice(FAILING)?)),
    ];
    if let Some(id) = sender.provider.delivery_id {
        let [first, replay] = twice("tour.taken")?;
        let replay = replay.altering(id, |value| value.push_str("_fresh"));
        told.push(("replay under a fresh id", DUPLICATE, Sent::InTurn([first, replay])));

        let body = body("tour.taken");
        let signed = |now| -> Result<_, Box<dyn Error>> {
            let request = sender.deliver_body("tour.taken", body.clone(), now)?;
            Ok(request.without(id).with(id, "dlv_retried"))
        };
        let retry = signed(UnixTime::from_secs(now.as_secs().saturating_add(5)))?;
        told.push(("retry signed anew", DUPLICATE, Sent::InTurn([signed(now)?, retry])));
    }
    Ok(told)
}

/// The first event, as it should be, and like no other.
fn genuine(sender: &Sender, now: UnixTime) -> Result<Request, Box<dyn Error>> {
    let event = sender.provider.events.first().ok_or("a provider without events")?;
    sender.deliver_body(event.name, unique(event.body), now)
}

/// A JSON object with a field more. Most providers know a delivery by its body only, so two cases that send
/// the same one would be one delivery.
fn unique(object: &str) -> String {
    object.replacen('{', &format!("{{\"tour\":\"{:016x}\",", rand::random::<u64>()), 1)
}

/// The first event, with so much white space behind it that it has this length.
fn body_of(len: usize, provider: &Provider) -> Vec<u8> {
    let event = provider.events.first().map_or("", |event| event.body);
    let mut body = unique(event).into_bytes();
    body.resize(len, b' ');
    body
}
