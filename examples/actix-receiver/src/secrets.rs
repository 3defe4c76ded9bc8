//! The secrets that the providers sign with.

use std::env;
use std::time::Duration;

use actix_web::rt;
use webhook_actix::Verify;
use webhook_actix::custom::SecretText;
use webhook_actix::providers::{self, Credentials};
use webhook_actix::secrets::{Reload, Rotating};

/// How often files of secrets are read again.
const INTERVAL: Duration = Duration::from_secs(10);

pub struct Secrets {
    pub svara: Box<dyn Verify>,
    pub samva: Box<dyn Verify>,
    pub voisnap: Box<dyn Verify>,
    pub voxpria: Box<dyn Verify>,
    pub files: Files,
}

/// Those that come from files.
#[derive(Clone, Default)]
pub struct Files(Vec<Reload>);

impl Secrets {
    /// Reads each from its variable, or from the file that a variable with `_FILE` behind its name names. The error has a
    /// line for each that is missing or unusable, which names the variable or the file and never the secret.
    pub fn from_env() -> Result<Self, String> {
        let mut files = Files::default();
        let svara = files.secret("svara", "SVARA_WEBHOOK_SECRET");
        let samva = files.secret("samva", "SAMVA_WEBHOOK_SECRET");
        let voisnap = files.secret("voisnap", "VOISNAP_WEBHOOK_SECRET");
        let voxpria = files.secret("voxpria", "VOXPRIA_WEBHOOK_SECRET");
        match (svara, samva, voisnap, voxpria) {
            (Ok(svara), Ok(samva), Ok(voisnap), Ok(voxpria)) => {
                Ok(Self { svara, samva, voisnap, voxpria, files })
            }
            (svara, samva, voisnap, voxpria) => {
                let wrong = [svara.err(), samva.err(), voisnap.err(), voxpria.err()];
                let lines: Vec<_> = wrong.into_iter().flatten().collect();
                Err(lines.join("\n"))
            }
        }
    }
}

impl Files {
    fn secret(&mut self, provider: &str, variable: &str) -> Result<Box<dyn Verify>, String> {
        let entry = providers::find(provider).ok_or("no such provider")?;
        let Some(file) = env::var_os(format!("{variable}_FILE")) else {
            let text = SecretText::from_env(variable).map_err(|error| error.to_string())?;
            return entry.verifier(&Credentials::new(text)).map_err(|error| error.to_string());
        };
        if env::var_os(variable).is_some() {
            return Err(format!("{variable} and {variable}_FILE are both set"));
        }
        let secret = Rotating::from_file(file, |credentials| entry.verifier(credentials));
        let (secret, reload) = secret.map_err(|error| format!("{variable}_FILE: {error}"))?;
        self.0.push(reload);
        Ok(Box::new(secret))
    }

    /// Reads each of them again whenever it changes.
    pub fn watch(&self) {
        for file in &self.0 {
            rt::spawn(file.watch(INTERVAL));
        }
    }

    /// Reads them again now. One that cannot be used is logged, and the secret in use is kept.
    pub fn reload(&self) {
        for file in self.0.clone() {
            // By itself: one on a network that hangs does not keep the others from being read.
            rt::spawn(async move { file.now().await });
        }
    }
}
