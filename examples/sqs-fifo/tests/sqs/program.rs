//! Runs the programs as their users do.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

pub const RECEIVER: &str = env!("CARGO_BIN_EXE_receiver");
pub const WORKER: &str = env!("CARGO_BIN_EXE_worker");

pub const SECRET: &str = "whsec_voisnap";

/// How long a program may take for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub type Variables = Vec<(&'static str, String)>;

/// A program that runs. Killed when it is dropped.
pub struct Program {
    child: Child,
    /// Its lines on stderr. Read as they come, so that it never waits for us.
    log: Mutex<Receiver<String>>,
}

impl Program {
    pub fn start(path: &str, variables: &[(&str, String)], stdout: impl Into<Stdio>) -> Self {
        let mut command = Command::new(path);
        command.env_clear().envs(variables.iter().cloned()).stdout(stdout).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (logged, log) = mpsc::channel();
        thread::spawn(move || stderr.lines().try_for_each(|line| logged.send(line.unwrap())));
        Self { child, log: Mutex::new(log) }
    }

    /// Waits until it logs this. Returns what it logged until then.
    #[track_caller]
    pub fn logs(&self, text: &str) -> String {
        let mut log = String::new();
        while !log.contains(text) {
            let line = self.log.lock().unwrap().recv_timeout(PATIENCE);
            log += &line.unwrap_or_else(|error| panic!("no {text:?}: {error}\n{log}"));
            log.push('\n');
        }
        log
    }

    /// As by `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits for its end. Returns what it logged since it was last looked at.
    #[track_caller]
    pub fn stop(mut self, signal: &str) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let lines: Vec<_> = self.log.lock().unwrap().iter().collect();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{lines:?}");
        lines.join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A receiver that is listening.
pub struct Receiving {
    pub program: Program,
    pub address: SocketAddr,
}

impl Receiving {
    pub fn start(mut variables: Variables) -> Self {
        variables.push(("VOISNAP_WEBHOOK_SECRET", SECRET.to_owned()));
        variables.push(("BIND", "127.0.0.1:0".to_owned()));
        let mut program = Program::start(RECEIVER, &variables, Stdio::piped());
        let mut line = String::new();
        BufReader::new(program.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect(&line);
        Self { address: address.parse().unwrap(), program }
    }
}

/// What workers have written on stdout: one file for all of them, so that their lines are in the order in
/// which they were written.
pub struct Output(PathBuf);

impl Output {
    pub fn new(name: &str) -> Self {
        let name = format!("sqs-fifo-{}-{name}.out", std::process::id());
        let path = std::env::temp_dir().join(name);
        File::create(&path).unwrap();
        Self(path)
    }

    /// A worker that writes here.
    pub fn worker(&self, variables: &[(&str, String)]) -> Program {
        Program::start(WORKER, variables, File::options().append(true).open(&self.0).unwrap())
    }

    pub fn lines(&self) -> Vec<String> {
        fs::read_to_string(&self.0).unwrap().lines().map(str::to_owned).collect()
    }

    #[track_caller]
    pub fn wait_for(&self, lines: usize) {
        eventually(|| self.lines().len() >= lines);
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

#[track_caller]
pub fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs tests that mostly wait, for leases and time-outs, at the same time, however few cores there are.
pub fn at_once(tests: &[fn()]) {
    thread::scope(|scope| {
        for test in tests {
            scope.spawn(test);
        }
    });
}
