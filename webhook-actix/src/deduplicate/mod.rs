//! [`Deduplicate`](crate::Deduplicate) in its parts.

mod middleware;
mod transform;

use middleware::DeduplicateMiddleware;
pub use transform::Deduplicate;
