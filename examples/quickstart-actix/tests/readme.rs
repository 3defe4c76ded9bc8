//! The README shows this program, and the `curl` command behind it is answered 200.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

/// Ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The README of the repository. A copy of this example has none.
fn readme() -> Option<String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(path);
    if text.is_err() {
        println!("skipped: there is no README.md two folders up");
    }
    text.ok()
}

/// The code of a fenced block, in which `part` occurs.
fn block(readme: &str, language: &str, part: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = readme.split(&*fence).skip(1);
    let mut codes = blocks.filter_map(|rest| rest.split_once("```")).map(|(code, _)| code);
    codes.find(|code| code.contains(part)).expect(part).to_owned()
}

#[test]
fn the_readme_shows_this_program() {
    let Some(readme) = readme() else { return };
    let code = block(&readme, "rust,no_run", "webhook_actix::{");
    assert_eq!(code, include_str!("../src/main.rs"));
}

#[test]
fn the_readmes_curl_is_answered_200() {
    let Some(readme) = readme() else { return };
    for program in ["bash", "curl", "openssl"] {
        if Command::new(program).arg("--version").output().is_err() {
            assert!(env::var("CI").as_deref() != Ok("true"), "{program} is not installed");
            println!("skipped: {program} is not installed");
            return;
        }
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_example-quickstart-actix"))
        .env("VOISNAP_WEBHOOK_SECRET", "whsec_test")
        .env("BIND", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let _program = Program(child);
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next().unwrap().unwrap();
    let url = first.strip_prefix("listening on ").expect(&first);

    let script = block(&readme, "sh", "curl").replace("http://127.0.0.1:3000", url);
    let run = |secret: &str| {
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(&script).env("VOISNAP_WEBHOOK_SECRET", secret);
        String::from_utf8(bash.output().unwrap().stdout).unwrap()
    };
    assert!(run("whsec_test").starts_with("HTTP/1.1 200"));
    assert_eq!(lines.next().unwrap().unwrap(), "SessionStarted in None");
    assert!(run("whsec_other").starts_with("HTTP/1.1 401"));
}
