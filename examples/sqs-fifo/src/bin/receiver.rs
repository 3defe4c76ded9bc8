//! Receives Voisnap's webhooks into the queue. README.md says how to run it.

#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use example_sqs_fifo::queue::Queue;
use example_sqs_fifo::{app, claims, process, server, stdout};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;
use webhook_tower::providers::voisnap;

/// How long requests may go on once the service was asked to stop: longer than any is given.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    process::run(serve()).await
}

/// Serves until it is asked to stop.
async fn serve() -> Result<(), String> {
    let secret =
        voisnap::Secret::from_env("VOISNAP_WEBHOOK_SECRET").map_err(|error| error.to_string())?;
    let queue = Queue::from_env(app::PATIENCE).await?;
    let claims = claims::from_env()?;
    let bind = env::var_os("BIND").unwrap_or_else(|| "127.0.0.1:3000".into());
    let bind = bind.to_string_lossy();
    let unusable = |error| format!("BIND={bind} cannot be used: {error}");
    let listener = TcpListener::bind(&*bind).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let asked_to_stop = process::asked_to_stop()?;
    stdout::line(format_args!("listening on http://{address}"));

    let (stop, stopped) = oneshot::channel::<()>();
    let server = server::run(
        listener,
        app::app(secret, &claims, &queue),
        server::max_connections(),
        async { _ = stopped.await },
    );
    let server = tokio::spawn(server);
    asked_to_stop.await;
    drop(stop);
    let finished = async {
        _ = server.await;
        // What is still being sent to the queue, for senders that have hung up.
        claims.tasks().close();
        claims.tasks().wait().await;
    };
    // A client that never ends its request would else be waited for as long as it likes.
    if timeout(GRACE, finished).await.is_err() {
        tracing::warn!("not everything was finished at the end");
    }
    Ok(())
}
