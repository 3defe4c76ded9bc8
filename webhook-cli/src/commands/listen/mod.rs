mod forward;
mod receive;
mod shown;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Args;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::watch;
use webhook_core::Verify;
use webhook_core::providers::Entry;
use webhook_inbox::log::Log;
use webhook_inbox::{Inbox, Sqlite};

use self::forward::Forward;
use self::receive::Receiver;
use self::shown::Listening;
use super::Outcome;
use crate::args::{EventFilter, VerifyingArgs, event_filter, provider};
use crate::failure::Failure;
use crate::output::Output;
use crate::send::Client;

const EXAMPLES: &str = "\
Examples:
  webhook listen svara --secret-env SVARA_SECRET
  webhook listen stripe --secret-file secret.txt --forward http://127.0.0.1:3000/webhooks/stripe
  webhook listen twilio --secret-env TWILIO_AUTH_TOKEN --url https://abc.tunnel.example/sms --store sms.db

Point the provider, or a tunnel that ends on this machine, at the address of --bind, with any path. What arrives is kept
byte for byte in the file of --store, signatures included, and can be sent again: `webhook replay 12 --to URL`.
The page shows the same. Who reaches it can read everything, so it listens on this machine only.";

/// How long the work under way may go on when the command is stopped.
const GRACE: Duration = Duration::from_secs(1);

/// Receive, verify and keep requests, show them, and forward them
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ListenArgs {
    /// The provider's name, as `webhook providers` lists it
    #[arg(value_parser = provider(), hide_possible_values = true)]
    provider: &'static Entry,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4400")]
    bind: SocketAddr,
    /// Where to serve the page that shows what was received: on this machine only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4401")]
    page: SocketAddr,
    /// Send what is authentic on to this URL, unchanged, and show the answer
    #[arg(long, value_name = "URL")]
    forward: Option<Url>,
    /// How many seconds to wait for the answer of --forward
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    forward_deadline: u64,
    /// The file in which requests are kept
    #[arg(long, value_name = "FILE", default_value = STORE)]
    store: PathBuf,
    /// Show and forward only deliveries whose event begins with this. All are kept
    #[arg(long, value_name = "event=NAME", value_parser = event_filter)]
    filter: Option<EventFilter>,
    #[command(flatten)]
    verifying: VerifyingArgs,
}

/// Where requests are kept unless a file is named.
pub(super) const STORE: &str = "webhooks.db";

impl ListenArgs {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let (credentials, explainer, secrets) =
            self.verifying.read_with_explainer(self.provider, output)?;
        let verifier =
            Arc::<dyn Verify>::from(super::verify::verifier(self.provider, &credentials)?);
        let forward = self.forward.clone().map(|url| {
            let deadline = Duration::from_secs(self.forward_deadline);
            Client::new(url, deadline, secrets)
        });
        let forward = forward.transpose()?;
        let inbox = open(&self.store, output).await?;
        let log = Log::new(&inbox).local_only();
        log.check_address(self.page).map_err(|_| {
            Failure::set_up("--page takes a loopback address: its page has no password")
        })?;

        let (requests, page) =
            (bound("--bind", self.bind).await?, bound("--page", self.page).await?);
        let address = |listener: &TcpListener| listener.local_addr().map_err(Failure::set_up);
        output.print(&Listening {
            kind: "listening",
            provider: self.provider.name(),
            address: format!("http://{}", address(&requests)?),
            page: format!("http://{}", address(&page)?),
            store: self.store.display().to_string(),
        })?;

        // Not the name of an endpoint of a service, whose deliveries this must not take.
        let name = format!("listen/{}", self.provider.name());
        let filter = self.filter.clone();
        let is_forwarded = forward.is_some();
        let endpoint = inbox.endpoint(&name, verifier.clone());
        let names = endpoint.clone();
        let endpoint = endpoint.filter(move |delivery| {
            is_forwarded
                && filter.as_ref().is_none_or(|filter| filter.matches(&names.event_of(delivery)))
        });
        let receiver = Receiver::new(
            verifier,
            inbox.clone(),
            endpoint,
            explainer,
            self.filter,
            self.verifying.url,
            output,
        );
        let (stop, _) = watch::channel(());
        let receiving = serve(requests, receiver.into_router(), &stop);
        let showing = serve(page, log.into_router(), &stop);
        let worker = Forward::new(inbox.clone(), forward, output).worker(&name).grace(GRACE);
        let forwarding = tokio::spawn(worker.run_until(stopped(&stop)));
        interrupted().await;
        _ = stop.send(());
        // Requests whose bodies are still coming are not waited for.
        _ = tokio::time::timeout(GRACE, async { tokio::join!(receiving, showing) }).await;
        tokio::select! {
            _ = forwarding => {}
            // Whoever asks twice does not want to wait.
            () = interrupted() => {}
        }
        Ok(true)
    }
}

/// Opens the file in which requests are kept. Only its owner may read it: it holds signatures.
async fn open(path: &Path, output: Output) -> Result<Inbox, Failure> {
    let store = Sqlite::file(path).map_err(|error| Failure::set_up(format!("{error:?}")))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let unusable = |error: io::Error| Failure::set_up(format!("{}: {error}", path.display()));
    let file = options.open(path).map_err(unusable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata().map_err(unusable)?.permissions().mode() & 0o077 != 0 {
            output.warn(format!(
                "others can read {0}, which holds signatures: chmod 600 {0}",
                path.display()
            ));
        }
    }
    drop(file);
    Inbox::open(store).await.map_err(|error| Failure::set_up(format!("{error:?}")))
}

async fn bound(option: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Failure::set_up(format!("{option} {address}: {error}")))
}

fn stopped(stop: &watch::Sender<()>) -> impl Future<Output = ()> + Send + use<> {
    let mut stop = stop.subscribe();
    async move { _ = stop.changed().await }
}

fn serve(
    listener: TcpListener,
    router: Router,
    stop: &watch::Sender<()>,
) -> tokio::task::JoinHandle<io::Result<()>> {
    let stopped = stopped(stop);
    tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(stopped).into_future())
}

/// Ctrl-C, or what a supervisor sends.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    _ = tokio::signal::ctrl_c().await;
}
