//! The program on a SQLite file: what it has acknowledged is handled, whatever happens to it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;
use webhook_core::providers::voisnap;

const SECRET: &str = "whsec_voisnap";

struct Program {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    receiver: Option<String>,
    log: Option<String>,
}

fn command(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-inbox"));
    command.env_remove("DATABASE_URL").env_remove("LOG_PASSWORD");
    command.env("INBOX_FILE", file).env("BIND", "127.0.0.1:0").env("LOG_BIND", "127.0.0.1:0");
    for provider in ["SVARA", "SAMVA", "VOXPRIA"] {
        command.env(format!("{provider}_WEBHOOK_SECRET"), "secret");
    }
    command.env("VOISNAP_WEBHOOK_SECRET", SECRET);
    command.stdout(Stdio::piped());
    command
}

impl Program {
    fn start(file: &Path, part: Option<&str>) -> Self {
        let mut child = command(file).args(part).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut program = Self { child, lines, receiver: None, log: None };
        if part != Some("work") {
            program.receiver = Some(program.address("listening on http://"));
        }
        program.log = Some(program.address("the log is at http://"));
        program
    }

    fn address(&mut self, text: &str) -> String {
        self.line().strip_prefix(text).unwrap().to_owned()
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn send(&self, id: &str, body: &str) -> String {
        let secret = voisnap::Secret::new(SECRET).unwrap();
        let headers = secret.sign(body.as_bytes(), SystemTime::now().into(), Some(id)).unwrap();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        request(self.receiver.as_ref().unwrap(), "POST /webhooks/voisnap", &headers, body)
    }

    fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Returns the whole response.
fn request(address: &str, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn event(number: usize) -> String {
    format!(r#"{{"type":"SessionEnded","number":{number}}}"#)
}

#[test]
fn a_delivery_is_stored_handled_and_shown() {
    let dir = TempDir::new().unwrap();
    let mut program = Program::start(&dir.path().join("inbox.db"), None);
    let response = program.send("dlv_1", &event(1));
    assert!(response.starts_with("HTTP/1.1 200") && response.contains(r#"{"received":true}"#));
    assert_eq!(program.line(), "handled voisnap SessionEnded dlv_1");
    assert!(program.send("dlv_1", &event(1)).contains(r#"{"duplicate":true}"#));
    let log = program.log.clone().unwrap();
    let page = request(&log, "GET /", "", "");
    assert!(page.contains("SessionEnded") && page.contains("dlv_1"), "{page}");
    assert!(request(&log, "GET /readyz", "", "").starts_with("HTTP/1.1 200"));
    let metrics = request(&log, "GET /metrics", "", "");
    let accepted = r#"webhook_inbox_accepted_total{endpoint="voisnap",outcome="duplicate"} 1"#;
    assert!(metrics.contains(accepted), "{metrics}");
    assert_eq!(program.stop("-TERM"), Some(0));
}

#[test]
fn what_was_acknowledged_is_handled_after_kills() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("inbox.db");
    let mut number = 0;
    for _ in 0..10 {
        let receiver = Program::start(&file, Some("receive"));
        for _ in 0..10 {
            number += 1;
            let response = receiver.send(&format!("dlv_{number}"), &event(number));
            assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        }
        receiver.stop("-KILL");
    }
    let mut handled = BTreeSet::new();
    let handled_one = |line: String| line.strip_prefix("handled ").unwrap().to_owned();
    // Each is killed in the middle of its work, and what it held is taken up after the lease.
    while handled.len() < number {
        let mut worker = Program::start(&file, Some("work"));
        for _ in 0..20 {
            handled.insert(handled_one(worker.line()));
            if handled.len() == number {
                break;
            }
        }
        // Its metrics are where it was told to serve them.
        let metrics = request(worker.log.as_ref().unwrap(), "GET /metrics", "", "");
        assert!(metrics.contains("webhook_inbox_oldest_seconds"), "{metrics}");
        _ = worker.child.kill();
        // What it printed before it died.
        handled.extend(worker.lines.by_ref().map_while(Result::ok).map(handled_one));
    }
    let all = (1..=number).map(|number| format!("voisnap SessionEnded dlv_{number}"));
    assert_eq!(handled, all.collect());
}

#[test]
fn what_is_missing_is_named() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("inbox.db");
    let output = command(&file).env_remove("VOISNAP_WEBHOOK_SECRET").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("VOISNAP_WEBHOOK_SECRET"), "{error}");
    let output = command(&file).env("DATABASE_URL", "postgres://u:hidden@127.0.0.1:1/x").output();
    let output = output.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cannot be reached") && !error.contains("hidden"), "{error}");
    let output = command(&file).env("LOG_BIND", "0.0.0.0:0").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "a log without a password, for everybody");
}
