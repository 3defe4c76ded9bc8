//! The shell's lines in the README do what it says.

use std::process::Command;
use std::{env, fs};

use crate::help::COMMANDS;
use crate::program::{Files, PROGRAM, example, has};
use crate::receivers::Receiver;
use crate::server::Server;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let mut rest = README;
    let (start, mut blocks) = (format!("\n```{language}\n"), Vec::new());
    while let Some((_, after)) = rest.split_once(&start) {
        let (block, after) = after.split_once("\n```").unwrap();
        blocks.push(block);
        rest = after;
    }
    blocks
}

fn sh(script: &str, folder: &Files) -> (Option<i32>, String) {
    let bin = std::path::Path::new(PROGRAM).parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", env::var("PATH").unwrap());
    let mut sh = Command::new("sh");
    let output = sh
        .args(["-euc", script])
        .current_dir(folder.path())
        .env_clear()
        .envs([("PATH", path), ("HOME", folder.name("home"))])
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap()
    );
    (output.status.code(), text)
}

#[test]
fn the_five_lines_lead_to_a_verified_event() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let block = blocks("sh").remove(0);
    let lines: Vec<_> = block.lines().collect();
    assert_eq!(lines.len(), 5, "{block}");
    let handler = lines.iter().find_map(|line| line.split_once("cargo run -p example-")).unwrap();
    let Some(program) = example(handler.1.trim_end_matches(" &")) else { return };
    let mut handler = Command::new(program)
        .env_clear()
        .envs([("VOISNAP_WEBHOOK_SECRET", "whsec_test"), ("BIND", "127.0.0.1:0")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(handler.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = printed.next().unwrap().replace("listening on ", "");
    let secret = lines.iter().find(|line| line.starts_with("export ")).unwrap();
    let send = lines.last().unwrap().replace("http://127.0.0.1:3000", &url);
    let (status, text) = sh(&format!("{secret}\n{send}"), &Files::new());
    let event = printed.next();
    handler.kill().unwrap();
    handler.wait().unwrap();
    assert_eq!(status, Some(0), "{text}");
    assert!(
        event.as_deref().is_some_and(|event| event.starts_with("SessionStarted in Some(")),
        "{event:?}"
    );
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn every_example_works() {
    if !has("curl") {
        return;
    }
    let Some(receiver) = Receiver::start("axum-receiver") else { return };
    let api = Server::start(|_, _| {
        let data = r#"{"webhookId":"webhook_1","url":"https://example.com","events":[],"secret":"whsec_new"}"#;
        let body = format!(r#"{{"success":true,"data":{data}}}"#);
        (axum::http::StatusCode::OK, body)
    });
    let files = Files::new();
    fs::create_dir(files.path().join("home")).unwrap();
    let set_up = blocks("sh").into_iter().skip(1);
    let mut script = String::new();
    for block in set_up {
        script.push_str(block);
        script.push('\n');
    }
    for command in COMMANDS.into_iter().filter(|command| !command.contains(' ')) {
        assert!(script.contains(&format!("webhook {command} ")), "{command}");
    }
    let script = script
        .replace("http://127.0.0.1:3000", &receiver.url)
        .replace("--api-key-env", &format!("--base-url {} --api-key-env", api.url("")));
    // Other ports, and an end of what listens in the background.
    let listener = format!("127.0.0.1:{}", free_port());
    let script = script
        .replace(
            "webhook listen svara",
            &format!("webhook listen svara --bind {listener} --page 127.0.0.1:0"),
        )
        .replace("127.0.0.1:4400", &listener);
    let script = format!("trap 'kill $!' EXIT\n{script}");
    let (status, text) = sh(&script, &files);
    assert_eq!(status, Some(0), "{script}\n{text}");
    assert_eq!(fs::read_to_string(files.path().join("voxpria-secret.txt")).unwrap(), "whsec_new");
}
