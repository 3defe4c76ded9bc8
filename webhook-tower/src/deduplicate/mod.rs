//! [`Deduplicate`](crate::Deduplicate) in its parts.

mod future;
mod layer;
mod service;

pub use future::DeduplicateFuture;
pub use layer::Deduplicate;
pub use service::DeduplicateService;
