//! What every entry of the registry has to pass, by being listed there.
//!
//! Nothing here knows a provider. `Entry::sign` makes a genuine request; how its headers change with the key, the
//! time and the id tells what each of them is; the entry says what is signed, and so what damage has to be
//! noticed. An entry that cannot sign brings a genuine request of its own, its `Sample`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests assert; a panic is their way to say no"
)]

#[path = "../common/mod.rs"]
mod common;

mod credentials;
mod damage;
mod forms;
mod genuine;
mod headers;
mod lists;
mod metadata;
mod samples;
mod subject;
mod times;
