use std::env;
use std::error::Error;

use rand::distr::{Alphanumeric, SampleString};
use webhook_tower::UnixTime;

use crate::providers::{Event, PROVIDERS, Provider};
use crate::request::Request;

/// A provider that shares a secret with the receivers.
pub struct Sender {
    pub provider: &'static Provider,
    pub secret: String,
}

/// One of each provider, in the order of [`PROVIDERS`].
pub type Senders = [Sender; 4];

impl Sender {
    pub fn with_fresh_secrets() -> Senders {
        PROVIDERS.each_ref().map(|provider| Self { provider, secret: fresh_secret(provider) })
    }

    /// The secrets of the environment, and fresh ones where it has none.
    pub fn with_secrets_from_env() -> Result<Senders, Box<dyn Error>> {
        let mut senders = Self::with_fresh_secrets();
        for sender in &mut senders {
            let variable = sender.provider.variable;
            let Some(given) = env::var_os(variable) else { continue };
            sender.secret = given.into_string().map_err(|_| format!("{variable} is not UTF-8"))?;
            // Only a usable secret signs.
            let trial = sender.deliver_body("", "", UnixTime::from_secs(0));
            trial.map_err(|error| format!("{variable}: {error}"))?;
        }
        Ok(senders)
    }

    /// Sends a documented event.
    pub fn deliver(&self, event: &Event, now: UnixTime) -> Result<Request, Box<dyn Error>> {
        self.deliver_body(event.name, event.body, now)
    }

    /// Sends any body.
    pub fn deliver_body(
        &self,
        event_name: &str,
        body: impl Into<Vec<u8>>,
        now: UnixTime,
    ) -> Result<Request, Box<dyn Error>> {
        let body = body.into();
        let id = format!("dlv_{:016x}", rand::random::<u64>());
        let mut headers = vec![("Content-Type", "application/json".to_owned())];
        headers.extend((self.provider.unsigned)(event_name));
        headers.extend((self.provider.sign)(&self.secret, &body, now, &id)?);
        Ok(Request { headers, body, chunked: false })
    }
}

pub fn fresh_secret(provider: &Provider) -> String {
    let random = Alphanumeric.sample_string(&mut rand::rng(), 32);
    format!("{}{random}", provider.secret_prefix)
}
