//! What is counted by `counted`, another program of this package: its allocator counts, and so would
//! disturb the times that are taken here.

use std::env;
use std::process::Command;

use webhook_benches::budgets::Budgets;

/// Has allocations and peaks counted.
pub(crate) fn run(budgets: &mut Budgets) {
    if let Some(output) = counted(&["requests"]) {
        for line in output.lines() {
            if line.starts_with("budget ") {
                budgets.take(line.to_owned());
            } else {
                println!("{line}");
            }
        }
    }
}

/// The output of `counted`, which cargo builds first if it is cargo that runs this.
pub(crate) fn counted(args: &[&str]) -> Option<String> {
    if let Some(cargo) = env::var_os("CARGO") {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let built = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--release",
                "--bin",
                "counted",
                "--manifest-path",
                manifest,
            ])
            .status()
            .unwrap();
        assert!(built.success(), "counted is not built");
    }
    let program = env::current_exe().unwrap().with_file_name("counted");
    if !program.exists() {
        println!("skipped: memory, since {} is not built", program.display());
        return None;
    }
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}
