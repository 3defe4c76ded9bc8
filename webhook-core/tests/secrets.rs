//! Secrets: which texts are refused, where they are read from, and how they are rotated.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use common::schemes::{Base64Key, HexKey};
use common::{BODY, NOW, assert_hidden, cases, hmac_hex, refused, secret, verify};
use proptest::prelude::*;
use webhook_core::providers::{samva, standard_webhooks, svara, voisnap};
use webhook_core::{Key, SchemeProvider, SecretError, SecretErrorKind, VerifyErrorKind};

/// Part of every secret that is refused here. No error may contain it.
const MARK: &str = "jxqzwvky";

fn kind<P: SchemeProvider>(text: &str) -> Option<SecretErrorKind> {
    Key::<P>::new(text).map_err(|error| error.kind()).err()
}

#[test]
fn an_empty_padded_or_undecodable_secret_is_refused() {
    use SecretErrorKind::{Empty, Padded, Undecodable};

    for text in ["", " ", "\n", "\r\n", "\t \u{3000}"] {
        assert_eq!(kind::<svara::Svara>(text), Some(Empty), "{text:?}");
        assert_eq!(kind::<HexKey>(text), Some(Empty), "{text:?}");
        assert_eq!(kind::<standard_webhooks::StandardWebhooks>(text), Some(Empty), "{text:?}");
    }
    for text in [" text", "text ", "text\n", "\ttext", "text\r\n", "\u{a0}text", "text\u{2003}"] {
        assert_eq!(kind::<svara::Svara>(text), Some(Padded), "{text:?}");
        assert_eq!(kind::<HexKey>(text), Some(Padded), "{text:?}");
    }
    for text in ["x", "a b", "whsec_", "whsec_not base64!", "\u{1f511}"] {
        assert_eq!(
            kind::<voisnap::Voisnap>(text),
            None,
            "{text:?}: any text is a valid raw secret"
        );
    }
    for (text, expected) in [
        ("whsec_", Some(Empty)),
        ("whsec_====", Some(Undecodable)),
        ("whsec_AAA=", None),
        ("whsec_AAA", None),
        ("AAA", None),
        // Unused bits are set.
        ("whsec_AAB", None),
        ("WHSEC_AAA", Some(Undecodable)),
        ("whsec_whsec_AAA", Some(Undecodable)),
        ("whsec_A A=", Some(Undecodable)),
        ("whsec_AA-_", Some(Undecodable)),
        ("whsec_A", Some(Undecodable)),
    ] {
        assert_eq!(kind::<standard_webhooks::StandardWebhooks>(text), expected, "{text}");
    }
    assert_eq!(kind::<Base64Key>("whsec_AAA="), Some(Undecodable), "no such prefix");
    assert_eq!(kind::<HexKey>("0g"), Some(Undecodable));
    assert_eq!(kind::<HexKey>("012"), Some(Undecodable));
}

#[test]
fn four_secrets_are_accepted_and_a_fifth_is_refused() {
    let mut key: svara::Secret = secret("0");
    for previous in 1..4 {
        key = key.or_previous(previous.to_string()).unwrap();
    }
    assert_eq!(key.clone().or_previous("4").unwrap_err().kind(), SecretErrorKind::TooMany);
    for index in 0..4 {
        let signature = hmac_hex(&index.to_string(), &[BODY]);
        let delivery = verify(&key, &[("x-svara-signature", signature)], BODY, NOW).unwrap();
        assert_eq!(delivery.key_index(), index);
    }
    let fifth = [("x-svara-signature", hmac_hex("4", &[BODY]))];
    assert_eq!(refused(&key, &fifth, BODY, NOW), VerifyErrorKind::InvalidSignature);
}

/// Before a rotation begins, both of its variables often have the same value.
#[test]
fn a_previous_secret_equal_to_another_is_refused() {
    let key = secret::<svara::Svara>("current").or_previous("previous").unwrap();
    for text in ["current", "previous"] {
        let error = key.clone().or_previous(text).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Repeated);
        assert_eq!(
            error.to_string(),
            "the previous secret of svara equals another secret: remove it until the next rotation"
        );
    }
    assert!(key.or_previous("Current").is_ok());
    // The same key in two spellings.
    let hex = secret::<HexKey>("0a0b").or_previous("0A0B").unwrap_err();
    assert_eq!(hex.kind(), SecretErrorKind::Repeated);
}

