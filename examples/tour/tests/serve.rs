//! `--serve`: what it prints can be pasted into a shell, and it ends when it is told to.

mod common;

use std::process::Command;

use common::{Serving, is_missing};

/// What is to be pasted: the indented lines, in blocks of one provider each.
fn shell_lines(text: &str) -> Vec<String> {
    let blocks = text.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| line.starts_with("    "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    });
    blocks.filter(|block| !block.is_empty()).collect()
}

#[test]
fn the_printed_lines_are_accepted_again_and_again() {
    if ["sh", "curl", "openssl"].into_iter().any(is_missing) {
        return;
    }
    // Random secrets, and one that is given: unlike any that a shell likes, and not to be seen.
    let given = ("VOXPRIA_WEBHOOK_SECRET", r#"whsec_it's "$(given)" \1"#);
    let serving = Serving::start(&[given]);
    assert!(!serving.text.contains("whsec_it"), "{}", serving.text);

    let blocks = shell_lines(&serving.text);
    assert_eq!(blocks.len(), 4, "{}", serving.text);
    for block in blocks {
        for receiver in serving.receivers() {
            assert!(block.contains(receiver), "{block}");
        }
        for answer in ["received", "duplicate"] {
            let mut shell = Command::new("sh");
            shell.args(["-euc", &block]).envs([given, ("no_proxy", "*")]);
            let output = shell.output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let complaints = String::from_utf8(output.stderr).unwrap();
            let expected = format!("{{\"{answer}\":true}} 200\n").repeat(2);
            assert_eq!(printed, expected, "{block}\n{complaints}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_well() {
    for signal in ["INT", "TERM"] {
        let mut serving = Serving::start(&[]);
        let id = serving.child.id();
        let kill = format!("kill -{signal} {id}");
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(serving.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_secret_that_is_none_ends_it_before_it_listens() {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_example-tour"));
    let output = serve.arg("--serve").env("SAMVA_WEBHOOK_SECRET", "").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("SAMVA_WEBHOOK_SECRET"), "{complaint}");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let serving = Serving::start(&[]);
    let readme = include_str!("../README.md");
    let (_, lines) = readme.split_once("```sh\nSECRET=").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    // The secret and the ports are others every time.
    for line in lines.lines().skip(1).filter(|line| !line.starts_with("for ")) {
        assert!(serving.text.contains(&format!("    {line}\n")), "{line}");
    }
}
