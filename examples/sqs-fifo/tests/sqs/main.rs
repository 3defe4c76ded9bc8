//! The programs as they run: over HTTP, against a local SQS.

mod fleet;
mod gate;
mod moto;
mod program;
mod proxy;
mod receiver;
mod receiver_crashes;
mod redis;
mod sender;
mod setup;
mod worker;
mod worker_crashes;
