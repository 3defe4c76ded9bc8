//! `--help` of each command is as in the folder `help`. `WEBHOOK_UPDATE_HELP=1` writes it anew.

use std::path::Path;
use std::{env, fs};

use crate::program::run;

pub(crate) const COMMANDS: [&str; 12] = [
    "providers",
    "sign",
    "verify",
    "explain",
    "send",
    "listen",
    "replay",
    "endpoints",
    "endpoints create",
    "endpoints list",
    "completions",
    "man",
];

fn help(command: &str) -> String {
    let text = run(&format!("{command} --help")).expect(0).stdout;
    // clap pads lines without a text.
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[test]
fn help_is_as_in_the_folder() {
    for command in COMMANDS.into_iter().chain([""]) {
        let name = if command.is_empty() { "webhook" } else { command };
        let file =
            format!("{}/tests/help/{}.txt", env!("CARGO_MANIFEST_DIR"), name.replace(' ', "-"));
        if env::var_os("WEBHOOK_UPDATE_HELP").is_some() {
            fs::write(&file, help(command)).unwrap();
        }
        assert_eq!(help(command), fs::read_to_string(&file).expect(&file), "{command}");
    }
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help")).unwrap();
    assert_eq!(files.count(), COMMANDS.len() + 1);
}

#[test]
fn help_of_every_command_has_examples_of_it() {
    for command in COMMANDS {
        let help = help(command);
        let (_, examples) = help.split_once("\nExamples:\n").expect(command);
        let program = format!("webhook {command}");
        assert!(examples.lines().any(|line| line.contains(&program)), "{command}");
    }
    assert!(help("").contains("\nExamples:\n"));
}
