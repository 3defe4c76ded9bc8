use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;
use webhook_core::{SecretErrorKind, SecretText};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output::Output;

/// Where a secret is read from. Without any of these, and on a terminal, it is asked for.
#[derive(Args)]
#[command(next_help_heading = "Secret")]
pub(crate) struct SecretArgs {
    /// Read the secret from this environment variable. May repeat
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Read the secret from this file; a final newline is removed. May repeat
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
    /// The secret itself. Others can see it in the list of processes and in the shell's history
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    secret: Vec<Zeroizing<String>>,
}

impl SecretArgs {
    /// Reads all secrets, at least one.
    pub(crate) fn read(&self, output: Output) -> Result<Vec<SecretText>, Failure> {
        let Self { secret_env: env, secret_file: files, secret: texts } = self;
        Sources { what: "secret", env, files, texts }.read(output)
    }
}

/// The same for the key of a provider's API.
#[derive(Args)]
#[command(next_help_heading = "API key")]
pub(crate) struct ApiKeyArgs {
    /// Read the API key from this environment variable
    #[arg(long, value_name = "NAME", alias = "secret-env")]
    api_key_env: Option<String>,
    /// Read the API key from this file; a final newline is removed
    #[arg(long, value_name = "FILE", alias = "secret-file")]
    api_key_file: Option<PathBuf>,
    /// The API key itself. Others can see it in the list of processes and in the shell's history
    #[arg(long, value_name = "TEXT", alias = "secret", hide_short_help = true)]
    api_key: Option<Zeroizing<String>>,
}

impl ApiKeyArgs {
    pub(crate) fn read(&self, output: Output) -> Result<SecretText, Failure> {
        let (env, files) = (self.api_key_env.as_slice(), self.api_key_file.as_slice());
        let sources = Sources { what: "api-key", env, files, texts: self.api_key.as_slice() };
        let [key] = <[SecretText; 1]>::try_from(sources.read(output)?)
            .map_err(|_| Failure::set_up("more than one API key is given"))?;
        Ok(key)
    }
}

struct Sources<'a> {
    /// As in the names of the options.
    what: &'static str,
    env: &'a [String],
    files: &'a [PathBuf],
    texts: &'a [Zeroizing<String>],
}

impl Sources<'_> {
    fn read(&self, output: Output) -> Result<Vec<SecretText>, Failure> {
        let what = self.what;
        if !self.texts.is_empty() {
            output.warn(format!(
                "--{what} can be seen in the list of processes and in the shell's history: \
                 prefer --{what}-env or --{what}-file"
            ));
        }
        let env = self.env.iter().map(|name| self.from_env(name));
        let files = self.files.iter().map(|path| self.from_file(path));
        let texts = self.texts.iter().map(|text| Ok(SecretText::new(text.as_str())?));
        let all: Vec<_> = env.chain(files).chain(texts).collect::<Result<_, Failure>>()?;
        if all.is_empty() { Ok(vec![self.asked_for()?]) } else { Ok(all) }
    }

    /// Whoever gives the secret in place of its variable's name does not see it printed: only what looks like a
    /// variable's name is.
    fn from_env(&self, name: &str) -> Result<SecretText, Failure> {
        let is_usual = |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        SecretText::from_env(name).map_err(|error| {
            if name.bytes().all(is_usual) || error.kind() != SecretErrorKind::NotSet {
                return error.into();
            }
            let what = self.what;
            Failure::set_up(format!(
                "the environment variable that --{what}-env names is not set: give its name, not its value"
            ))
        })
    }

    fn from_file(&self, path: &PathBuf) -> Result<SecretText, Failure> {
        SecretText::from_file(path).map_err(|error| {
            if error.kind() != SecretErrorKind::Unreadable {
                return error.into();
            }
            let what = self.what;
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            Failure::set_up(format!(
                "the file that --{what}-file names cannot be read: {}",
                reason.unwrap_or_default()
            ))
        })
    }

    fn asked_for(&self) -> Result<SecretText, Failure> {
        let what = self.what;
        let missing = || {
            Failure::set_up(format!(
                "no {}: give --{what}-env NAME or --{what}-file FILE, or be asked for it on a terminal",
                what.replace('-', " ")
            ))
        };
        if !io::stderr().is_terminal() {
            return Err(missing());
        }
        let asked = rpassword::prompt_password(format!("{}: ", what.replace('-', " ")));
        let text = Zeroizing::new(asked.map_err(|_| missing())?);
        Ok(SecretText::new(text.as_str())?)
    }
}
