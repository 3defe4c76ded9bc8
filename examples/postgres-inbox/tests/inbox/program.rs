//! Runs the example as its users do.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// The example itself.
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-postgres-inbox");

pub const SECRETS: [(&str, &str); 4] = [
    ("SVARA_WEBHOOK_SECRET", "svara-secret"),
    ("SAMVA_WEBHOOK_SECRET", "samva-secret"),
    ("VOISNAP_WEBHOOK_SECRET", "whsec_voisnap"),
    ("VOXPRIA_WEBHOOK_SECRET", "whsec_voxpria"),
];

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the example that runs. Killed when it is dropped.
pub struct Program {
    child: Child,
    pub stdout: Lines,
    pub stderr: Lines,
}

impl Program {
    pub fn receiver(database: &str) -> Self {
        Self::start("receiver", database, &[])
    }

    /// A worker that is taken for dead soon.
    pub fn worker(database: &str, variables: &[(&str, &str)]) -> Self {
        let variables = [&[("DEAD_AFTER_MILLIS", "1200")], variables].concat();
        let worker = Self::start("worker", database, &variables);
        worker.stderr.wait_for("working");
        worker
    }

    /// All parts in one process.
    pub fn all(database: &str) -> Self {
        Self::run(&[], database, &[])
    }

    pub fn start(part: &str, database: &str, variables: &[(&str, &str)]) -> Self {
        Self::run(&[part], database, variables)
    }

    fn run(arguments: &[&str], database: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = command(arguments)
            .env("DATABASE_URL", database)
            .envs(variables.iter().copied())
            .spawn()
            .unwrap();
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Where it receives webhooks.
    pub fn address(&self) -> SocketAddr {
        self.stdout.wait_for("listening on http://").parse().unwrap()
    }

    /// Where it shows its log.
    pub fn log_address(&self) -> SocketAddr {
        self.stdout.wait_for("delivery log on http://").parse().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end. Returns its status, unless it was killed.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub fn ask_to_stop(&self) {
        signal("-TERM", self.id());
        self.stderr.wait_for("stopping");
    }

    /// Asks it to stop. Returns what it said that it handled, in order.
    pub fn stop(mut self) -> Vec<String> {
        self.ask_to_stop();
        assert_eq!(self.wait(), Some(0));
        let lines = self.stdout.all();
        lines.into_iter().filter(|line| line.starts_with("handled ")).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The example's command, with its secrets and free ports, and no other variables.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_clear()
        .envs(SECRETS)
        .envs([("BIND", "127.0.0.1:0"), ("LOG_BIND", "127.0.0.1:0")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn signal(signal: &str, process: u32) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

/// Lines that a program writes, read as they come, so that it never waits for us.
#[derive(Clone, Default)]
pub struct Lines(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    pub fn of(from: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let to = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines() {
                to.0.0.lock().unwrap().lines.push(line.unwrap());
                to.0.1.notify_all();
            }
            to.0.0.lock().unwrap().ended = true;
            to.0.1.notify_all();
        });
        lines
    }

    /// Waits for a line with this text. Returns what follows it in the line.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        let (written, changed) = &*self.0;
        let find = |written: &Written| {
            written.lines.iter().find_map(|line| Some(line.split_once(text)?.1.to_owned()))
        };
        let written = written.lock().unwrap();
        let waits = |written: &mut Written| find(written).is_none() && !written.ended;
        let (written, _) = changed.wait_timeout_while(written, PATIENCE, waits).unwrap();
        find(&written).unwrap_or_else(|| panic!("no {text:?} in {:#?}", written.lines))
    }

    /// All lines of a program that has ended.
    pub fn all(&self) -> Vec<String> {
        let (written, changed) = &*self.0;
        let waits = |written: &mut Written| !written.ended;
        let written = written.lock().unwrap();
        changed.wait_timeout_while(written, PATIENCE, waits).unwrap().0.lines.clone()
    }
}
