//! Sends as Voisnap does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use webhook_tower::providers::voisnap;

use crate::program::{PATIENCE, SECRET};

pub const RECEIVED: &str = r#"{"received":true}"#;
pub const DUPLICATE: &str = r#"{"duplicate":true}"#;
pub const UNAVAILABLE: &str = r#"{"error": "temporarily unavailable"}"#;

#[derive(Clone)]
pub struct Delivery {
    pub id: String,
    pub body: String,
}

impl Delivery {
    pub fn new(agent: &str, number: usize) -> Self {
        let id = format!("dlv_{agent}_{number}");
        let data = format!(r#"{{"conversationId":"conv_{number}"}}"#);
        let body = format!(r#"{{"type":"SessionEnded","agentId":"{agent}","data":{data}}}"#);
        Self { id, body }
    }

    /// What a worker writes when it has handled it.
    pub fn line(&self) -> String {
        format!("handled voisnap SessionEnded {}", self.id)
    }

    pub fn signed(&self) -> Vec<(&'static str, String)> {
        let secret = voisnap::Secret::new(SECRET).unwrap();
        secret.sign(self.body.as_bytes(), SystemTime::now().into(), Some(&self.id)).unwrap()
    }

    /// Begins to send it, signed anew, with only so much of its body.
    pub fn begin(&self, to: SocketAddr, bytes: usize) -> Request {
        let mut head = format!("POST /webhooks/voisnap HTTP/1.1\r\nHost: {to}\r\n");
        for (name, value) in self.signed() {
            head += &format!("{name}: {value}\r\n");
        }
        let (len, body) = (self.body.len(), &self.body[..bytes]);
        head += &format!("Content-Length: {len}\r\nExpect: 100-continue\r\n");
        head += "Connection: close\r\n\r\n";
        let stream = TcpStream::connect(to).unwrap();
        let mut request = Request(BufReader::new(stream), String::new());
        request.0.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        request.0.get_mut().write_all(head.as_bytes()).unwrap();
        // The body has been asked for: the head was accepted.
        let mut line = String::new();
        request.0.read_line(&mut line).unwrap();
        if line == "HTTP/1.1 100 Continue\r\n" {
            request.0.read_line(&mut line).unwrap();
            request.0.get_mut().write_all(body.as_bytes()).unwrap();
        } else {
            request.1 = line;
        }
        request
    }

    pub fn send(&self, to: SocketAddr) -> (u16, String) {
        self.begin(to, self.body.len()).answer().expect("an answer")
    }

    /// Sends it until it is no longer told to come again.
    #[track_caller]
    pub fn send_until_accepted(&self, to: SocketAddr) -> String {
        let start = Instant::now();
        loop {
            let (status, body) = self.send(to);
            if status != 503 {
                assert_eq!(status, 200, "{body}");
                return body;
            }
            assert!(start.elapsed() < PATIENCE, "{body}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A request under way, and what was read of its answer.
pub struct Request(BufReader<TcpStream>, String);

impl Request {
    /// `None` if the receiver went away.
    pub fn answer(self) -> Option<(u16, String)> {
        let Self(mut stream, mut text) = self;
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().unwrap(), body.to_owned()))
    }
}
