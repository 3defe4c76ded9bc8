//! The tour as a whole, as a person starts it.

use std::process::{Command, Output};

const TABLE: &str = include_str!("tour.txt");

fn tour(env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-tour"));
    for variable in ["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command.envs(env.iter().copied()).output().unwrap()
}

#[test]
fn every_case_is_played_and_answered_as_expected() {
    let output = tour(&[]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), TABLE);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn colours_are_for_terminals() {
    assert!(!TABLE.contains('\x1b'), "what is piped has none, as the other test says");
    // As a terminal would.
    let output = tour(&[("CLICOLOR_FORCE", "1")]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("\x1b[32m✓ 200 200\x1b[0m"));
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../README.md");
    let (_, excerpt) = readme.split_once("```text\n").unwrap();
    let (excerpt, _) = excerpt.split_once("```").unwrap();
    for line in excerpt.lines().filter(|line| *line != "...") {
        assert!(TABLE.lines().any(|printed| printed == line), "{line}");
    }
}
