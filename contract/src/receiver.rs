use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::adapter::Adapter;
use crate::case::{Answer, Case};
use crate::logs::{self, Event};
use crate::route::Route;
use crate::site::Site;
use crate::wire;

/// A receiver under test, which ends with this.
pub(crate) struct Receiver {
    address: SocketAddr,
    /// In front of its paths, so that its logs can be told from those of others.
    prefix: String,
    pub(crate) site: Arc<Site>,
    _alive: oneshot::Sender<()>,
}

impl Receiver {
    pub(crate) fn start<A: Adapter>(mut routes: Vec<Route>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("/{}", COUNT.fetch_add(1, Ordering::Relaxed));
        for route in &mut routes {
            route.path.insert_str(0, &prefix);
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::new(Site::new());
        let (alive, ended) = oneshot::channel();
        thread::spawn({
            let site = site.clone();
            move || A::serve(listener, site, routes, async { _ = ended.await })
        });
        Self { address, prefix, site, _alive: alive }
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn exchange(&self, case: &Case) -> Answer {
        wire::exchange(self.address, &self.bytes(case)).await.1
    }

    /// Sends a request and reads its answer's head, with names in lower case.
    pub(crate) async fn head(&self, case: &Case) -> String {
        wire::exchange(self.address, &self.bytes(case)).await.0
    }

    /// Both.
    pub(crate) async fn exchange_whole(&self, case: &Case) -> (String, Answer) {
        wire::exchange(self.address, &self.bytes(case)).await
    }

    /// The status of the first response to a request, which may be an interim one.
    pub(crate) async fn first_status(&self, case: &Case) -> u16 {
        wire::first_status(self.address, &self.bytes(case)).await
    }

    /// Sends chunks until the server closes, which it has to, and tells what it answered.
    pub(crate) async fn flood(&self, path: &str) -> u16 {
        wire::flood(self.address, &format!("{}{path}", self.prefix)).await
    }

    /// Sends all but the last byte, and goes.
    pub(crate) async fn hang_up(&self, case: &Case) {
        let mut bytes = self.bytes(case);
        bytes.pop();
        wire::send(self.address, &bytes).await;
    }

    /// Sends a request whose handler holds on, and hands out the connection when it does.
    pub(crate) async fn held(&self, case: &Case) -> TcpStream {
        let stream = wire::send(self.address, &self.bytes(case)).await;
        self.site.entered().await;
        stream
    }

    /// What was logged of requests to this path.
    pub(crate) fn logged(&self, path: &str) -> Vec<Event> {
        logs::at(&format!("{}{path}", self.prefix))
    }

    fn bytes(&self, case: &Case) -> Vec<u8> {
        case.to_bytes(&self.prefix)
    }
}
