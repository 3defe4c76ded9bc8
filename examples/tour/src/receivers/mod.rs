//! The same four routes twice: with axum and with actix-web.

mod actix;
mod axum;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::sender::Senders;

/// Small, so that a body over it is sent in one go: a receiver that refuses early also closes early.
pub const BODY_LIMIT: usize = 64 * 1024;

/// What handlers answer.
const RECEIVED: &str = r#"{"received":true}"#;

/// Where the receivers listen. They run until the process ends.
pub struct Receivers {
    pub axum: SocketAddr,
    pub actix: SocketAddr,
}

impl Receivers {
    pub fn start(senders: &Senders) -> Result<Self, Box<dyn Error>> {
        let secrets = senders.each_ref().map(|sender| sender.secret.as_str());
        let [for_axum, for_actix] = [listener()?, listener()?];
        let addresses = Self { axum: for_axum.local_addr()?, actix: for_actix.local_addr()? };
        axum::start(for_axum, secrets)?;
        actix::start(for_actix, secrets)?;
        Ok(addresses)
    }
}

/// On a free port of this machine, which no other machine reaches.
fn listener() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}
