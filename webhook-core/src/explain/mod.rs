//! Why a request does not verify, and how to fix it. **For tools only, not in a service: its answers must not reach
//! a sender**, because an answer that differs by cause helps attackers.
//!
//! An [`Explainer`] takes a provider, the credentials as they are, and a captured [`Request`]. It varies what people
//! get wrong, one thing at a time and then in likely pairs, until the request verifies. So a cause is named only if
//! its removal makes the request verify, or if it is plain from the request's head.
//!
//! ```
//! use webhook_core::explain::{Credential, Explainer, Request};
//! use webhook_core::{Outgoing, SecretText, UnixTime, providers};
//!
//! let now = UnixTime::from_secs(1_700_000_000);
//! let svara = providers::find("svara").unwrap();
//! let secret = providers::Credentials::new(SecretText::new("a-secret")?);
//! let headers = svara.sign(&secret, &Outgoing::new(br#"{"a": 1}"#, now))?;
//!
//! let mut request = Request::new("POST", "/hooks", now);
//! request.headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
//! request.body = r#"{"a": 1}"#.into();
//! let explainer = Explainer::new(svara).credential(Credential::new("SVARA_SECRET", "a-secret\n"));
//! let explanation = explainer.explain(&request);
//! assert!(!explanation.verified);
//! assert_eq!(explanation.causes[0].id, "secret-newline");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The search is bounded by [`MAX_HASHED_BYTES`]: a body of 1 MiB takes less than 2 s in a release build.

mod body;
mod candidate;
mod causes;
mod codec;
mod credential;
mod explainer;
mod explanation;
mod head;
mod input;
mod layout;
mod provider;
mod search;
mod signing;
mod time;
mod trial;
mod url;

pub use causes::{CAUSES, KnownCause};
pub use explainer::Explainer;
pub use explanation::{Cause, Explanation, Tried};
pub use input::{Credential, Request};
pub use trial::MAX_HASHED_BYTES;
