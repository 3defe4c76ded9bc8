//! Instructions instead of time: they are the same on a noisy machine.
//!
//! Valgrind knows no SHA instructions, so hashes take their portable way under it: what counts is what a
//! contestant takes more than the bare HMAC.

use std::path::Path;
use std::process::{Command, Stdio};

use webhook_benches::table;

use crate::contestants::{Case, Fixture};
use crate::layer;

const CONTESTANTS: [&str; 12] = [
    "bare",
    "svara",
    "github",
    "webhook-verify github",
    "bare voisnap",
    "voisnap",
    "bare standard",
    "standard",
    "webhook-verify standard",
    "service",
    "layer svara",
    "tower-github-webhook",
];
const SIZES: [usize; 2] = [512, 4096];
const TIMES: u32 = 1000;

/// Runs one contestant so many times and does nothing else, for valgrind and perf to look at.
pub(crate) fn only(name: &str, size: usize, times: u32) {
    Fixture::new(size)
        .contestants(Case::Genuine)
        .into_iter()
        .chain(layer::contestants(size))
        .find(|contestant| contestant.name() == name)
        .unwrap_or_else(|| panic!("no contestant {name}"))
        .run_in_turns(times);
}

/// Counts the instructions of a few verifications.
pub(crate) fn run() {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: valgrind is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut table = table::table(&["instructions for one request", "512B", "4KiB"]);
    for name in CONTESTANTS {
        // What is done before the first verification is the same both times.
        let cells = SIZES.map(|size| {
            let [few, many] = [TIMES, 2 * TIMES].map(|times| count(dir.path(), name, size, times));
            ((many - few) / u64::from(TIMES)).to_string()
        });
        table.add_row([name.to_owned()].into_iter().chain(cells));
    }
    println!("\n## instructions\n\n{table}");
}

fn count(dir: &Path, name: &str, size: usize, times: u32) -> u64 {
    let out = dir.join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--only", name, "--size", &size.to_string(), "--times", &times.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{name} under valgrind: {status}");
    let profile = std::fs::read_to_string(out).unwrap();
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    total.trim().parse().unwrap()
}
