//! Runs the receiver as its users do, and talks to it as its senders do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

pub const SECRETS: [(&str, &str); 4] = [
    ("SVARA_WEBHOOK_SECRET", "svara-secret"),
    ("SAMVA_WEBHOOK_SECRET", "samva-secret"),
    ("VOISNAP_WEBHOOK_SECRET", "whsec_voisnap"),
    ("VOXPRIA_WEBHOOK_SECRET", "whsec_voxpria"),
];

/// The receiver's command, with these variables and no others.
pub fn command(variables: impl IntoIterator<Item = (&'static str, impl AsRef<str>)>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-actix-receiver"));
    command.env_clear();
    for (name, value) in variables {
        command.env(name, value.as_ref());
    }
    command
}

/// A receiver that is listening. Killed when it is dropped.
pub struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl Service {
    pub fn start() -> Self {
        let mut child = command(SECRETS)
            .env("BIND", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect(&line);
        Self { child, stdout, stderr, address: address.parse().unwrap() }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: &str) -> Answer {
        self.begin(method, path, headers, body.len(), body).answer()
    }

    /// Sends the head of a request with a body of `len` bytes, and the start of it. In one piece: a server
    /// that refuses the head closes the connection, and what comes after that is answered by a reset.
    pub fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        len: usize,
        start: &str,
    ) -> Request {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {len}\r\nConnection: close\r\n\r\n{start}");
        let mut request = Request(BufReader::new(TcpStream::connect(self.address).unwrap()));
        request.0.get_ref().set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        request.send(&head);
        request
    }

    /// Asks it to stop, and waits until it says that it does. Returns what it logged before.
    pub fn ask_to_stop(&mut self, signal: &str) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut log = String::new();
        while !log.contains("stopping") {
            assert_ne!(self.stderr.read_line(&mut log).unwrap(), 0, "{log}");
        }
        log
    }

    /// Waits for its end. Returns its status, and the lines on stdout after the first.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let mut lines = String::new();
        self.stdout.read_to_string(&mut lines).unwrap();
        (self.child.wait().unwrap().code(), lines)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A request under way.
pub struct Request(BufReader<TcpStream>);

impl Request {
    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    pub fn answer(mut self) -> Answer {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect(&text);
        let status = head.split(' ').nth(1).expect(head).parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}
