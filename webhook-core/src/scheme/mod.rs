//! How a provider signs: constant data, checked while it is compiled, and the one engine that runs it.
//!
//! [`Scheme`] is the data. Reading a request's head by it gives an [`Envelope`](envelope::Envelope), a plain
//! value. A [`Verifier`] checks that with its keys; signing is its dual.

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

pub(crate) use verifier::{MAX_KEYS, Running};
