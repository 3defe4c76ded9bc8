//! Writes requests as the cases say, also wrong ones, and reads the answer while it writes: a server that
//! refuses early closes, and what was not read by then would be lost.

#![allow(dead_code, reason = "two tests share it, and each uses a part")]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// A request, and the answer that it gets.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) expected: Answer,
}

#[derive(Clone)]
pub(crate) enum Body {
    Declared(Vec<u8>),
    /// Chunks of this size.
    Chunked(Vec<u8>, usize),
    /// A length that is declared, and this much of it.
    Cut(usize, Vec<u8>),
    /// Text where a chunk should be.
    BrokenChunk,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// No server here needs longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn exchange(address: SocketAddr, case: &Case) -> Answer {
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let bytes = to_bytes(case);
    let writing = async move {
        // The server may close before it has all; what matters is its answer.
        let _ = write.write_all(&bytes).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = read_answer(read) => answer,
        () = writing => unreachable!("writes until the answer is there"),
        () = tokio::time::sleep(PATIENCE) => panic!("{} on {}: no answer", case.name, case.path),
    }
}

/// Sends chunks until the server closes, which it has to, and tells what it answered.
pub(crate) async fn flood(address: SocketAddr, path: &str) -> u16 {
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let answer = tokio::spawn(read_answer(read));
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    write.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b'a'; 0x10000], b"\r\n".to_vec()].concat();
    let writing = async { while write.write_all(&chunk).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, writing).await.expect("the server closes");
    answer.await.unwrap().status
}

/// Sends all but the last byte, and goes.
pub(crate) async fn hang_up(address: SocketAddr, case: &Case) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut bytes = to_bytes(case);
    bytes.pop();
    stream.write_all(&bytes).await.unwrap();
}

pub(crate) fn to_bytes(case: &Case) -> Vec<u8> {
    let mut bytes = format!("POST {} HTTP/1.1\r\nHost: x\r\n", case.path).into_bytes();
    let framing = match &case.body {
        Body::Declared(body) => format!("Content-Length: {}", body.len()),
        Body::Cut(len, _) => format!("Content-Length: {len}"),
        Body::Chunked(..) | Body::BrokenChunk => "Transfer-Encoding: chunked".to_owned(),
    };
    for (name, value) in &case.headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(format!("{framing}\r\n\r\n").bytes());
    match &case.body {
        Body::Declared(body) | Body::Cut(_, body) => bytes.extend(body),
        Body::Chunked(body, size) => {
            for chunk in body.chunks(*size) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
        Body::BrokenChunk => bytes.extend(b"what?\r\n"),
    }
    bytes
}

/// The answer's head, in lower case.
pub(crate) async fn head(address: SocketAddr, case: &Case) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&to_bytes(case)).await.unwrap();
    read_whole(&mut stream).await.0
}

/// The status of the first response, which may be an interim one.
pub(crate) async fn first_status(address: SocketAddr, case: &Case) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&to_bytes(case)).await.unwrap();
    let mut start = [0; "HTTP/1.1 200".len()];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut start)).await.unwrap().unwrap();
    std::str::from_utf8(&start[9..]).unwrap().parse().unwrap()
}

pub(crate) async fn read(read: &mut (impl AsyncRead + Unpin)) -> Answer {
    read_whole(read).await.1
}

async fn read_answer(mut half: OwnedReadHalf) -> Answer {
    read(&mut half).await
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

/// `None` until the answer is whole. Both servers declare the length of what they answer here.
fn parse(bytes: &[u8]) -> Option<(String, Answer)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
    if head.starts_with("http/1.1 100") {
        return parse(&bytes[end..]);
    }
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let len: usize = head.split("content-length: ").nth(1)?.split('\r').next()?.parse().unwrap();
    let body = bytes.get(end..end + len)?.to_vec();
    Some((head, Answer { status, body }))
}
