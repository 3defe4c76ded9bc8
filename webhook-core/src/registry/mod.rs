//! Providers as values: to choose one by its name at run time, and to list them.

mod credentials;
mod entry;
mod retries;

pub use credentials::Credentials;
pub use entry::{Entry, Handwritten, SignFn};
