//! Runs the receiver as its users do, and talks to it as its senders do.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// The receiver itself.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_example-axum-receiver");

pub const SECRETS: [(&str, &str); 4] = [
    ("SVARA_WEBHOOK_SECRET", "svara-secret"),
    ("SAMVA_WEBHOOK_SECRET", "samva-secret"),
    ("VOISNAP_WEBHOOK_SECRET", "whsec_voisnap"),
    ("VOXPRIA_WEBHOOK_SECRET", "whsec_voxpria"),
];

/// How long the receiver may take for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The receiver's command, with these variables and no others.
pub fn command(variables: impl IntoIterator<Item = (&'static str, impl AsRef<OsStr>)>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(variables);
    command
}

/// A receiver that is listening. Killed when it is dropped.
pub struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Its lines on stderr. Read as they come, so that it never waits for us.
    log: Mutex<Receiver<String>>,
    address: SocketAddr,
    /// Where it serves its metrics, if it was told to.
    metrics: Option<SocketAddr>,
}

impl Service {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With variables beside the secrets.
    pub fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_program(PROGRAM, variables)
    }

    /// With no more descriptors than this.
    pub fn start_with_descriptors(descriptors: usize) -> Self {
        let mut command = Command::new("/bin/sh");
        let script = format!("ulimit -n {descriptors} && exec {PROGRAM:?}");
        command.args(["-c", &script]);
        Self::run(command, &[])
    }

    pub fn start_program(program: impl AsRef<OsStr>, variables: &[(&str, &str)]) -> Self {
        Self::run(Command::new(program), variables)
    }

    fn run(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let mut child = command
            .env_clear()
            .envs(SECRETS.into_iter().filter(|(name, _)| {
                let file = format!("{name}_FILE");
                variables.iter().all(|(variable, _)| *variable != file)
            }))
            .envs(variables.iter().copied())
            .env("BIND", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (logged, log) = mpsc::channel();
        thread::spawn(move || stderr.lines().try_for_each(|line| logged.send(line.unwrap())));
        let (mut lines, mut metrics) = (String::new(), None);
        let address = loop {
            let from = lines.len();
            assert_ne!(stdout.read_line(&mut lines).unwrap(), 0, "{lines}");
            let line = lines[from..].trim_end();
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.parse().unwrap();
            }
            let address = line.strip_prefix("metrics on http://").expect(line);
            metrics = Some(address.strip_suffix("/metrics").unwrap().parse().unwrap());
        };
        Self { child, stdout, log: Mutex::new(log), address, metrics }
    }

    /// Where it serves its metrics.
    pub fn metrics(&self) -> SocketAddr {
        self.metrics.unwrap()
    }

    /// Asks at the address of the metrics.
    pub fn ask(&self, path: &str) -> Answer {
        let stream = TcpStream::connect(self.metrics()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = Request(BufReader::new(stream));
        request.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        request.answer()
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
        let mut request = Request(BufReader::new(self.connect()));
        request.send(&head);
        request
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Waits until it logs this. Returns what it logged before.
    pub fn logs(&self, text: &str) -> String {
        let mut log = String::new();
        while !log.contains(text) {
            let line = self.log.lock().unwrap().recv_timeout(PATIENCE);
            log += &line.unwrap_or_else(|error| panic!("no {text:?}: {error}\n{log}"));
            log.push('\n');
        }
        log
    }

    /// Asks it to stop, and waits until it says that it does. Returns what it logged before.
    pub fn ask_to_stop(&self, signal: &str) -> String {
        self.signal(signal);
        self.logs("stopping")
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
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
