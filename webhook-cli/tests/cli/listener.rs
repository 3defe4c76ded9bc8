//! `webhook listen` as it runs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Files, command};

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Killed when it is dropped.
pub(crate) struct Listener {
    child: Child,
    /// `127.0.0.1:1234`
    pub(crate) address: String,
    page: String,
    lines: Receiver<Value>,
}

/// An answer, read to its end.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Listener {
    /// Keeps what comes in the file `kept.db`.
    pub(crate) fn start(files: &Files, provider: &str, more: &str) -> Self {
        let store = files.name("kept.db");
        let line = format!(
            "listen {provider} --json --bind 127.0.0.1:0 --page 127.0.0.1:0 --store {store} \
             --secret-env SECRET {more}"
        );
        let mut child = command(line.split_ascii_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut read = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first: Value = serde_json::from_str(&read.next().expect("no line")).unwrap();
        assert_eq!(first["kind"], "listening");
        let address = |name: &str| first[name].as_str().unwrap().replace("http://", "");
        let (send, lines) = channel();
        thread::spawn(move || {
            read.try_for_each(|line| send.send(serde_json::from_str(&line).unwrap()))
        });
        Self { child, address: address("address"), page: address("page"), lines }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What it says next.
    #[track_caller]
    pub(crate) fn next(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// What it says next of this kind.
    #[track_caller]
    pub(crate) fn next_of(&self, kind: &str) -> Value {
        loop {
            let line = self.next();
            if line["kind"] == kind {
                return line;
            }
        }
    }

    /// Sends these bytes, and reads the answer.
    pub(crate) fn send(&self, request: &[u8]) -> Response {
        exchange(&self.address, request)
    }

    /// Gets a page of the log.
    pub(crate) fn page(&self, path: &str) -> Response {
        self.ask("GET", path)
    }

    /// Presses a button of the log.
    pub(crate) fn post(&self, path: &str) -> Response {
        self.ask("POST", path)
    }

    fn ask(&self, method: &str, path: &str) -> Response {
        let line = format!("{method} {path} HTTP/1.1\r\n");
        let headers = "Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        exchange(&self.page, [line.as_bytes(), headers.as_bytes()].concat().as_slice())
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn exchange(address: &str, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // An answer may come before the end of the request, and the connection may be closed then.
    _ = stream.write_all(request);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    assert!(read.is_ok() || !answer.is_empty(), "{read:?}");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head, body: answer[end + 4..].to_vec() }
}

/// A request with the options that [`signed`](crate::program::signed) returns.
pub(crate) fn raw(method: &str, target: &str, options: &str, body: &[u8]) -> Vec<u8> {
    let headers =
        options.split(" -H ").skip(1).map(|header| header.replacen(':', ": ", 1) + "\r\n");
    let headers: String = headers.collect();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\n\
         {headers}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
