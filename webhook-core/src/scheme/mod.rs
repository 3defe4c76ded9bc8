//! How a provider signs: constant data that is checked while it is compiled, and the code that runs it.
//!
//! [`Scheme`] is the data. Reading a request's head with it gives an [`Envelope`](envelope::Envelope), a
//! plain value. A [`Verifier`] checks the envelope with its keys, and signs requests as the provider does.

mod check;
mod data;
mod envelope;
mod format;
mod part;
mod sign;
mod signature;
mod url;
mod verifier;

pub use data::Scheme;
pub use part::Part;
pub use sign::{Outgoing, SignedHeaders};
pub use url::PublicUrl;
pub use verifier::Verifier;

#[cfg(feature = "explain")]
pub(crate) use format::{Format, TimeSource};
#[cfg(feature = "explain")]
pub(crate) use sign::header_value;
pub(crate) use verifier::{MAX_KEYS, Running};
