use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::Path;
use std::{env, fmt, fs};

use zeroize::Zeroizing;

use super::KeyFormat;
use crate::error::{SecretError, SecretErrorKind};

/// The text of a secret or key, as its provider shows it.
///
/// It is checked for copying mistakes and wiped from memory when dropped. Neither `Debug` nor errors contain
/// it.
///
/// The providers' secrets are read through this type. Take one in a [`Verify`](crate::Verify) of your own, so
/// that its configuration fails with the same errors:
///
/// ```
/// use webhook_core::{KeyFormat, SecretError, SecretText};
///
/// struct Partner {
///     key: Vec<u8>,
/// }
///
/// impl Partner {
///     fn new(secret: &SecretText) -> Result<Self, SecretError> {
///         Ok(Self { key: secret.decode(KeyFormat::Hex)?.to_vec() })
///     }
/// }
///
/// let partner = Partner::new(&SecretText::new("00ff")?)?;
/// assert_eq!(partner.key, [0, 255]);
///
/// let error = SecretText::from_env("PARTNER_SECRET").unwrap_err();
/// assert_eq!(error.to_string(), "PARTNER_SECRET is not set");
/// # Ok::<(), SecretError>(())
/// ```
#[derive(Clone)]
pub struct SecretText {
    text: Zeroizing<String>,
    place: Cow<'static, str>,
}

impl SecretText {
    /// Checks a text for copying mistakes and keeps it unchanged.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, has a control character in it (lines of a PEM text are fine),
    /// is in quotes, or starts with its variable's name (`NAME=value`).
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::checked(text.as_ref(), Cow::Borrowed("the secret"))
    }

    /// Reads an environment variable.
    ///
    /// # Errors
    ///
    /// If the variable is missing or not UTF-8, and for the reasons listed at [`new`](Self::new). The error
    /// names the variable.
    pub fn from_env(variable: &str) -> Result<Self, SecretError> {
        let place = || Cow::Owned(variable.to_owned());
        match env::var(variable).map(Zeroizing::new) {
            Ok(text) => Self::checked(&text, place()),
            Err(env::VarError::NotPresent) => {
                Err(SecretError::new(SecretErrorKind::NotSet).named(place()))
            }
            Err(env::VarError::NotUnicode(_)) => {
                Err(SecretError::new(SecretErrorKind::NotText).named(place()))
            }
        }
    }

    /// Reads a file and removes the final newline, which secret managers add.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is larger than 1 MiB or is not UTF-8, and for the reasons listed at [`new`](Self::new). The
    /// error names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SecretError> {
        let place = Cow::Owned(path.as_ref().display().to_string());
        let bytes = match read(path.as_ref()) {
            Ok(bytes) => bytes,
            Err(error) => {
                let unreadable = SecretError::new(SecretErrorKind::Unreadable).caused_by(error);
                return Err(unreadable.named(place));
            }
        };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(SecretError::new(SecretErrorKind::NotText).named(place));
        };
        let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
        Self::checked(line.unwrap_or(text), place)
    }

    /// Like [`new`](Self::new), with `what` and the provider's name in errors.
    pub(crate) fn of(text: &str, what: &str, provider: &str) -> Result<Self, SecretError> {
        Self::checked(text, Cow::Owned(format!("{what} {provider}")))
    }

    fn checked(text: &str, place: Cow<'static, str>) -> Result<Self, SecretError> {
        match mistake(text) {
            Some(kind) => Err(SecretError::new(kind).named(place)),
            None => Ok(Self { text: Zeroizing::new(text.to_owned()), place }),
        }
    }

    /// Returns the text. It is a secret: do not log it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Decodes the text into the bytes of a key.
    ///
    /// # Errors
    ///
    /// If the text does not have this format, or is empty after its prefix is removed.
    pub fn decode(&self, format: KeyFormat) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let bytes = format.decode(&self.text).ok_or_else(|| self.undecodable(format))?;
        if bytes.is_empty() {
            return Err(self.error(SecretErrorKind::Empty));
        }
        Ok(bytes)
    }

    /// Creates an error that names where this text was read from.
    pub fn error(&self, kind: SecretErrorKind) -> SecretError {
        SecretError::new(kind).named(self.place.clone())
    }

    pub(crate) fn undecodable(&self, format: KeyFormat) -> SecretError {
        self.error(SecretErrorKind::Undecodable).expecting(format.name())
    }
}

/// Prints where the text was read from, not the text.
impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretText({})", self.place)
    }
}

/// Detects the most common copying mistakes. No provider issues secrets that look like one.
fn mistake(text: &str) -> Option<SecretErrorKind> {
    if text.trim().is_empty() {
        return Some(SecretErrorKind::Empty);
    }
    if text.trim() != text || text.starts_with('\u{feff}') {
        return Some(SecretErrorKind::Padded);
    }
    // Zeros are dangerous: HMAC pads keys with them, so a file of zeros would be the empty key, which everybody knows.
    let is_pem = text.starts_with("-----BEGIN ");
    if text.chars().any(|char| char.is_control() && !(is_pem && matches!(char, '\r' | '\n'))) {
        return Some(SecretErrorKind::ControlCharacter);
    }
    let in_quotes = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if in_quotes('"') || in_quotes('\'') {
        return Some(SecretErrorKind::Quoted);
    }
    let (name, value) = text.split_once('=')?;
    let name = name.strip_prefix("export ").unwrap_or(name);
    // Base64 has no underscore and ends in `=`, so base64 padding is not mistaken for an assignment.
    let is_variable = name.contains('_')
        && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    (is_variable && value.bytes().any(|byte| byte != b'=')).then_some(SecretErrorKind::Assignment)
}

/// A file with a secret. No secret is as long as the limit.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    const LIMIT: u64 = 1024 * 1024;
    let file = fs::File::open(path)?;
    // In one piece, since what a vector grows out of is not wiped.
    let len = file.metadata()?.len().min(LIMIT);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1));
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        SecretText::new(text).unwrap_err().to_string()
    }

    #[test]
    fn copying_mistakes_are_named() {
        for text in ["", " ", "\n"] {
            assert_eq!(refused(text), "the secret is empty");
        }
        for text in [" a", "a\n", "\u{feff}a"] {
            assert_eq!(refused(text), "the secret begins or ends with white space");
        }
        for text in ["\0", "\0\0\0\0", "a\0", "a\nb", "a\r\nb", "a\tb", "a\u{7f}"] {
            assert_eq!(refused(text), "the secret contains a control character", "{text:?}");
        }
        for text in ["\"abc\"", "'abc'", "\"\""] {
            assert_eq!(refused(text), "the secret is in quotes: remove them");
        }
        for text in ["STRIPE_SECRET=whsec_a", "export WEBHOOK_KEY=abc=="] {
            let expected = "the secret starts with the variable's name: keep only the part after \
                            the `=`";
            assert_eq!(refused(text), expected);
        }
    }

    #[test]
    fn texts_that_only_resemble_mistakes_are_accepted() {
        assert!(
            SecretText::new("-----BEGIN PUBLIC KEY-----\r\nAAAA\n-----END PUBLIC KEY-----").is_ok()
        );
        for text in ["\"", "a\"b\"", "ABC=", "AB_C=", "whsec_AAA=", "key=value", "a b", "KEY=x"] {
            assert_eq!(SecretText::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn the_text_is_not_shown() {
        let text = SecretText::new("s3cr3t").unwrap();
        assert_eq!(format!("{text:?}"), "SecretText(the secret)");
        let error = text.decode(KeyFormat::Hex).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Undecodable);
        assert_eq!(error.to_string(), "the secret is not valid hexadecimal");
    }
}
