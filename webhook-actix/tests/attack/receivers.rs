//! One receiver of each framework. On `/` a handler answers at once, on `/waits` when it is let through.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use actix_web::web::{Data, post};
use actix_web::{App, HttpServer, rt};
use axum::{Router, routing};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use webhook_core::{UnixTime, providers::voisnap};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
pub(crate) const LIMIT: usize = 256 * 1024;
/// Room for one body of that size.
pub(crate) const BUDGET: usize = LIMIT;

pub(crate) struct Receiver {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) gate: &'static Gate,
}

pub(crate) fn secret() -> voisnap::Secret {
    voisnap::Secret::new("whsec_attack").unwrap()
}

/// Where a handler waits, and says that it does.
pub(crate) struct Gate {
    arrivals: Semaphore,
    passes: Semaphore,
}

impl Gate {
    /// Alive as long as its server.
    fn new() -> &'static Self {
        Box::leak(Box::new(Self { arrivals: Semaphore::new(0), passes: Semaphore::new(0) }))
    }

    /// Until a handler waits.
    pub(crate) async fn entered(&self) {
        self.arrivals.acquire().await.unwrap().forget();
    }

    /// Lets one handler through.
    pub(crate) fn open(&self) {
        self.passes.add_permits(1);
    }

    async fn wait(&self) {
        self.arrivals.add_permits(1);
        self.passes.acquire().await.unwrap().forget();
    }
}

macro_rules! webhook {
    ($adapter:ident) => {
        $adapter::VerifyWebhook::new(secret()).clock(|| NOW).body_limit(LIMIT).max_buffered(BUDGET)
    };
}

pub(crate) async fn axum() -> Receiver {
    use webhook_tower::Bytes;
    use webhook_tower::axum::Verified;
    let gate = Gate::new();
    let waits = move |verified: Verified<Bytes>| async move {
        gate.wait().await;
        drop(verified);
    };
    let app = Router::new()
        .route("/", routing::post(async |_: Verified<Bytes>| {}).layer(webhook!(webhook_tower)))
        .route("/waits", routing::post(waits).layer(webhook!(webhook_tower)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    Receiver { name: "axum", address, gate }
}

pub(crate) fn actix() -> Receiver {
    let gate = Gate::new();
    let (ready, address) = mpsc::channel();
    thread::spawn(move || rt::System::new().block_on(serve(gate, ready)));
    Receiver { name: "actix", address: address.recv().unwrap(), gate }
}

async fn serve(gate: &'static Gate, ready: mpsc::Sender<SocketAddr>) {
    use webhook_actix::{Bytes, Verified};
    async fn handle(_: Verified<Bytes>) -> &'static str {
        ""
    }
    async fn waits(verified: Verified<Bytes>, gate: Data<&'static Gate>) -> &'static str {
        gate.wait().await;
        drop(verified);
        ""
    }
    let (at_once, waiting) = (webhook!(webhook_actix), webhook!(webhook_actix));
    let server = HttpServer::new(move || {
        let resource = actix_web::web::resource;
        App::new()
            .app_data(Data::new(gate))
            .service(resource("/").app_data(at_once.clone()).route(post().to(handle)))
            .service(resource("/waits").app_data(waiting.clone()).route(post().to(waits)))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs().first().copied().unwrap();
    ready.send(address).unwrap();
    server.run().await.unwrap();
}