#[test]
fn a_previous_secret_is_checked_like_the_first() {
    for (text, expected) in [
        ("", SecretErrorKind::Empty),
        (" x", SecretErrorKind::Padded),
        ("whsec_!", SecretErrorKind::Undecodable),
    ] {
        let key = secret::<standard_webhooks::StandardWebhooks>("whsec_AAAA");
        assert_eq!(key.or_previous(text).unwrap_err().kind(), expected, "{text}");
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_secret_verifies_and_the_first_signs(
        [new, old, other] in ["[!-~]{1,80}", "[!-~]{1,80}", "[!-~]{1,80}"],
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assume!(new != old && other != new && other != old);
        let rotating = secret::<samva::Samva>(&new).or_previous(&old).unwrap();
        let by = |text: &str| secret::<samva::Samva>(text).sign(&body, NOW, None).unwrap();
        prop_assert_eq!(rotating.sign(&body, NOW, None).unwrap(), by(&new));
        let index = |text| verify(&rotating, &by(text), &body, NOW).map(|delivery| delivery.key_index());
        prop_assert_eq!(index(&new), Ok(0));
        prop_assert_eq!(index(&old), Ok(1));
        prop_assert_eq!(index(&other), Err(VerifyErrorKind::InvalidSignature));
    }
}

/// Everything that is printed about a secret.
fn said(error: &SecretError) -> String {
    let mut said = Vec::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(each) = next {
        said.push(format!("{each} {each:?} {each:#?}"));
        next = each.source();
    }
    said.join("\n")
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn only_the_final_newline_of_a_file_is_removed() {
    let expected = secret::<svara::Svara>("the secret").sign(BODY, NOW, None).unwrap();
    for (name, content) in
        [("bare", "the secret"), ("lf", "the secret\n"), ("crlf", "the secret\r\n")]
    {
        let path = file(name, content.as_bytes());
        let read = svara::Secret::from_file(&path).unwrap();
        assert_eq!(read.sign(BODY, NOW, None).unwrap(), expected, "{name}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_invalid_secret_file_is_named_but_not_shown() {
    use SecretErrorKind::{Empty, NotText, Padded, Undecodable};

    let mark = MARK.as_bytes();
    for (name, content, expected, text) in [
        ("two-lf", &[mark, b"\n\n"].concat()[..], Padded, "begins or ends with white space"),
        ("two-crlf", &[mark, b"\r\n\r\n"].concat(), Padded, "begins or ends with white space"),
        ("space", &[b" ", mark, b"\n"].concat(), Padded, "begins or ends with white space"),
        ("empty", b"", Empty, "is empty"),
        ("newline", b"\n", Empty, "is empty"),
        ("no-text", &[mark, b"\xff"].concat(), NotText, "is not valid UTF-8"),
        ("utf-16", b"\xff\xfej\0x\0q\0z\0", NotText, "is not valid UTF-8"),
        ("no-hex", mark, Undecodable, "is not valid hexadecimal"),
    ] {
        let path = file(name, content);
        let error = Key::<HexKey>::from_file(&path).unwrap_err();
        assert_eq!(error.kind(), expected, "{name}");
        assert_eq!(error.to_string(), format!("{} {text}", path.display()));
        assert_hidden(&said(&error), mark);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_unreadable_file_is_named_and_the_cause_is_kept() {
    for path in [Path::new("/nowhere/to/be/found"), Path::new(env!("CARGO_TARGET_TMPDIR"))] {
        let error = svara::Secret::from_file(path).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Unreadable);
        assert_eq!(error.to_string(), format!("{} cannot be read", path.display()));
        assert!(error.source().unwrap().is::<std::io::Error>());
    }
}

const VARIABLE: &str = "WEBHOOK_CORE_TEST_SECRET";
const EXPECTED: &str = "WEBHOOK_CORE_TEST_EXPECTED";

#[test]
fn a_missing_variable_is_named() {
    for variable in ["WEBHOOK_CORE_SURELY_NOT_SET", "", "A=B", "A\0B"] {
        let error = svara::Secret::from_env(variable).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::NotSet);
        assert_eq!(error.to_string(), format!("{variable} is not set"));
    }
}

/// A process cannot safely change its own environment, so each case runs the test below in a new process.
#[test]
fn a_secret_is_read_from_a_variable_unchanged() {
    let padded = format!("{MARK}\n");
    #[cfg_attr(
        not(unix),
        expect(unused_mut, reason = "only unix has variables that are not Unicode")
    )]
    let mut values: Vec<(std::ffi::OsString, &str)> = vec![
        ("00ff".into(), "Ok"),
        ("".into(), "Empty"),
        (" ".into(), "Empty"),
        (padded.into(), "Padded"),
        (MARK.into(), "Undecodable"),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = [MARK.as_bytes(), b"\xff"].concat();
        values.push((std::ffi::OsString::from_vec(bytes), "NotText"));
    }
    for (value, expected) in values {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "in_a_process_of_its_own", "--ignored", "--nocapture"])
            .env(VARIABLE, value)
            .env(EXPECTED, expected)
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && shown.contains("1 passed"), "{expected}: {shown}");
    }
}

#[test]
#[ignore = "the test above runs it with its own environment"]
fn in_a_process_of_its_own() {
    let expected = env::var(EXPECTED).unwrap();
    match Key::<HexKey>::from_env(VARIABLE) {
        Ok(_) => assert_eq!(expected, "Ok"),
        Err(error) => {
            assert_eq!(format!("{:?}", error.kind()), expected);
            assert!(error.to_string().starts_with(VARIABLE));
            assert_hidden(&said(&error), MARK.as_bytes());
        }
    }
}

#[test]
fn a_file_that_is_no_secret_is_not_read_to_its_end() {
    let path = std::env::temp_dir().join(format!("webhook-core-long-{}", std::process::id()));
    std::fs::write(&path, vec![b'x'; 1024 * 1024 + 1]).unwrap();
    let error = svara::Secret::from_file(&path).unwrap_err();
    std::fs::remove_file(path).unwrap();
    assert_eq!(error.kind(), SecretErrorKind::Unreadable);
    assert_eq!(error.source().unwrap().to_string(), "larger than 1 MiB");
}
