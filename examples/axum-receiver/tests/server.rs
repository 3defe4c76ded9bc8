//! The limits of `src/server.rs`, without waiting for them.

#[path = "../src/server.rs"]
mod server;

use std::fs;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Serving {
    address: SocketAddr,
    /// A request for `/never` has begun.
    begun: Arc<Notify>,
    stop: oneshot::Sender<()>,
}

impl Serving {
    /// Serves at most so many connections, until it is asked to stop or the test ends.
    async fn start(max: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let begun = Arc::new(Notify::new());
        let never = begun.clone();
        let never = move || {
            never.notify_one();
            pending::<()>()
        };
        let app = Router::new().route("/", get(|| async { "ok" })).route("/never", get(never));
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::run(listener, app, max, async { _ = stopped.await }));
        Self { address, begun, stop }
    }

    async fn connect(&self, text: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text).await.unwrap();
        stream
    }

    /// Connects with a request that is not answered.
    async fn begin(&self) -> TcpStream {
        let stream = self.connect(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        self.begun.notified().await;
        stream
    }
}

/// Reads an answer of 200 with the body `ok`.
async fn is_answered(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{answer:?}");
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{answer:?}");
}

/// Waits until the server closes the connection.
async fn is_closed(mut stream: TcpStream) {
    // The end, or a reset if not everything was read.
    _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Puts the clock forward until the server closes the connection, which it may ask for a second before.
async fn is_closed_after(stream: TcpStream, secs: u64) {
    tokio::time::pause();
    let start = Instant::now();
    is_closed(stream).await;
    let elapsed = start.elapsed().as_secs_f64().round();
    tokio::time::resume();
    let secs = secs as f64;
    assert!(elapsed == secs || elapsed == secs + 1.0, "{elapsed}");
}

#[tokio::test]
async fn the_first_request_has_5_seconds_to_begin() {
    let serving = Serving::start(10).await;
    for start in [&b""[..], b"GET / HTTP/1.1\r\nHost:", b"PRI * HTTP/2.0\r\n"] {
        is_closed_after(serving.connect(start).await, 5).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_75_seconds() {
    let serving = Serving::start(10).await;
    for start in [&b""[..], b"GET / HTTP/1.1\r\nHost:"] {
        let mut stream = serving.connect(REQUEST).await;
        is_answered(&mut stream).await;
        stream.write_all(start).await.unwrap();
        is_closed_after(stream, 75).await;
    }
}

#[tokio::test]
async fn a_request_in_progress_is_ended_after_60_seconds() {
    let serving = Serving::start(10).await;
    let stream = serving.begin().await;
    is_closed_after(stream, 60).await;
}

#[tokio::test]
async fn the_connection_that_is_idle_for_longest_makes_room() {
    let serving = Serving::start(3).await;
    let never = serving.begin().await;
    let mut first = serving.connect(REQUEST).await;
    is_answered(&mut first).await;
    let mut second = serving.connect(REQUEST).await;
    is_answered(&mut second).await;
    // Idle again later than the second.
    first.write_all(REQUEST).await.unwrap();
    is_answered(&mut first).await;

    let mut third = serving.connect(REQUEST).await;
    is_answered(&mut third).await;
    is_closed(second).await;
    for stream in [&mut first, &mut third] {
        stream.write_all(REQUEST).await.unwrap();
        is_answered(stream).await;
    }
    is_closed_after(never, 60).await;
}

#[tokio::test]
async fn a_newcomer_waits_while_all_connections_are_busy() {
    let serving = Serving::start(1).await;
    let never = serving.begin().await;
    let mut newcomer = serving.connect(REQUEST).await;
    is_closed_after(never, 60).await;
    // It is not who makes the room that it waited for.
    is_answered(&mut newcomer).await;
    is_closed_after(newcomer, 75).await;
}

#[tokio::test]
async fn it_stops_accepting_and_closes_idle_connections() {
    let serving = Serving::start(10).await;
    let mut idle = serving.connect(REQUEST).await;
    is_answered(&mut idle).await;
    let stalled = serving.connect(b"GET /").await;
    serving.stop.send(()).unwrap();
    is_closed(idle).await;
    is_closed(stalled).await;
    TcpStream::connect(serving.address).await.unwrap_err();
}

#[tokio::test]
async fn proxies_may_speak_http_2() {
    let serving = Serving::start(10).await;
    let mut stream = serving.connect(HTTP_2).await;
    let settings = read_frame(&mut stream, 4).await;
    // `SETTINGS_MAX_CONCURRENT_STREAMS` is 64.
    assert!(settings.chunks(6).any(|setting| setting == [0, 3, 0, 0, 0, 64]), "{settings:?}");
    send_head(&mut stream, 1, ROOT).await;
    assert_eq!(read_frame(&mut stream, 1).await[0], STATUS_200);
    // This one does not answer the ping that comes after 20 s.
    is_closed_after(stream, 30).await;
}

#[tokio::test]
async fn http_2_does_not_multiply_requests() {
    let serving = Serving::start(1).await;
    let mut stream = serving.connect(HTTP_2).await;
    send_head(&mut stream, 1, NEVER).await;
    send_head(&mut stream, 3, ROOT).await;
    assert_ne!(read_frame(&mut stream, 1).await[0], STATUS_200);
}

#[tokio::test]
async fn one_http_2_connection_leaves_room_for_other_connections() {
    let serving = Serving::start(3).await;
    let mut stream = serving.connect(HTTP_2).await;
    for id in [1, 3] {
        send_head(&mut stream, id, NEVER).await;
        serving.begun.notified().await;
    }
    send_head(&mut stream, 5, NEVER).await;
    send_head(&mut stream, 7, ROOT).await;
    assert_ne!(read_frame(&mut stream, 1).await[0], STATUS_200);
    is_answered(&mut serving.connect(REQUEST).await).await;
}

#[tokio::test]
async fn http_2_connections_that_are_never_idle_are_asked_to_close() {
    let serving = Serving::start(1).await;
    let mut stream = serving.connect(HTTP_2).await;
    send_head(&mut stream, 1, NEVER).await;
    serving.begun.notified().await;
    let _newcomer = serving.connect(REQUEST).await;
    const GOAWAY: u8 = 7;
    tokio::time::pause();
    let start = Instant::now();
    read_frame(&mut stream, GOAWAY).await;
    let elapsed = start.elapsed().as_secs();
    assert!(elapsed < 5, "{elapsed}");
}

/// The preface, and settings that change nothing.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// `GET http:///` in HPACK.
const ROOT: &[u8] = b"\x82\x86\x84";
/// `GET http:///never`.
const NEVER: &[u8] = b"\x82\x86\x04\x06/never";
const STATUS_200: u8 = 0x88;

/// Sends a request without a body.
async fn send_head(stream: &mut TcpStream, id: u8, fields: &[u8]) {
    const END_STREAM_AND_HEADERS: u8 = 5;
    let len = u8::try_from(fields.len()).unwrap();
    stream.write_all(&[0, 0, len, 1, END_STREAM_AND_HEADERS, 0, 0, 0, id]).await.unwrap();
    stream.write_all(fields).await.unwrap();
}

/// Reads the next frame of this type.
async fn read_frame(stream: &mut TcpStream, kind: u8) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut payload).await.unwrap();
        if head[3] == kind {
            return payload;
        }
    }
}

#[test]
fn connections_are_counted_for_a_process_with_few_descriptors() {
    assert!((1..=4096).contains(&server::max_connections()));
}

#[test]
fn the_other_examples_have_the_same_copy() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for other in ["multi-tenant/src", "inbox/src", "sqs-fifo/src", "tour/src/receivers"] {
        // A copy of this example alone has no others beside it.
        if let Ok(copy) = fs::read_to_string(examples.join(other).join("server.rs")) {
            assert!(copy == include_str!("../src/server.rs"), "{other}/server.rs differs");
        }
    }
}
