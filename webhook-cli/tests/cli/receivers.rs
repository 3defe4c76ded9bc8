//! `send` drives both receivers, whose own counts agree with its summary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::{collections::BTreeMap, thread};

use crate::program::{command, example, finish};

const SECRETS: [(&str, &str); 4] = [
    ("SVARA_WEBHOOK_SECRET", "svara-secret"),
    ("SAMVA_WEBHOOK_SECRET", "samva-secret"),
    ("VOISNAP_WEBHOOK_SECRET", "whsec_voisnap"),
    ("VOXPRIA_WEBHOOK_SECRET", "whsec_voxpria"),
];

/// A receiver of the examples. Killed when it is dropped.
pub(crate) struct Receiver {
    child: Child,
    pub(crate) url: String,
    metrics: String,
    /// Counts what it says it handled, by the provider.
    handled: Option<JoinHandle<BTreeMap<String, u64>>>,
}

impl Receiver {
    pub(crate) fn start(name: &str) -> Option<Self> {
        let mut child = Command::new(example(name)?)
            .env_clear()
            .envs(SECRETS)
            .envs([("BIND", "127.0.0.1:0"), ("METRICS_BIND", "127.0.0.1:0"), ("RUST_LOG", "off")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut metrics = None;
        let url = loop {
            let line = lines.next().unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
            metrics = line.strip_prefix("metrics on http://").map(str::to_owned);
        };
        let handled = thread::spawn(move || {
            let mut handled = BTreeMap::new();
            for line in lines {
                let mut words = line.split(' ');
                if words.next() == Some("handled") {
                    *handled.entry(words.next().unwrap().to_owned()).or_default() += 1;
                }
            }
            handled
        });
        Some(Self { child, url, metrics: metrics.unwrap(), handled: Some(handled) })
    }

    /// What `webhook_deliveries_total` says of a provider, by the outcome.
    fn outcomes(&self, provider: &str) -> BTreeMap<String, u64> {
        let (address, path) = self.metrics.split_once('/').unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let start =
            format!(r#"webhook_deliveries_total{{provider="{provider}",endpoint="",outcome=""#);
        let counts = text.lines().filter_map(|line| line.strip_prefix(&start)?.split_once("\"} "));
        counts.map(|(outcome, count)| (outcome.to_owned(), count.parse().unwrap())).collect()
    }

    /// Stops it. Returns what it says it handled.
    fn handled(mut self) -> BTreeMap<String, u64> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.handled.take().unwrap().join().unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sends, and returns the statuses of the summary.
fn send(receiver: &Receiver, provider: &str, args: &str) -> BTreeMap<String, u64> {
    let url = format!("{}/webhooks/{provider}", receiver.url);
    let variable = format!("{}_WEBHOOK_SECRET", provider.to_uppercase());
    let line = format!("send {provider} --secret-env {variable} --to {url} {args} --json");
    let mut command = command(line.split(' '));
    let ran = finish({
        command.envs(SECRETS);
        command
    });
    let summary = ran.json().pop().unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(summary["p50_milliseconds"].as_f64() <= summary["p99_milliseconds"].as_f64());
    serde_json::from_value(summary["statuses"].clone()).unwrap()
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[track_caller]
fn drive(name: &str) {
    let Some(receiver) = Receiver::start(name) else { return };
    let load = "--count 2500 --concurrency 16";
    for (provider, event) in [
        ("svara", "voice_note.sent"),
        ("samva", "message.delivered"),
        ("voisnap", "SessionEnded"),
        ("voxpria", "call.completed"),
    ] {
        let statuses = send(&receiver, provider, &format!("--event {event} {load}"));
        assert_eq!(statuses, counts([("200", 2500)]), "{provider}");
        assert_eq!(receiver.outcomes(provider), counts([("accepted", 2500)]), "{provider}");
    }

    let voisnap =
        |args: &str| send(&receiver, "voisnap", &format!("--event Error --count 10 {args}"));
    assert_eq!(voisnap("--duplicate 2 --replay-id"), counts([("200", 40)]));
    assert_eq!(voisnap("--tamper"), counts([("401", 10)]));
    assert_eq!(voisnap("--forge"), counts([("401", 10)]));
    assert_eq!(voisnap("--stale 600"), counts([("400", 10)]));
    let expected = [
        ("accepted", 2510),
        ("duplicate", 30),
        ("invalid_signature", 20),
        ("timestamp_outside_tolerance", 10),
    ];
    assert_eq!(receiver.outcomes("voisnap"), counts(expected));

    let expected = [("samva", 2500), ("svara", 2500), ("voisnap", 2510), ("voxpria", 2500)];
    assert_eq!(receiver.handled(), counts(expected));
}

#[test]
fn the_axum_receiver_counts_what_the_summary_says() {
    drive("axum-receiver");
}

#[test]
fn the_actix_receiver_counts_what_the_summary_says() {
    drive("actix-receiver");
}
