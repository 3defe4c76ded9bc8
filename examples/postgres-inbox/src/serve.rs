//! Listens, and serves until asked to stop.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{server, stdout};

/// How long requests may go on once the service was asked to stop: longer than any is given.
const GRACE: Duration = Duration::from_secs(10);

/// An address that is listened on, though nobody answers yet.
pub struct Port {
    pub address: SocketAddr,
    listener: TcpListener,
}

/// Listens on the address in this variable, or on this one.
pub async fn bind(variable: &str, default: &str) -> Result<Port, String> {
    let bind = env::var_os(variable).unwrap_or_else(|| default.into());
    let bind = bind.to_string_lossy();
    let unusable = |error| format!("{variable}={bind} cannot be used: {error}");
    let listener = TcpListener::bind(&*bind).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok(Port { address, listener })
}

impl Port {
    /// Says on stdout that it is `what`, and serves.
    pub async fn serve(self, what: &str, app: Router, stop: &CancellationToken) {
        stdout::line(format_args!("{what} on http://{}", self.address));
        // Receiver and log may run in one process.
        let max = server::max_connections() / 2;
        let server = server::run(self.listener, app, max, stop.clone().cancelled_owned());
        let server = tokio::spawn(server);
        stop.cancelled().await;
        // A client that never ends its request would else be waited for as long as it likes.
        if timeout(GRACE, server).await.is_err() {
            tracing::warn!("not every request was finished at the end");
        }
    }
}
