//! [`VerifyWebhook`] in its parts: as configuration of the extractor, and as a
//! middleware.

mod config;
mod extract;
mod middleware;
mod read;
mod turn;

pub use config::VerifyWebhook;
pub use extract::Verified;
