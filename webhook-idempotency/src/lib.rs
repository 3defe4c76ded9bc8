#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod claims;
mod keys;
mod member;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod scope;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use claims::{Claimed, Claims};
pub use keys::{Key, Keys, Note};
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use scope::Scope;
pub use store::{Claim, ClaimStore, MAX_IDS, StoreError, StoreErrorKind, StoreFuture, Token};
