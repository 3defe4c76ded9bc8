//! Runs the service as its users do, and talks to it as senders and its admin do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

pub const TOKEN: &str = "a token of 24 characters";

pub fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-multi-tenant"));
    command.env_clear().current_dir(dir).env("BIND", "127.0.0.1:0").env("ADMIN_TOKEN", TOKEN);
    command
}

/// One that is listening. Killed when it is dropped.
pub struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Service {
    /// With its database in this directory.
    pub fn start(dir: &Path) -> Self {
        let mut child = command(dir).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect(&line);
        Self { child, stdout, address: address.parse().unwrap() }
    }

    /// The status and the body of an answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// What the admin asks for, with this token.
    pub fn admin(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
        let headers = [
            ("Authorization", format!("Bearer {token}")),
            ("Content-Type", "application/json".to_owned()),
        ];
        self.send(method, path, &headers, body)
    }

    /// Gives an endpoint a secret.
    pub fn add(&self, endpoint: &str, secret: &str) {
        let body = format!(r#"{{"secret":"{secret}"}}"#);
        let (status, text) = self.admin("PUT", &format!("/admin/{endpoint}"), TOKEN, &body);
        assert_eq!(status, 204, "{text}");
    }

    /// Stops it, and returns the lines that it wrote after the first.
    pub fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut lines = String::new();
        self.stdout.read_to_string(&mut lines).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        lines
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What a program that does not start says.
pub fn complaint(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    std::str::from_utf8(&output.stderr).unwrap()
}
