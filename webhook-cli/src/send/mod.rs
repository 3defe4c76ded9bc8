//! Sending as a provider does: signed, with its deadline, and again by its schedule.

mod attempt;
mod client;
mod report;
mod resent;
mod schedule;
mod signer;

pub(crate) use attempt::{Attempt, Sent};
pub(crate) use client::{Client, Request, target};
pub(crate) use report::Report;
pub(crate) use resent::Resent;
pub(crate) use schedule::Schedule;
pub(crate) use signer::{Signer, Unsigned, fresh_id};
