//! What goes wrong with secrets, tokens and keys.

use super::candidate::{Change, Key, Variant};
use super::codec::{base64, base64_any, unhex};
use super::input::Credential;
use crate::keys::KeyFormat;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// What a text may have been before a mistake.
type Undo = fn(&str) -> Vec<String>;

/// The mistakes that change a secret's text, the likeliest first.
const UNDO: &[(&str, &str, Undo)] = &[
    ("secret-newline", "the final newline removed from", |text| {
        vec![text.trim_end_matches(['\r', '\n']).to_owned()]
    }),
    ("secret-whitespace", "the white space around it removed from", |text| {
        vec![trimmed(text).to_owned()]
    }),
    ("secret-quotes", "the quotes removed from", |text| vec![unquoted(text).to_owned()]),
    ("secret-variable-name", "the variable's name removed from", |text| {
        let value = text.split_once(['=', ':']).map_or(text, |(_, value)| value);
        vec![unquoted(value).to_owned(), trimmed(value).to_owned()]
    }),
    ("secret-prefix-missing", "the prefix `whsec_` added to", |text| vec![format!("whsec_{text}")]),
    ("secret-prefix-missing", "the prefix `v1,whsec_` added to", |text| {
        vec![format!("v1,whsec_{text}")]
    }),
    ("secret-prefix-kept", "the prefix removed from", |text| {
        without_prefix(text).into_iter().collect()
    }),
    ("secret-double-encoded", "one more base64 decoding of", |text| {
        let decoded = base64_any(text.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.map(|text| trimmed(&text).to_owned()).into_iter().collect()
    }),
    ("secret-decoded", "the base64 of", |text| encoded(text.as_bytes())),
    ("secret-hex", "the hexadecimal of", |text| {
        vec![const_hex::encode(text), const_hex::encode_upper(text)]
    }),
    ("secret-hex", "the text whose hexadecimal is", |text| {
        unhex(text.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok()).into_iter().collect()
    }),
    ("secret-case", "other cases of the letters of", recased),
    ("secret-whitespace", "all white space removed from", |text| {
        vec![text.split_whitespace().collect::<String>()]
    }),
    ("secret-escaped-newlines", "line breaks for each `\\n` in", |text| {
        vec![text.replace("\\n", "\n")]
    }),
];

/// The keys that the credential might have been, the likeliest first.
pub(super) fn variants(credential: &Credential, scheme: Option<&Scheme>) -> Vec<Variant> {
    let label = &credential.label;
    let mut found = Vec::new();
    let mut known: Vec<String> = Vec::new();
    let given = std::str::from_utf8(&credential.bytes).ok();
    known.extend(given.map(str::to_owned));
    let clean = given.map(trimmed);
    // Transformations of a text with white space around it are those of the text without.
    let texts = given.into_iter().chain(clean);
    // A secret that can be decoded is likelier to be right than to be one that was decoded.
    let raw = scheme.map(|scheme| raw_keys(credential, scheme)).unwrap_or_default();
    let decodes = |scheme: &Scheme| {
        let is_encoded = match scheme.key {
            KeyFormat::Raw => false,
            KeyFormat::Base64OrRaw { prefix } => clean.is_some_and(|text| text.starts_with(prefix)),
            _ => true,
        };
        is_encoded && given == clean && clean.is_some_and(|text| scheme.key.decode(text).is_some())
    };
    let (first, last) =
        if scheme.is_some_and(decodes) { (raw, Vec::new()) } else { (Vec::new(), raw) };
    found.extend(first);
    for text in texts {
        for (id, what, undo) in UNDO {
            for before in undo(text) {
                if !before.is_empty() && !known.contains(&before) {
                    let key = Key::text(&before);
                    known.push(before);
                    let evidence = format!("with {what} `{label}`");
                    found.extend(key.map(|key| Variant::new(id, evidence, Change::Key(key))));
                }
            }
        }
    }
    if given.is_none() {
        found.extend(of_bytes(credential));
    }
    found.extend(last);
    for text in &mut known {
        zeroize::Zeroize::zeroize(text);
    }
    found
}

/// The keys of a credential that is not text.
fn of_bytes(credential: &Credential) -> Vec<Variant> {
    let (bytes, label) = (&**credential.bytes, &credential.label);
    let hex = [const_hex::encode(bytes), const_hex::encode_upper(bytes)];
    let (low, high) = (utf16(bytes, u16::from_le_bytes), utf16(bytes, u16::from_be_bytes));
    let texts = [
        ("secret-decoded", "the base64 of", encoded(bytes)),
        ("secret-hex", "the hexadecimal of", hex.to_vec()),
        ("secret-utf16", "UTF-8 instead of UTF-16 in", low.into_iter().chain(high).collect()),
    ];
    let mut found = Vec::new();
    for (id, what, texts) in texts {
        for key in texts.iter().filter_map(|text| Key::text(trimmed(text))) {
            found.push(Variant::new(id, format!("with {what} `{label}`"), Change::Key(key)));
        }
    }
    found
}

/// The keys that senders make of a secret in another way than the provider.
fn raw_keys(credential: &Credential, scheme: &Scheme) -> Vec<Variant> {
    let bytes = &**credential.bytes;
    let label = &credential.label;
    let text = std::str::from_utf8(bytes).map_or(bytes, |text| trimmed(text).as_bytes());
    let as_text = std::str::from_utf8(text).unwrap_or_default();
    let bare = without_prefix(as_text).unwrap_or_default();
    let mut keys: Vec<(&str, &str, Vec<u8>)> = Vec::new();
    if matches!(scheme.key, KeyFormat::Raw) {
        for encoded in [text, bare.as_bytes()] {
            let decoded = base64_any(encoded).unwrap_or_default();
            keys.push(("secret-used-decoded", "a key that is decoded from the base64 of", decoded));
            keys.push((
                "secret-hex",
                "a key that is decoded from the hexadecimal of",
                unhex(encoded).unwrap_or_default(),
            ));
        }
        keys.push(("secret-newline-at-sender", "a newline added to", [text, b"\n"].concat()));
        keys.push(("secret-newline-at-sender", "CRLF added to", [text, b"\r\n"].concat()));
    } else {
        keys.push(("secret-used-as-text", "the text as the key, not decoded, of", text.to_vec()));
        keys.push((
            "secret-used-as-text",
            "the text behind the prefix as the key, not decoded, of",
            bare.into(),
        ));
        keys.push((
            "secret-decoded",
            "the bytes as the key, not decoded once more, of",
            bytes.to_vec(),
        ));
        let hex = unhex(text).or_else(|| unhex(bare_of(as_text).as_bytes()));
        keys.push((
            "secret-hex",
            "a key that is decoded from the hexadecimal of",
            hex.unwrap_or_default(),
        ));
        let decoded = base64_any(text).unwrap_or_default();
        keys.push(("secret-used-decoded", "a key that is decoded from the base64 of", decoded));
    }
    let variant = |(id, what, key): (&'static str, &str, Vec<u8>)| {
        let change = Change::Key(Key::bytes(&key)?);
        Some(Variant::new(id, format!("with {what} `{label}`"), change))
    };
    keys.into_iter().filter_map(variant).collect()
}

/// Without white space and byte order marks around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|char: char| {
        char.is_whitespace() || matches!(char, '\u{feff}' | '\u{200b}' | '\0')
    })
}

