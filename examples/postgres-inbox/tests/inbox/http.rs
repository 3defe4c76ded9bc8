//! Speaks HTTP as senders do.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::deliveries::Delivery;
use crate::program::PATIENCE;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

/// Sends a delivery. An error if there is no answer.
pub fn deliver(to: SocketAddr, delivery: &Delivery) -> io::Result<Answer> {
    request(to, "POST", delivery.path, &delivery.headers, &delivery.body)
}

pub fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &str,
) -> io::Result<Answer> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("Host: {to}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

#[track_caller]
pub fn is_received(answer: io::Result<Answer>) {
    let answer = answer.unwrap();
    assert_eq!((answer.status, &*answer.body), (200, r#"{"received":true}"#));
    assert!(answer.head.contains("\r\ncontent-type: application/json\r\n"), "{}", answer.head);
}

#[track_caller]
pub fn is_duplicate(answer: io::Result<Answer>) {
    let answer = answer.unwrap();
    assert_eq!((answer.status, &*answer.body), (200, r#"{"duplicate":true}"#));
}
