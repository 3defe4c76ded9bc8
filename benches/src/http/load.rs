//! What `wrk` sends, and what it measured.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use http::HeaderMap;
use tempfile::TempDir;
use webhook_benches::requests::{self, SECRET};
use webhook_core::providers::samva;

use super::receivers::{Receiver, on_core};
use super::servers::PATH;

const CONNECTIONS: &str = "64";
const TIME: &str = "1s";

/// Requests with one body, some of them with another signature than theirs.
pub(crate) struct Load {
    dir: TempDir,
    forged: f64,
}

/// What was measured.
pub(crate) struct Round {
    pub(crate) rate: f64,
    /// What the receiver took of its core for each request, in nanoseconds.
    pub(crate) cpu: f64,
    /// In nanoseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The share that was answered with 400 or more.
    pub(crate) refused: f64,
}

/// Whether there is a `wrk` to run.
pub(crate) fn is_installed() -> bool {
    Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

impl Load {
    /// Of this body; so many of a hundred are forged.
    pub(crate) fn new(body: &[u8], percent: u32) -> Self {
        let secret = samva::Secret::new(SECRET).unwrap();
        let genuine = requests::headers(&secret, body, requests::now());
        let forged = {
            let other = samva::Secret::new("another secret").unwrap();
            requests::headers(&other, body, requests::now())
        };
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("load.lua");
        std::fs::write(&script, lua(body, &genuine, &forged, percent)).unwrap();
        Self { dir, forged: f64::from(percent) / 100.0 }
    }

    /// Sends them to a receiver, for a while.
    pub(crate) fn run(&self, receiver: &Receiver) -> Round {
        let cpu = receiver.cpu_time();
        let output = on_core(1, "wrk")
            .args(["--threads", "1", "--connections", CONNECTIONS, "--duration", TIME])
            .arg("--script")
            .arg(self.dir.path().join("load.lua"))
            .arg(format!("http://127.0.0.1:{}{PATH}", receiver.port))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("measured "));
        let numbers: Vec<f64> = line
            .unwrap_or_else(|| panic!("wrk said {text}"))
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        let [requests, micros, refused, broken, p50, p99] = numbers[..] else {
            panic!("wrk said {text}")
        };
        assert!(broken < 1.0, "{broken} connections broke");
        Round {
            rate: requests / (micros / 1e6),
            cpu: receiver
                .cpu_time()
                .zip(cpu)
                .map_or(f64::NAN, |(after, before)| (after - before) / requests),
            p50: p50 * 1e3,
            p99: p99 * 1e3,
            refused: refused / requests,
        }
    }

    /// Whether exactly the forged ones were refused, but for those that were under way at the end.
    pub(crate) fn check(&self, round: &Round, name: &str) {
        let off = (round.refused - self.forged).abs();
        assert!(off < 0.01, "{name} refused {:.1} %", round.refused * 100.0);
    }
}

/// All requests are made before the first is sent.
fn lua(body: &[u8], genuine: &HeaderMap, forged: &HeaderMap, percent: u32) -> String {
    let mut script = String::from("wrk.method = 'POST'\n");
    writeln!(script, "wrk.body = {}", quoted(std::str::from_utf8(body).unwrap())).unwrap();
    for (name, headers) in [("genuine", genuine), ("forged", forged)] {
        writeln!(script, "local {name} = {{").unwrap();
        for (name, value) in headers {
            // wrk counts and names the host by itself.
            if name != http::header::CONTENT_LENGTH && name != http::header::HOST {
                let value = quoted(value.to_str().unwrap());
                writeln!(script, "[ {} ] = {value},", quoted(name.as_str())).unwrap();
            }
        }
        script.push_str("}\n");
    }
    if percent == 0 {
        script.push_str("wrk.headers = genuine\n");
    } else {
        write!(
            script,
            "local good, bad, count\n\
             function init(args)\n\
             good = wrk.format(nil, nil, genuine)\n\
             bad = wrk.format(nil, nil, forged)\n\
             count = 0\n\
             end\n\
             function request()\n\
             count = count + 1\n\
             if count * {percent} % 100 < {percent} then return bad end\n\
             return good\n\
             end\n"
        )
        .unwrap();
    }
    script.push_str(
        "function done(summary, latency, requests)\n\
         local errors = summary.errors\n\
         local broken = errors.connect + errors.read + errors.write + errors.timeout\n\
         print(string.format('measured %d %d %d %d %f %f', summary.requests, summary.duration, \
         errors.status, broken, latency:percentile(50), latency:percentile(99)))\n\
         end\n",
    );
    script
}

fn quoted(text: &str) -> String {
    format!("[==[{text}]==]")
}