fn unquoted(text: &str) -> &str {
    trimmed(
        trimmed(text)
            .trim_matches(['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']),
    )
}

/// What is behind a prefix such as `whsec_`, `v1,whsec_`, `sha256=` or `Bearer `.
fn without_prefix(text: &str) -> Option<String> {
    let end = text.find(['_', '=', ':', ' '])?;
    let (prefix, rest) = text.split_at_checked(end)?;
    let is_prefix = prefix.len() <= 12
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b',' || byte == b'-');
    let rest = rest.get(1..).unwrap_or_default();
    (is_prefix && !rest.trim_matches('=').is_empty()).then(|| rest.to_owned())
}

fn bare_of(text: &str) -> String {
    without_prefix(text).unwrap_or_else(|| text.to_owned())
}

/// The base64 that these bytes may have been decoded from.
fn encoded(bytes: &[u8]) -> Vec<String> {
    let text = base64(bytes);
    let url_safe = text.replace('+', "-").replace('/', "_");
    let bare = |text: &str| text.trim_end_matches('=').to_owned();
    let (short, url_short) = (bare(&text), bare(&url_safe));
    vec![format!("whsec_{text}"), text, short, url_safe, url_short]
}

fn recased(text: &str) -> Vec<String> {
    let mut cases = vec![text.to_lowercase(), text.to_uppercase()];
    let mut chars = text.chars();
    if let Some(first) = chars.next() {
        let rest = chars.as_str();
        cases.push(format!("{}{rest}", first.to_lowercase()));
        cases.push(format!("{}{rest}", first.to_uppercase()));
        cases.push(format!("{}{}", first.to_uppercase(), rest.to_lowercase()));
    }
    if let Some((prefix, rest)) = text.split_once('_') {
        cases.push(format!("{}_{rest}", prefix.to_lowercase()));
        cases.push(format!("{}_{}", prefix.to_lowercase(), rest.to_uppercase()));
    }
    cases.push(
        text.chars()
            .map(|char| {
                if char.is_ascii_lowercase() {
                    char.to_ascii_uppercase()
                } else {
                    char.to_ascii_lowercase()
                }
            })
            .collect(),
    );
    cases
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    String::from_utf16(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>()).ok()
}

