//! Mistakes with secrets.

use super::case::{genuine, is_mac, is_token, named, secret, signed_with, unbase64};
use super::common::{base64, hex};

#[test]
fn copying_mistakes_are_named() {
    let with = |change: fn(&str) -> String| {
        move |subject: &super::subject::Subject| {
            Some(genuine(subject).with_secret(change(&secret(subject))))
        }
    };
    named(&["secret-newline"], 90, with(|text| format!("{text}\n")));
    named(&["secret-newline"], 90, with(|text| format!("{text}\r\n")));
    named(&["secret-whitespace"], 90, with(|text| format!("  {text} ")));
    named(&["secret-whitespace"], 90, with(|text| format!("\u{feff}{text}")));
    named(&["secret-quotes"], 90, with(|text| format!("\"{text}\"")));
    named(&["secret-quotes"], 90, with(|text| format!("'{text}'\n")));
    named(&["secret-variable-name"], 90, with(|text| format!("WEBHOOK_SECRET={text}")));
    named(
        &["secret-variable-name"],
        90,
        with(|text| format!("export WEBHOOK_SECRET=\"{text}\"\n")),
    );
}

#[test]
fn encodings_of_the_secret_are_named() {
    named(&["secret-double-encoded"], 90, |subject| {
        Some(genuine(subject).with_secret(base64(secret(subject).as_bytes())))
    });
    // Text that was decoded, for providers that use the text, and for those that decode it.
    named(&["secret-decoded"], 3, |subject| {
        let secret = secret(subject);
        let bytes = unbase64(secret.strip_prefix("whsec_")?)?;
        is_mac(subject).then(|| genuine(subject).with_secret(bytes))
    });
    named(&["secret-hex"], 90, |subject| {
        Some(genuine(subject).with_secret(hex(secret(subject).as_bytes())))
    });
    named(&["secret-utf16"], 80, |subject| {
        let units: Vec<u8> = secret(subject).encode_utf16().flat_map(u16::to_le_bytes).collect();
        Some(genuine(subject).with_secret([&[0xff, 0xfe][..], &units].concat()))
    });
}

#[test]
fn prefixes_and_cases_are_named() {
    named(&["secret-prefix-missing"], 3, |subject| {
        let case = genuine(subject);
        let secret = secret(subject);
        Some(case.with_secret(secret.strip_prefix("whsec_")?))
    });
    // OpenAI's secret without the prefix is text, so these two are the same there.
    named(&["secret-prefix-kept", "secret-used-as-text"], 3, |subject| {
        let bare = "AAECAwQFBgcICQoLDA0ODw==";
        let case = signed_with(subject, bare)?;
        is_mac(subject).then(|| case.with_secret(format!("whsec_{bare}")))
    });
    named(&["secret-case"], 3, |subject| {
        let text = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
        is_mac(subject)
            .then(|| Some(signed_with(subject, text)?.with_secret(text.to_uppercase())))?
    });
}

#[test]
fn keys_that_senders_make_in_another_way_are_named() {
    // The provider decodes the secret, the sender does not: seen from providers that sign alike but do not decode.
    let decoding = ["standard_webhooks", "svix", "clerk", "resend", "render", "loops", "polar"];
    named(&["secret-used-as-text"], 3, |subject| {
        use super::common::{NOW, hmac};
        use webhook_core::Algorithm::HmacSha256;

        decoding.contains(&subject.entry.name()).then_some(())?;
        let mut case = genuine(subject);
        let signed = [b"evt_1.", NOW.as_secs().to_string().as_bytes(), b".", &case.body].concat();
        let mac = base64(&hmac(HmacSha256, secret(subject).as_bytes(), &[&signed]));
        let name = case.headers.iter().find(|(name, _)| name.contains("signature"))?.0.clone();
        *case.header(&name) = format!("v1,{mac}").into_bytes();
        Some(case)
    });
    named(&["secret-used-decoded"], 3, |subject| {
        use super::common::hmac;
        use webhook_core::Algorithm::HmacSha256;

        let raw = ["github", "samva", "voxpria", "notion", "cursor", "btcpay"];
        raw.contains(&subject.entry.name()).then_some(())?;
        let mut case = genuine(subject);
        let key = unbase64(secret(subject).strip_prefix("whsec_")?)?;
        let mac = hex(&hmac(HmacSha256, &key, &[&case.body]));
        let name = case.headers.iter().find(|(name, _)| name.contains("sig"))?.0.clone();
        *case.header(&name) = format!("sha256={mac}").into_bytes();
        Some(case)
    });
    named(&["secret-newline-at-sender"], 3, |subject| {
        use super::common::hmac;
        use webhook_core::Algorithm::HmacSha256;

        let raw = ["github", "samva", "voxpria", "notion", "cursor", "btcpay"];
        raw.contains(&subject.entry.name()).then_some(())?;
        let mut case = genuine(subject);
        let mac =
            hex(&hmac(HmacSha256, format!("{}\n", secret(subject)).as_bytes(), &[&case.body]));
        let name = case.headers.iter().find(|(name, _)| name.contains("sig"))?.0.clone();
        *case.header(&name) = format!("sha256={mac}").into_bytes();
        Some(case)
    });
}

#[test]
fn other_credentials_are_named() {
    for (id, text) in [
        ("secret-is-api-key", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
        ("secret-is-api-key", "rk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("secret-is-endpoint-id", "we_1PqLyjWDarjtT1zdp7dcAAAA"),
    ] {
        named(&[id], 60, |subject| {
            let takes_keys = ["API key", "access token"]
                .iter()
                .any(|what| subject.entry.credential_name().contains(what));
            (is_mac(subject) && !takes_keys).then(|| genuine(subject).with_secret(text))
        });
    }
    named(&["secret-missing"], 90, |subject| Some(genuine(subject).with_secret("\n")));
    named(&["secret-format"], 3, |subject| {
        Some(genuine(subject).with_secret("!not base64, not hex!")).filter(|_| {
            !is_token(subject)
                && (subject.entry.has_public_key()
                    || subject.entry.name().contains("svix")
                    || subject.entry.name().contains("adyen")
                    || subject.entry.name() == "clerk")
        })
    });
}

#[test]
fn of_several_secrets_the_one_that_fits_is_named() {
    for (id, first, second) in [
        ("secret-other-mode", "STRIPE_TEST_SECRET", "STRIPE_LIVE_SECRET"),
        ("secret-cli", "DASHBOARD_SECRET", "CLI_SECRET"),
        ("secret-connect", "ACCOUNT_SECRET", "CONNECT_SECRET"),
        ("secret-previous", "CURRENT", "PREVIOUS"),
        ("secret-other", "A", "B"),
    ] {
        named(&[id], 90, |subject| {
            let mut case = genuine(subject);
            let other = subject.keys[1].current().as_str();
            case.secrets = vec![(first, other.into()), (second, secret(subject).into())];
            Some(case)
        });
    }
    // The second has a mistake besides.
    named(&["secret-other"], 90, |subject| {
        let mut case = genuine(subject);
        let other = subject.keys[1].current().as_str();
        case.secrets = vec![("A", other.into()), ("B", format!("{}\n", secret(subject)).into())];
        Some(case)
    });
}

#[test]
fn a_key_whose_line_breaks_are_escaped_is_named() {
    named(&["secret-escaped-newlines"], 3, |subject| {
        let secret = secret(subject);
        let is_pem = secret.contains("-----BEGIN");
        is_pem.then(|| genuine(subject).with_secret(secret.replace('\n', "\\n")))
    });
}
