//! [`Deduplicate`](crate::Deduplicate) in its parts.

mod middleware;
mod transform;

pub use middleware::DeduplicateMiddleware;
pub use transform::Deduplicate;
