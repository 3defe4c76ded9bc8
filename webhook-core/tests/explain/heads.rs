//! Mistakes with headers.

use webhook_core::Algorithm::{HmacSha1, HmacSha256, HmacSha512};
use webhook_core::providers;

use super::case::{Case, genuine, is_mac, is_token, named, secret, signature_name, unbase64};
use super::common::{NOW, base64, hex, hmac};
use super::subject::{Role, Subject};

/// Changes the value of the signature header.
fn with_value(change: fn(&str) -> String) -> impl Fn(&Subject) -> Option<Case> {
    move |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).ok()?;
        *case.header(name) = change(&value).into_bytes();
        Some(case)
    }
}

/// The digest in a header's value, as bytes, and the text before it.
fn digest(value: &str) -> Option<(String, Vec<u8>, bool)> {
    let start = value.trim_end_matches('=').rfind([',', '=']).map_or(0, |at| at + 1);
    let (prefix, text) = value.split_at(start);
    match const_hex::decode(text) {
        Ok(bytes) => Some((prefix.to_owned(), bytes, true)),
        Err(_) => {
            Some((prefix.to_owned(), unbase64(text).filter(|bytes| bytes.len() >= 20)?, false))
        }
    }
}

#[test]
fn a_signature_header_that_was_changed_on_its_way_is_named() {
    named(&["signature-header-quotes"], 80, with_value(|value| format!("\"{value}\"")));
    named(&["signature-header-spaces"], 3, with_value(|value| format!(" {value} ")));
    named(
        &["signature-header-folded"],
        80,
        with_value(|value| {
            let (a, b) = value.split_at(value.len() / 2);
            format!("{a}\r\n {b}")
        }),
    );
    named(&["signature-header-repeated"], 80, with_value(|value| format!("{value}, {value}")));
    named(&["signature-header-repeated"], 80, |subject| {
        let mut case = genuine(subject);
        let name = signature_name(subject)?;
        let value = case.header(name).clone();
        case.headers.push((name.to_owned(), value));
        Some(case)
    });
    // The token's own providers cannot tell whether a header is missing or another one.
    named(&["signature-header-missing"], 80, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        case.headers.retain(|(each, _)| each != name);
        Some(case)
    });
}

#[test]
fn a_renamed_header_is_named() {
    for prefix in ["x-original-", "http_", "x-amzn-remapped-"] {
        named(&["signature-header-renamed"], 80, |subject| {
            let name = signature_name(subject)?;
            let mut case = genuine(subject);
            for (each, _) in case.headers.iter_mut().filter(|(each, _)| each == name) {
                *each = format!("{prefix}{}", name.replace('-', "_"));
            }
            Some(case)
        });
    }
    // Of a hand-written provider only one header is looked for under other names.
    let handwritten = ["cloudinary", "contentful"];
    // All of its headers, as the same prefix is put before each.
    named(&["signature-header-renamed"], 10, |subject| {
        let name =
            signature_name(subject).filter(|_| !handwritten.contains(&subject.entry.name()))?;
        (!subject.entry.signed().contains("x-")).then_some(())?;
        let own = [Role::Signature, Role::Time, Role::Id]
            .map(|role| subject.named(role).collect::<Vec<_>>());
        let ends = |name: &str, end: &str| name.ends_with(end);
        let telling = own[1].iter().all(|name| ends(name, "timestamp"))
            && own[2].iter().all(|name| ends(name, "id"));
        (telling
            && !own[1].is_empty()
            && subject.entry.has_public_key() == name.contains("ed25519"))
        .then_some(())?;
        let mut case = genuine(subject);
        for (each, _) in case.headers.iter_mut().filter(|(each, _)| own.concat().contains(&&**each))
        {
            *each = format!("X-Relayed-{each}");
        }
        Some(case)
    });
}

