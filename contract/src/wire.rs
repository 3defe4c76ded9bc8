//! Writes requests as they are given, also wrong ones, and reads the answer while it writes: a server that
//! refuses early closes, and what was not read by then would be lost.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::case::Answer;

/// No server here needs longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// The answer's head, with names in lower case, and the answer.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> (String, Answer) {
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let writing = async move {
        // The server may close before it has all; what matters is its answer.
        _ = write.write_all(request).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = read_whole(&mut read) => answer,
        () = writing => unreachable!("writes until the answer is there"),
        () = tokio::time::sleep(PATIENCE) => {
            let head = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
            panic!("no answer to {}", String::from_utf8_lossy(head))
        }
    }
}

/// Sends a request whose answer is read later, if at all.
pub(crate) async fn send(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream
}

pub(crate) async fn read(read: &mut (impl AsyncRead + Unpin)) -> Answer {
    read_whole(read).await.1
}

pub(crate) async fn first_status(address: SocketAddr, request: &[u8]) -> u16 {
    let mut stream = send(address, request).await;
    let mut start = [0; "HTTP/1.1 200".len()];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut start)).await.unwrap().unwrap();
    std::str::from_utf8(&start[9..]).unwrap().parse().unwrap()
}

pub(crate) async fn flood(address: SocketAddr, path: &str) -> u16 {
    let (mut half, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let answer = tokio::spawn(async move { read(&mut half).await });
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    write.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b'a'; 0x10000], b"\r\n".to_vec()].concat();
    let writing = async { while write.write_all(&chunk).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, writing).await.expect("the server closes");
    answer.await.unwrap().status
}

async fn read_whole(read: &mut (impl AsyncRead + Unpin)) -> (String, Answer) {
    let mut bytes = Vec::new();
    loop {
        if let Some(answer) = parse(&bytes) {
            return answer;
        }
        let count = read.read_buf(&mut bytes).await.unwrap_or(0);
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// `None` until the answer is whole. Servers declare the length of what they answer here; without one there is no
/// body.
fn parse(bytes: &[u8]) -> Option<(String, Answer)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = with_names_in_lower_case(std::str::from_utf8(&bytes[..end]).unwrap());
    if head.starts_with("HTTP/1.1 100") {
        return parse(&bytes[end..]);
    }
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let len = values(&head, "content-length").next().map_or(0, |len| len.parse().unwrap());
    let body = bytes.get(end..end + len)?;
    // Bodies that are not text are told apart from those that are.
    Some((head, Answer { status, body: shown(body) }))
}

fn with_names_in_lower_case(head: &str) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    };
    head.split_inclusive("\r\n").map(line).collect()
}

/// The values of a header in such a head.
pub(crate) fn values<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    head.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A body as text; one that is none, as a list of bytes.
pub(crate) fn shown(body: &[u8]) -> String {
    std::str::from_utf8(body).map_or_else(|_| format!("{body:?}"), str::to_owned)
}