/// Words in labels that tell secrets apart.
const KINDS: &[(&str, &[&str])] = &[
    ("secret-previous", &["previous", "prev", "old", "retired", "former", "last", "rotated"]),
    ("secret-cli", &["cli", "local", "dashboard", "listen"]),
    ("secret-connect", &["connect", "connected", "account", "platform"]),
    ("secret-other-mode", &["test", "live", "sandbox", "prod", "production", "staging", "dev"]),
];

/// How the credential that fits differs from the first one, by the labels of both.
pub(super) fn kind_of_other(first: &Credential, other: &Credential) -> &'static str {
    let words = |credential: &Credential| -> Vec<String> {
        let label = credential.label.to_lowercase();
        label.split(|char: char| !char.is_alphanumeric()).map(str::to_owned).collect()
    };
    let (first, other) = (words(first), words(other));
    let differs =
        |kind: &str| first.iter().any(|word| word == kind) != other.iter().any(|word| word == kind);
    let kind = KINDS.iter().find(|(_, kinds)| kinds.iter().any(|kind| differs(kind)));
    kind.map_or("secret-other", |(id, _)| id)
}

const API_KEY: &str = "secret-is-api-key";
const ENDPOINT_ID: &str = "secret-is-endpoint-id";

/// How credentials begin that do not sign webhooks.
const PREFIXES: &[(&str, &[&str])] = &[
    (
        API_KEY,
        &[
            "sk_",
            "rk_",
            "pk_",
            "sk-",
            "key-",
            "re_",
            "ghp_",
            "gho_",
            "ghs_",
            "github_pat_",
            "glpat-",
            "xoxb-",
            "xoxp-",
            "xapp-",
            "shpat_",
            "lin_api_",
            "ntn_",
            "pat-",
            "SG.",
            "testsk_",
            "tfp_",
            "eyJ",
        ],
    ),
    (
        ENDPOINT_ID,
        &["we_", "ep_", "acct_", "app_", "evt_", "msg_", "wh_", "hook_", "ntfset_", "cus_"],
    ),
];

/// What else the credential is by its looks. It proves nothing if the request verifies.
pub(super) fn mistaken(
    credential: &Credential,
    entry: &Entry,
) -> Option<(&'static str, &'static str)> {
    let text = std::str::from_utf8(&credential.bytes).ok()?;
    let is_name = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
    let value = text.split_once('=').filter(|(name, _)| trimmed(name).bytes().all(is_name));
    let text = unquoted(value.map_or(text, |(_, value)| value));
    let is_key =
        ["API key", "access token"].iter().any(|what| entry.credential_name().contains(what));
    PREFIXES.iter().filter(|(id, _)| *id != API_KEY || !is_key).find_map(|(id, prefixes)| {
        prefixes.iter().find(|prefix| text.starts_with(**prefix)).map(|prefix| (*id, *prefix))
    })
}