#[test]
fn prefixes_are_named() {
    let prefixed = |value: &str| {
        let prefix: String = digest(value)?.0;
        let has_time = prefix.bytes().filter(u8::is_ascii_digit).count() > 8;
        (!prefix.is_empty() && !has_time).then_some(prefix)
    };
    named(&["signature-prefix-missing"], 30, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).unwrap();
        let prefix = prefixed(&value)?;
        *case.header(name) = value.strip_prefix(&prefix)?.as_bytes().to_vec();
        (!value.contains("ts=") && !value.contains("t:") && value.len() < 150).then_some(case)
    });
    named(&["signature-prefix-doubled"], 30, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).unwrap();
        let prefix = prefixed(&value)?;
        *case.header(name) = format!("{prefix}{value}").into_bytes();
        Some(case).filter(|_| value.matches(['=', ',']).count() < 4)
    });
    named(&["signature-case"], 10, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).unwrap();
        let prefix = prefixed(&value)?;
        let upper = value.replacen(&prefix, &prefix.to_uppercase(), 1);
        *case.header(name) = upper.into_bytes();
        Some(case)
    });
}

#[test]
fn other_encodings_and_cases_of_the_digest_are_named() {
    named(&["signature-encoding"], 60, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).unwrap();
        let (prefix, bytes, is_hex) = digest(&value)?;
        let other = if is_hex { base64(&bytes) } else { hex(&bytes) };
        *case.header(name) = format!("{prefix}{other}").into_bytes();
        (!is_token(subject)).then_some(case)
    });
    // Hexadecimal in upper case is accepted. Base64 is not.
    named(&["signature-case"], 10, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let value = String::from_utf8(case.header(name).clone()).unwrap();
        let (prefix, bytes, is_hex) = digest(&value)?;
        *case.header(name) = format!("{prefix}{}", base64(&bytes).to_uppercase()).into_bytes();
        let is_scheme =
            !["twilio", "mandrill", "plivo_v2", "cloudinary"].contains(&subject.entry.name());
        (!is_hex && is_mac(subject) && is_scheme).then_some(case)
    });
}

#[test]
fn other_hashes_are_named() {
    for algorithm in [HmacSha1, HmacSha256, HmacSha512] {
        named(&["signature-algorithm"], 3, |subject| {
            // Those whose key is the secret's text, and that sign the body alone. Meta is hand-written.
            let signs_body = subject.entry.signed() == "body"
                && subject.entry.name() != "meta"
                && is_mac(subject)
                && secret(subject).starts_with("whsec_");
            let name = signature_name(subject).filter(|_| signs_body)?;
            let mut case = genuine(subject);
            let value = String::from_utf8(case.header(name).clone()).unwrap();
            let (prefix, bytes, is_hex) = digest(&value)?;
            let key = secret(subject);
            let own = [HmacSha1, HmacSha256, HmacSha512]
                .into_iter()
                .find(|each| hmac(*each, key.as_bytes(), &[&case.body]) == bytes)?;
            let other = hmac(algorithm, key.as_bytes(), &[&case.body]);
            let text = if is_hex { hex(&other) } else { base64(&other) };
            *case.header(name) = format!("{prefix}{text}").into_bytes();
            (own != algorithm).then_some(case)
        });
    }
}

/// Signs these texts as a provider that sends `prefix` and hex does, or Standard Webhooks.
fn signed(subject: &Subject, case: &mut Case, parts: &[&[u8]]) -> Option<()> {
    let name = signature_name(subject)?;
    let value = String::from_utf8(case.header(name).clone()).unwrap();
    let (prefix, _, is_hex) = digest(&value)?;
    let text = secret(subject);
    let key =
        if prefix == "v1," { unbase64(text.strip_prefix("whsec_")?)? } else { text.into_bytes() };
    let mac = hmac(HmacSha256, &key, parts);
    let text = if is_hex { hex(&mac) } else { base64(&mac) };
    *case.header(name) = format!("{prefix}{text}").into_bytes();
    Some(())
}

fn secs() -> String {
    NOW.as_secs().to_string()
}

const TIMED: [&str; 6] = ["standard_webhooks", "voisnap", "slack", "zoom", "svix", "clerk"];
const IDENTIFIED: [&str; 4] = ["standard_webhooks", "svix", "clerk", "resend"];

