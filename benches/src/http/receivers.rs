//! The receivers' processes, and Express, installed for the occasion.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::ValueEnum as _;
use tempfile::TempDir;
use webhook_benches::requests::SECRET;

use super::servers::Server;

/// A process that listens. It ends with this.
pub(crate) struct Receiver {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) verifies: bool,
    child: Child,
    _dir: Option<TempDir>,
}

impl Receiver {
    /// All of them; Express only where node and npm are.
    pub(crate) fn start_all() -> Vec<Self> {
        let mut all: Vec<_> = Server::value_variants().iter().map(|server| own(*server)).collect();
        match express() {
            Ok(express) => all.push(express),
            Err(why) => println!("skipped: Express, since {why}"),
        }
        all
    }

    fn new(name: &'static str, mut command: Command, dir: Option<TempDir>) -> Self {
        let mut child = command
            // Receivers end when this is closed, however this program ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("{name} did not start"));
        Self { name, port, verifies: !name.ends_with("unverified"), child, _dir: dir }
    }
}

impl Receiver {
    /// How long its threads have run so far, in nanoseconds, where the system tells: unlike requests per
    /// second, it does not depend on who else wants the core.
    pub(crate) fn cpu_time(&self) -> Option<f64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let times = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<f64>().ok()
        });
        Some(times.sum())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn own(server: Server) -> Receiver {
    let name = match server {
        Server::AxumLayer => "axum, our layer",
        Server::AxumLayerJson => "axum, our layer, JSON",
        Server::AxumUnverified => "axum, unverified",
        Server::AxumByHand => "axum, HMAC by hand",
        Server::ActixExtractor => "actix, our extractor",
        Server::ActixUnverified => "actix, unverified",
    };
    let mut command = on_core(0, std::env::current_exe().unwrap());
    command.arg("--serve").arg(server.to_possible_value().unwrap().get_name());
    Receiver::new(name, command, None)
}

fn express() -> Result<Receiver, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("server.mjs"), include_str!("../../express/server.mjs"))
        .unwrap();
    let installed = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "express@5"])
        .current_dir(dir.path())
        .stdout(Stdio::null())
        .status();
    match installed {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("npm could not install it ({status})")),
        Err(_) => return Err("npm is not installed".into()),
    }
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Err("node is not installed".into());
    }
    let mut command = on_core(0, "node");
    command.arg("server.mjs").current_dir(dir.path());
    command.env("WEBHOOK_SECRET", SECRET).env("NODE_ENV", "production");
    Ok(Receiver::new("Express, Samva's sample", command, Some(dir)))
}

/// A command that stays on this core, where there are several and `taskset` is there to say so.
pub(crate) fn on_core(core: usize, program: impl AsRef<Path>) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let taskset = Path::new("/usr/bin/taskset");
    if cores < 2 || !taskset.exists() {
        return Command::new(program.as_ref());
    }
    let mut command = Command::new(taskset);
    command.args(["-c", &core.to_string()]).arg(program.as_ref());
    command
}
