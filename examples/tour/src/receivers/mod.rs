//! The same four routes twice: with axum and with actix-web.

mod actix;
mod axum;
mod server;
mod work;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use webhook_tower::idempotency::{Claims, MemoryStore};

use crate::sender::Senders;
pub use work::{FAILING, SLOW, Work};

/// Small, so that a body over it is sent in one go: a receiver that refuses early also closes early.
pub const BODY_LIMIT: usize = 64 * 1024;

/// What handlers answer.
const RECEIVED: &str = r#"{"received":true}"#;
const FAILED: &str = r#"{"error":"failed"}"#;

/// How many keys of deliveries a receiver remembers: more than it is sent.
const CAPACITY: usize = 10_000;

/// They run until the process ends.
pub struct Receivers {
    pub axum: Receiver,
    pub actix: Receiver,
}

pub struct Receiver {
    pub address: SocketAddr,
    pub work: Arc<Work>,
}

impl Receivers {
    pub fn start(senders: &Senders) -> Result<Self, Box<dyn Error>> {
        let secrets = senders.each_ref().map(|sender| sender.secret.as_str());
        let (listener, axum) = listen()?;
        axum::start(listener, secrets, axum.work.clone())?;
        let (listener, actix) = listen()?;
        actix::start(listener, secrets, actix.work.clone())?;
        Ok(Self { axum, actix })
    }
}

/// On a free port of this machine, which no other machine reaches.
fn listen() -> std::io::Result<(TcpListener, Receiver)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    Ok((listener, Receiver { address, work: Arc::default() }))
}

/// Remembers what has been handled. One store for all routes: providers have keys of their own.
fn claims() -> Claims {
    MemoryStore::new(CAPACITY).into()
}