#[test]
fn what_is_missing_from_what_is_signed_is_named() {
    named(&["timestamp-not-signed"], 4, |subject| {
        let mut case = genuine(subject);
        let body = case.body.clone();
        TIMED.contains(&subject.entry.name()).then_some(())?;
        signed(subject, &mut case, &[&body])?;
        Some(case)
    });
    named(&["timestamp-not-signed"], 4, |subject| {
        let mut case = genuine(subject);
        let body = case.body.clone();
        IDENTIFIED.contains(&subject.entry.name()).then_some(())?;
        signed(subject, &mut case, &[b"evt_1.", &body])?;
        Some(case)
    });
    named(&["id-not-signed"], 4, |subject| {
        let mut case = genuine(subject);
        let body = case.body.clone();
        IDENTIFIED.contains(&subject.entry.name()).then_some(())?;
        signed(subject, &mut case, &[secs().as_bytes(), b".", &body])?;
        Some(case)
    });
    named(&["url-not-signed"], 3, |subject| {
        let name = subject.entry.name();
        (["square", "hubspot", "form_url", "trello"].contains(&name)).then_some(())?;
        let mut case = genuine(subject);
        let body = case.body.clone();
        let time = NOW.as_millis().to_string();
        match name {
            "trello" => {
                let mac = base64(&hmac(HmacSha1, secret(subject).as_bytes(), &[&body]));
                *case.header(signature_name(subject)?) = mac.into_bytes();
            }
            "square" => signed(subject, &mut case, &[&body])?,
            _ => signed(subject, &mut case, &[b"POST", &body, time.as_bytes()])?,
        }
        Some(case)
    });
}

#[test]
fn wrong_ids_are_named() {
    named(&["id-wrong"], 4, |subject| {
        let mut case = genuine(subject);
        let body = case.body.clone();
        IDENTIFIED.contains(&subject.entry.name()).then_some(())?;
        signed(subject, &mut case, &[b"evt_77.", secs().as_bytes(), b".", &body])?;
        Some(case)
    });
    named(&["id-wrong"], 4, |subject| {
        let mut case = genuine(subject);
        let name = subject.named(Role::Id).next().filter(|_| subject.entry.signs_id())?;
        let id = case.header(name).clone();
        *case.header(name) = b"req_123".to_vec();
        case.headers.push(("X-Event-Id".to_owned(), id));
        Some(case)
    });
    named(&["id-missing"], 4, |subject| {
        let mut case = genuine(subject);
        let name = subject.named(Role::Id).next().filter(|_| subject.entry.signs_id())?;
        case.headers.retain(|(each, _)| each != name);
        Some(case)
    });
}

#[test]
fn another_providers_request_is_named() {
    for other in ["stripe", "github", "slack", "shopify", "standard_webhooks"] {
        let other = providers::find(other).unwrap();
        named(&["other-provider"], 60, |subject| {
            let url = webhook_core::PublicUrl::new(super::credentials::URL).unwrap();
            let text = webhook_core::SecretText::new(secret(subject)).ok()?;
            let credentials = providers::Credentials::new(text).for_url(url);
            let request = super::subject::Request::with_body(super::case::BODY.as_bytes());
            let signed = super::subject::sign(other, &credentials, &request).ok()?;
            let name = signature_name(subject)?;
            // Those that share the header are told apart by the signature alone.
            let is_own = signed.headers.iter().any(|(each, _)| *each == name);
            (!is_own && subject.entry.name() != other.name()).then(|| Case::of(subject, &signed))
        });
    }
    // With a secret that does not fit, the header alone tells.
    named(&["other-provider"], 60, |subject| {
        let mut case = genuine(subject);
        let name = signature_name(subject)?;
        case.headers.retain(|(each, _)| each != name);
        case.headers.push((
            "Stripe-Signature".to_owned(),
            format!("t=1,v1={}", "0".repeat(64)).into_bytes(),
        ));
        (subject.entry.name() != "stripe").then_some(case)
    });
}

#[test]
fn headers_that_are_always_the_same_are_named() {
    // Hand-written providers say only that the head is not as it should be.
    named(&["header-required", "signature-header-malformed"], 5, |subject| {
        let name = subject.named(Role::Constant).find(|name| *name != "content-type")?;
        let mut case = genuine(subject);
        case.headers.retain(|(each, _)| each != name);
        Some(case)
    });
}

#[test]
fn a_content_type_that_decides_how_the_body_is_verified_is_named() {
    named(&["content-type-changed"], 1, |subject| {
        let mut case = Case::of(subject, &subject.genuine);
        case.headers.retain(|(name, _)| name != "content-type");
        case.headers.push(("content-type".to_owned(), b"text/plain".to_vec()));
        Some(case)
    });
}
