#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod accepting;
mod endpoint;
#[cfg(feature = "axum")]
mod health;
mod inbox;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "metrics")]
mod metrics;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod work;

pub use endpoint::{Endpoint, RequestHead};
pub use inbox::Inbox;
#[cfg(feature = "postgres")]
pub use store::postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use store::sqlite::Sqlite;
pub use store::{StoreError, StoreErrorKind};
pub use work::{Done, Work, WorkError, WorkResult, Worker};
