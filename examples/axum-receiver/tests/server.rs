//! The limits of `src/server.rs`, on a clock that is put forward when nothing else happens.

#[path = "../src/server.rs"]
mod server;

use std::fs;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Serves at most so many connections until it is told to stop, or the test ends.
async fn serve(max: usize) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(|| async { "ok" })).route("/never", get(pending::<()>));
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(server::run(listener, app, max, async { _ = stopped.await }));
    (address, stop)
}

async fn connect(address: SocketAddr, text: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text).await.unwrap();
    stream
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
async fn closed_after(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    // The end, or a reset if not everything was read.
    _ = stream.read_to_end(&mut Vec::new()).await;
    start.elapsed()
}

/// Less than a second more: a connection lingers before it is closed.
#[track_caller]
fn is_about(duration: Duration, secs: u64) {
    assert!((secs..secs + 2).contains(&duration.as_secs()), "{duration:?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_request_has_5_seconds_to_begin() {
    let (address, _stop) = serve(10).await;
    for start in [&b""[..], b"GET / HTTP/1.1\r\nHost:", b"PRI * HTTP/2.0\r\n"] {
        is_about(closed_after(connect(address, start).await).await, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_75_seconds() {
    let (address, _stop) = serve(10).await;
    for start in [&b""[..], b"GET / HTTP/1.1\r\nHost:"] {
        let mut stream = connect(address, REQUEST).await;
        is_answered(&mut stream).await;
        stream.write_all(start).await.unwrap();
        is_about(closed_after(stream).await, 75);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_in_progress_is_ended_after_60_seconds() {
    let (address, _stop) = serve(10).await;
    let stream = connect(address, b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    is_about(closed_after(stream).await, 60);
}

#[tokio::test(start_paused = true)]
async fn the_connection_that_is_idle_for_longest_makes_room() {
    let (address, _stop) = serve(3).await;
    let never = connect(address, b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut first = connect(address, REQUEST).await;
    is_answered(&mut first).await;
    let mut second = connect(address, REQUEST).await;
    is_answered(&mut second).await;
    // Idle again later than the second.
    first.write_all(REQUEST).await.unwrap();
    is_answered(&mut first).await;

    let mut third = connect(address, REQUEST).await;
    is_answered(&mut third).await;
    is_about(closed_after(second).await, 0);
    for stream in [&mut first, &mut third] {
        stream.write_all(REQUEST).await.unwrap();
        is_answered(stream).await;
    }
    is_about(closed_after(never).await, 60);
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_waits_while_all_connections_are_busy() {
    let (address, _stop) = serve(1).await;
    let never = connect(address, b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    let mut newcomer = connect(address, REQUEST).await;
    is_about(closed_after(never).await, 59);
    // It is not who makes the room that it waited for.
    is_answered(&mut newcomer).await;
    is_about(closed_after(newcomer).await, 75);
}

#[tokio::test(start_paused = true)]
async fn it_stops_accepting_and_closes_idle_connections() {
    let (address, stop) = serve(10).await;
    let mut idle = connect(address, REQUEST).await;
    is_answered(&mut idle).await;
    let stalled = connect(address, b"GET /").await;
    stop.send(()).unwrap();
    is_about(closed_after(idle).await, 0);
    is_about(closed_after(stalled).await, 0);
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn proxies_may_speak_http_2() {
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    /// `GET http:///`, as indices into HPACK's static table, in a frame that ends headers and stream.
    const HEADERS: &[u8] = &[0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84];
    let (address, _stop) = serve(10).await;
    let mut stream = connect(address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    stream.write_all(SETTINGS).await.unwrap();
    stream.write_all(HEADERS).await.unwrap();
    let mut settings = Vec::new();
    let fields = loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut payload).await.unwrap();
        match head[3] {
            1 => break payload,
            4 => settings.extend(payload),
            _ => {}
        }
    };
    // `:status: 200`, which is the eighth in the table.
    assert_eq!(fields[0], 0x80 | 8);
    // `SETTINGS_MAX_CONCURRENT_STREAMS` is 64.
    assert!(settings.chunks(6).any(|setting| setting == [0, 3, 0, 0, 0, 64]), "{settings:?}");
    // This one does not answer the ping that comes after 20 s.
    is_about(closed_after(stream).await, 30);
}

#[test]
fn connections_are_counted_for_a_process_with_few_descriptors() {
    assert!((1..=4096).contains(&server::max_connections()));
}

#[test]
fn the_other_examples_have_the_same_copy() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for other in ["postgres-inbox/src", "sqs-fifo/src", "tour/src/receivers"] {
        // A copy of this example alone has no others beside it.
        if let Ok(copy) = fs::read_to_string(examples.join(other).join("server.rs")) {
            assert!(copy == include_str!("../src/server.rs"), "{other}/server.rs differs");
        }
    }
}
