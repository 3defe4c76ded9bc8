use std::env;
use std::error::Error;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use webhook_core::explain::Credential;
use webhook_core::{SecretErrorKind, SecretText};
use zeroize::Zeroizing;

use super::file::read_file;
use crate::failure::Failure;
use crate::output::Output;

/// Where a secret is read from. Without any of these, and on a terminal, it is asked for.
#[derive(Args)]
#[command(next_help_heading = "Secret")]
pub(crate) struct SecretArgs {
    /// Read the secret from this environment variable
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Read the secret from this file
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
    /// The secret itself. Others can see it in the list of processes and in the shell's history
    #[arg(long, value_name = "TEXT", hide_short_help = true, allow_hyphen_values = true)]
    secret: Vec<Zeroizing<String>>,
}

impl SecretArgs {
    pub(crate) fn is_given(&self) -> bool {
        !(self.secret_env.is_empty() && self.secret_file.is_empty() && self.secret.is_empty())
    }

    /// Reads all secrets, at least one.
    pub(crate) fn read(&self, output: Output) -> Result<Vec<SecretText>, Failure> {
        self.sources().read(output)
    }

    /// Reads all of them as they are, mistakes included.
    pub(crate) fn read_raw(&self, output: Output) -> Result<Vec<Credential>, Failure> {
        self.sources().read_raw(output)
    }

    fn sources(&self) -> Sources<'_> {
        let Self { secret_env: env, secret_file: files, secret: texts } = self;
        Sources { what: "secret", env, files, texts }
    }
}

/// The same for the key of a provider's API.
#[derive(Args)]
#[command(next_help_heading = "API key")]
pub(crate) struct ApiKeyArgs {
    /// Read the API key from this environment variable
    #[arg(id = "api-key-env", long, value_name = "NAME", alias = "secret-env")]
    env: Option<String>,
    /// Read the API key from this file; a final newline is removed
    #[arg(id = "api-key-file", long, value_name = "FILE", alias = "secret-file")]
    file: Option<PathBuf>,
    /// The API key itself. Others can see it in the list of processes and in the shell's history
    #[arg(
        id = "api-key",
        long,
        value_name = "TEXT",
        alias = "secret",
        hide_short_help = true,
        allow_hyphen_values = true
    )]
    text: Option<Zeroizing<String>>,
}

impl ApiKeyArgs {
    pub(crate) fn read(&self, output: Output) -> Result<SecretText, Failure> {
        let (env, files, texts) = (self.env.as_slice(), self.file.as_slice(), self.text.as_slice());
        let keys = Sources { what: "api-key", env, files, texts }.read(output)?;
        let [key] = <[SecretText; 1]>::try_from(keys)
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
        self.warn_of_texts(output);
        let env = self.env.iter().map(|name| self.variable(name));
        let files = self.files.iter().map(|path| self.file(path));
        let texts = self.texts.iter().map(|text| Ok(SecretText::new(text.as_str())?));
        let all: Vec<_> = env.chain(files).chain(texts).collect::<Result<_, Failure>>()?;
        if all.is_empty() {
            Ok(vec![SecretText::new(self.asked_for()?.as_str())?])
        } else {
            Ok(all)
        }
    }

    fn read_raw(&self, output: Output) -> Result<Vec<Credential>, Failure> {
        self.warn_of_texts(output);
        let env = self.env.iter().map(|name| {
            let value = env::var_os(name).ok_or_else(|| self.not_set(name))?;
            Ok(Credential::new(name, value.into_encoded_bytes()))
        });
        let files = self.files.iter().map(|path| {
            let bytes = read_file(path).map_err(|error| self.unreadable(&error))?;
            Ok(Credential::new(path.display().to_string(), bytes))
        });
        let option = format!("--{}", self.what);
        let texts = self.texts.iter().map(|text| Ok(Credential::new(&option, text.as_bytes())));
        let all: Vec<_> = env.chain(files).chain(texts).collect::<Result<_, Failure>>()?;
        if all.is_empty() {
            Ok(vec![Credential::new("the secret", self.asked_for()?.as_bytes())])
        } else {
            Ok(all)
        }
    }

    fn warn_of_texts(&self, output: Output) {
        let what = self.what;
        if !self.texts.is_empty() {
            output.warn(format!(
                "--{what} can be seen in the list of processes and in the shell's history: \
                 prefer --{what}-env or --{what}-file"
            ));
        }
    }

    fn variable(&self, name: &str) -> Result<SecretText, Failure> {
        SecretText::from_env(name).map_err(|error| match error.kind() {
            SecretErrorKind::NotSet => self.not_set(name),
            _ => error.into(),
        })
    }

    /// Whoever gives the secret in place of its variable's name does not see it printed: only what looks like a
    /// variable's name is.
    fn not_set(&self, name: &str) -> Failure {
        let is_usual = |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        if name.bytes().all(is_usual) {
            return Failure::set_up(format!("{name} is not set"));
        }
        let what = self.what;
        Failure::set_up(format!(
            "the environment variable that --{what}-env names is not set: give its name, not its value"
        ))
    }

    fn file(&self, path: &Path) -> Result<SecretText, Failure> {
        SecretText::from_file(path).map_err(|error| match error.source() {
            Some(reason) if error.kind() == SecretErrorKind::Unreadable => self.unreadable(reason),
            _ => error.into(),
        })
    }

    /// Without the name of the file, which may be the secret.
    fn unreadable(&self, reason: &dyn Error) -> Failure {
        let what = self.what;
        Failure::set_up(format!("the file that --{what}-file names cannot be read: {reason}"))
    }

    fn asked_for(&self) -> Result<Zeroizing<String>, Failure> {
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
        asked.map(Zeroizing::new).map_err(|_| missing())
    }
}
