//! Counts allocations. A program of its own, because its allocator is slower than the one that is timed,
//! and takes new memory whenever something grows: as if nothing ever grew in place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made should stop, and no request comes here"
)]
#![expect(clippy::cast_precision_loss, reason = "numbers for people")]

mod requests;
mod store;

use clap::Parser;

/// Counts allocations; `webhook-benches` runs it.
#[derive(Debug, Parser)]
enum Args {
    /// Of verifications, and of bodies through the layer.
    Requests,
    /// Of so many claims in memory.
    Store { ids: u64 },
}

fn main() {
    match Args::parse() {
        Args::Requests => requests::run(),
        Args::Store { ids } => store::run(ids),
    }
}
