//! Serves a router with limits on its connections, which `axum::serve` does not have.
//!
//! Every wait has a time limit, and connections never use up the descriptors: when the last is taken, the
//! connection that has been idle for longest is closed to make room. A connection is idle while no request is
//! in progress on it. Sending the head of a request slowly is idle, too. If none is idle for a second, all are
//! asked to close once they have answered what is in progress.
//!
//! Connections speak HTTP/1.1, or HTTP/2 without an upgrade, as proxies do. A connection's only request is
//! always taken. Further ones share what is left with all connections, so that none takes it all.
//!
//! The axum examples share this file as identical copies.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::{select, time::sleep};
use tower::ServiceExt;

/// The most connections. Also the most requests in progress, besides one for each connection: HTTP/2 has many on one.
const MAX_CONNECTIONS: usize = 4096;
/// Descriptors for everything else, such as connections to stores.
const OTHER_DESCRIPTORS: usize = 64;
/// How long a new connection may wait for its first request.
const FIRST_HEAD: Duration = Duration::from_secs(5);
/// How long a connection may be idle after that. Longer than proxies keep theirs, usually 60 s.
const IDLE: Duration = Duration::from_secs(75);
/// How long a request may be in progress without another that begins or ends: clients need not read answers.
const REQUEST: Duration = Duration::from_secs(60);
/// How long a newcomer waits for an idle connection before the busy ones are asked to close.
const TURNOVER: Duration = Duration::from_secs(1);
/// How long a connection that was asked to close may be idle.
const LINGER: Duration = Duration::from_secs(1);
/// Bytes of a request's head, and of a request's body that arrive before it is read.
const HEAD_BYTES: u32 = 16 * 1024;
const BODY_BYTES: u32 = 64 * 1024;

/// As many connections as there are descriptors for. Raises the soft limit of descriptors if it can.
pub fn max_connections() -> usize {
    let wanted = (MAX_CONNECTIONS + OTHER_DESCRIPTORS) as u64;
    let descriptors = rlimit::increase_nofile_limit(wanted).unwrap_or(256).min(wanted);
    usize::try_from(descriptors).unwrap_or(0).saturating_sub(OTHER_DESCRIPTORS).max(1)
}

/// Serves at most `max` connections until `stop` completes, and then finishes the requests in progress.
pub async fn run(listener: TcpListener, app: Router, max: usize, stop: impl Future<Output = ()>) {
    let server = Arc::new(Server {
        app,
        requests: Semaphore::new(max),
        room: Notify::new(),
        turnover: Notify::new(),
    });
    let connections = Arc::new(Semaphore::new(max));
    let (stopping, _) = watch::channel(());
    let mut warned = None;
    let mut stop = pin!(stop);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        if accepted.is_err() || connections.available_permits() == 0 {
            warn_sometimes(&mut warned, accepted.as_ref().err());
            server.room.notify_one();
        }
        match accepted {
            // What fails now fails again at once.
            Err(_) => sleep(Duration::from_millis(50)).await,
            Ok((stream, _)) => {
                let permit = async {
                    let mut permit = pin!(connections.clone().acquire_owned());
                    loop {
                        select! {
                            permit = permit.as_mut() => break permit,
                            () = sleep(TURNOVER) => server.turnover.notify_waiters(),
                        }
                    }
                };
                let permit = select! {
                    permit = permit => permit,
                    () = &mut stop => break,
                };
                let (server, stopping) = (server.clone(), stopping.subscribe());
                tokio::spawn(async move {
                    server.connection(stream, stopping).await;
                    drop(permit);
                });
            }
        };
        // Room that nobody made and that is no longer needed.
        pin!(server.room.notified()).enable();
    }
    drop(listener);
    stopping.send_replace(());
    stopping.closed().await;
}

/// Warns once a minute: whoever causes it can cause it as often as they like.
fn warn_sometimes(warned: &mut Option<Instant>, error: Option<&std::io::Error>) {
    if warned.is_none_or(|at| at.elapsed() >= Duration::from_secs(60)) {
        *warned = Some(Instant::now());
        let error = error.map(tracing::field::display);
        tracing::warn!(error, "too many connections: idle ones are closed to make room");
    }
}

struct Server {
    app: Router,
    requests: Semaphore,
    /// Idle connections wait here to make room, first come, first closed.
    room: Notify,
    /// Busy connections wait here for being asked to close.
    turnover: Notify,
}

impl Server {
    async fn connection(self: Arc<Self>, stream: TcpStream, mut stopping: watch::Receiver<()>) {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1().max_buf_size(HEAD_BYTES as usize);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .max_concurrent_streams(64)
            .max_header_list_size(HEAD_BYTES)
            .initial_stream_window_size(BODY_BYTES)
            .initial_connection_window_size(BODY_BYTES);
        let (in_progress, mut progress) = watch::channel(0_usize);
        let in_progress = Arc::new(in_progress);
        let service =
            service_fn(|request| self.clone().answer(request, InProgress::new(&in_progress)));
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut patience = FIRST_HEAD;
        let mut asked_to_close = false;
        loop {
            let idle = *progress.borrow_and_update() == 0;
            let limit = match idle {
                true if asked_to_close => LINGER,
                true => patience,
                false => REQUEST,
            };
            select! {
                biased;
                _ = connection.as_mut() => break,
                _ = progress.changed() => { patience = IDLE; continue }
                () = self.room.notified(), if idle => break,
                () = self.turnover.notified(), if !idle && !asked_to_close => {}
                () = sleep(limit) => if asked_to_close || !idle { break },
                _ = stopping.changed(), if !asked_to_close => {}
            }
            asked_to_close = true;
            connection.as_mut().graceful_shutdown();
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        in_progress: InProgress,
    ) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = axum::Error>>, Infallible>
    {
        let permit = self.requests.try_acquire();
        // As many as are left for others: however many connections ask for more, each gets the same.
        let is_fair = permit.is_ok() && in_progress.others <= self.requests.available_permits();
        let response = if in_progress.others == 0 || is_fair {
            self.app.clone().oneshot(request.map(Body::new)).await?
        } else {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        };
        drop(permit);
        // In progress until the answer is written.
        Ok(response.map(|body| {
            body.map_err(move |error| {
                let _ = &in_progress;
                error
            })
        }))
    }
}

/// Counts a request on its connection for as long as it exists.
struct InProgress {
    count: Arc<watch::Sender<usize>>,
    /// How many there were when it came.
    others: usize,
}

impl InProgress {
    fn new(count: &Arc<watch::Sender<usize>>) -> Self {
        let others = *count.borrow();
        count.send_modify(|count| *count = count.saturating_add(1));
        Self { count: count.clone(), others }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}
