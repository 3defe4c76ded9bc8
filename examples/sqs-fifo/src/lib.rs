//! Voisnap's deliveries through an SQS FIFO queue: what the programs `receiver` and `worker` are made of.
//!
//! The receiver verifies a delivery, claims it, sends it to the queue as a [`message`], in [`batches`] under load,
//! commits the claim and answers 200. The worker receives it, claims it once more under a name of its own, does the
//! [`work`], commits and deletes it.

#![forbid(unsafe_code)]

pub mod app;
pub mod batches;
pub mod claims;
pub mod message;
pub mod process;
pub mod queue;
pub mod server;
pub mod stdout;
pub mod work;
pub mod worker;
