//! What several commands take as arguments.

mod credentials;
mod file;
mod filter;
mod header;
mod keys;
mod provider;
mod request;
mod secret;
mod time;
mod url;

pub(crate) use credentials::{SigningArgs, VerifyingArgs, public_url, signing};
pub(crate) use file::read_input;
pub(crate) use filter::{EventFilter, event_filter};
pub(crate) use header::{Header, header};
pub(crate) use provider::provider;
pub(crate) use request::RequestArgs;
pub(crate) use secret::{ApiKeyArgs, SecretArgs};
pub(crate) use time::{now, rfc3339, time};
pub(crate) use url::target;
