//! What a file of secrets contains.

use webhook_core::providers::Credentials;
use webhook_core::{SecretError, SecretErrorKind, SecretText};

use super::error::Cause;

/// The most secrets that a verifier takes.
const MAX_SECRETS: usize = 4;

/// Reads one secret a line, the current one first. Empty lines are ignored, and a PEM block is one secret.
pub(super) fn credentials(text: &str) -> Result<Credentials, Cause> {
    let mut credentials: Option<Credentials> = None;
    for (index, (line, secret)) in secrets(text)?.into_iter().enumerate() {
        let place = || format!("the secret in line {line}");
        if index >= MAX_SECRETS {
            return Err(Cause::Secret(SecretError::new(SecretErrorKind::TooMany).named(place())));
        }
        let secret =
            SecretText::new(secret).map_err(|error| Cause::Secret(error.named(place())))?;
        credentials = Some(match credentials {
            None => Credentials::new(secret),
            Some(credentials) => credentials.or_previous(secret),
        });
    }
    credentials.ok_or(Cause::Empty)
}

/// Returns each secret with the number of its first line.
fn secrets(text: &str) -> Result<Vec<(usize, &str)>, Cause> {
    let mut secrets = Vec::new();
    let mut block = None;
    let mut offset = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let start = offset;
        offset += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        match block {
            Some((first, from)) if line.contains("-----END ") => {
                secrets.push((first, text.get(from..start + line.len()).unwrap_or_default()));
                block = None;
            }
            Some(_) => {}
            None if line.trim().is_empty() => {}
            None if line.starts_with("-----BEGIN ") && !line.contains("-----END ") => {
                block = Some((number, start));
            }
            None => secrets.push((number, line)),
        }
    }
    match block {
        Some((line, _)) => Err(Cause::UnfinishedPem { line }),
        None => Ok(secrets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_secrets(text: &str, expected: &[&str]) {
        let credentials = credentials(text).ok().unwrap();
        let mut secrets = vec![credentials.current().as_str()];
        secrets.extend(credentials.previous().iter().map(SecretText::as_str));
        assert_eq!(secrets, expected);
    }

    #[track_caller]
    fn assert_refused(text: &str, expected: SecretErrorKind, place: &str) {
        let Err(Cause::Secret(error)) = credentials(text) else { panic!("no such error") };
        assert_eq!(error.kind(), expected);
        assert!(error.to_string().starts_with(place), "{error}");
    }

    #[test]
    fn each_line_is_a_secret_and_the_first_is_the_current_one() {
        assert_secrets("new", &["new"]);
        assert_secrets("new\n", &["new"]);
        assert_secrets("new\r\nold\r\n", &["new", "old"]);
        assert_secrets("\n\nnew\n \t\nold\n\n", &["new", "old"]);
        assert_secrets("a\nb\nc\nd", &["a", "b", "c", "d"]);
    }

    #[test]
    fn a_pem_block_is_one_secret() {
        let block = "-----BEGIN PUBLIC KEY-----\nAAAA\n\nBBBB\n-----END PUBLIC KEY-----";
        assert_secrets(&format!("{block}\n"), &[block]);
        assert_secrets(&format!("new\n{block}\n\n{block}\nold"), &["new", block, block, "old"]);
        let one_line = "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----";
        assert_secrets(&format!("{one_line}\nold"), &[one_line, "old"]);
    }

    #[test]
    fn a_pem_block_without_an_end_is_refused() {
        let text = "new\n\n-----BEGIN PUBLIC KEY-----\nAAAA\n";
        assert!(matches!(credentials(text), Err(Cause::UnfinishedPem { line: 3 })));
    }

    #[test]
    fn a_file_without_a_secret_is_refused() {
        for text in ["", "\n", " \r\n\t\n"] {
            assert!(matches!(credentials(text), Err(Cause::Empty)), "{text:?}");
        }
    }

    #[test]
    fn an_unusable_line_is_named() {
        assert_refused("new\n\nold ", SecretErrorKind::Padded, "the secret in line 3 ");
        assert_refused("\"new\"", SecretErrorKind::Quoted, "the secret in line 1 ");
        assert_refused("\u{feff}new", SecretErrorKind::Padded, "the secret in line 1 ");
        assert_refused("a\nb\nc\n\nd\ne", SecretErrorKind::TooMany, "the secret in line 6 ");
    }
}
