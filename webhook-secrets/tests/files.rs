//! Secrets in files that change.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::accepts;
use futures_executor::block_on;
use tempfile::TempDir;
use webhook_core::providers::{self, Credentials, svara};
use webhook_core::{SecretError, SecretErrorKind, Verify};
use webhook_secrets::ReloadErrorKind as Kind;
use webhook_secrets::{Reload, ReloadError, ReloadErrorKind, Rotating};

/// Part of every secret that is refused here. No error may contain it.
const MARK: &str = "jxqzwvky";

type Secret = Rotating<Box<dyn Verify>>;

fn svara(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
    providers::find("svara").unwrap().verifier(credentials)
}

struct Fixture {
    path: PathBuf,
    _directory: TempDir,
}

impl Fixture {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let fixture = Self { path: directory.path().join("secret"), _directory: directory };
        fixture.write(text);
        fixture
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        fs::write(&self.path, text).unwrap();
    }

    fn open(&self) -> (Secret, Reload) {
        Rotating::from_file(&self.path, svara).unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, expected: ReloadErrorKind) {
        let error = Rotating::from_file(&self.path, svara).unwrap_err();
        assert_hidden(&error, &self.path);
        assert_eq!(error.kind(), expected);
    }
}

#[track_caller]
fn assert_hidden(error: &ReloadError, path: &Path) {
    assert_eq!(error.path(), path);
    let texts = [error.to_string(), format!("{error:?}"), format!("{:?}", error.source())];
    assert!(texts[0].starts_with(&format!("{} ", path.display())), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains(MARK)), "{texts:?}");
}

#[track_caller]
fn failed(reload: &Reload) -> ReloadErrorKind {
    let error = block_on(reload.now()).unwrap_err();
    assert_hidden(&error, error.path());
    error.kind()
}

#[track_caller]
fn changed(reload: &Reload) -> bool {
    block_on(reload.now()).unwrap()
}

#[test]
fn the_current_secret_and_previous_ones_are_used() {
    let (secret, reload) = Fixture::new("a\nb\r\n\n c".replace(' ', "")).open();
    assert!(["a", "b", "c"].iter().all(|text| accepts(&secret, text)));
    assert!(!accepts(&secret, "d"));
    let shown = format!("{secret:?} {reload:?}");
    assert!(shown.starts_with("Rotating(svara) Reload { path: ") && shown.contains("svara"));
}

#[test]
fn a_file_that_cannot_be_used_fails_at_the_start() {
    use SecretErrorKind::{Padded, Repeated, TooMany};

    let fixture = Fixture::new("");
    fixture.assert_refused(Kind::Empty);
    fixture.write("\n\n");
    fixture.assert_refused(Kind::Empty);
    fixture.write(format!("{MARK}\n{MARK}\n"));
    fixture.assert_refused(Kind::Secret(Repeated));
    fixture.write(format!("{MARK} \n"));
    fixture.assert_refused(Kind::Secret(Padded));
    fixture.write(format!("{MARK}\nb\nc\nd\ne\n"));
    fixture.assert_refused(Kind::Secret(TooMany));
    fixture.write(format!("-----BEGIN PUBLIC KEY-----\n{MARK}\n"));
    fixture.assert_refused(Kind::UnfinishedPem);
    fixture.write([MARK.as_bytes(), b"\xff"].concat());
    fixture.assert_refused(Kind::NotText);
    fixture.write("x".repeat(64 * 1024 + 1));
    fixture.assert_refused(Kind::TooLarge);
    fixture.write("x".repeat(64 * 1024));
    assert!(Rotating::from_file(&fixture.path, svara).is_ok());
    fs::remove_file(&fixture.path).unwrap();
    fixture.assert_refused(Kind::Unreadable);
    fs::create_dir(&fixture.path).unwrap();
    fixture.assert_refused(Kind::Unreadable);
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let fixture = Fixture::new("new\nold \n");
    let error = Rotating::from_file(&fixture.path, svara).unwrap_err();
    let expected = "cannot be used: the secret in line 2 begins or ends with white space";
    assert_eq!(error.to_string(), format!("{} {expected}", fixture.path.display()));

    let error = Rotating::from_file("no/such/file", svara).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("/no/such/file cannot be read: No such file"), "{text}");
}

#[test]
fn a_changed_file_is_used_after_the_reload() {
    let fixture = Fixture::new("old");
    let (secret, reload) = fixture.open();
    fixture.write("new\nold");
    assert!(accepts(&secret, "old") && !accepts(&secret, "new"));
    assert!(changed(&reload));
    assert!(accepts(&secret, "old") && accepts(&secret, "new"));
    fixture.write("new\n");
    assert!(changed(&reload));
    assert!(!accepts(&secret, "old") && accepts(&secret, "new"));
}

#[test]
fn the_same_content_is_not_a_reload() {
    let fixture = Fixture::new("secret");
    let made = Arc::new(AtomicUsize::new(0));
    let counter = made.clone();
    let (secret, reload) = Rotating::from_file(&fixture.path, move |credentials| {
        counter.fetch_add(1, Ordering::Relaxed);
        svara::Secret::read(credentials.current())
    })
    .unwrap();
    for _ in 0..3 {
        // A new file with the same content.
        fs::remove_file(&fixture.path).unwrap();
        fixture.write("secret");
        assert!(!changed(&reload));
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
    assert!(accepts(&secret, "secret"));
}

#[test]
fn a_file_that_cannot_be_used_keeps_the_secret() {
    let fixture = Fixture::new("secret");
    let (secret, reload) = fixture.open();
    fs::remove_file(&fixture.path).unwrap();
    assert_eq!(failed(&reload), Kind::Unreadable);
    for (text, expected) in [
        (String::new(), Kind::Empty),
        (format!("\"{MARK}\""), Kind::Secret(SecretErrorKind::Quoted)),
        (format!("-----BEGIN PUBLIC KEY-----\n{MARK}"), Kind::UnfinishedPem),
        ("x".repeat(100_000), Kind::TooLarge),
    ] {
        fixture.write(text);
        assert_eq!(failed(&reload), expected);
        assert_eq!(failed(&reload), expected, "it is tried again");
        assert!(accepts(&secret, "secret"));
    }
    fixture.write("secret");
    assert!(!changed(&reload));
    fixture.write("new");
    assert!(changed(&reload));
    assert!(accepts(&secret, "new") && !accepts(&secret, "secret"));
}

#[test]
fn another_provider_keeps_the_secret() {
    let fixture = Fixture::new("svara");
    let by_content = |credentials: &Credentials| {
        let name = credentials.current().as_str();
        providers::find(name).unwrap().verifier(credentials)
    };
    let (secret, reload) = Rotating::from_file(&fixture.path, by_content).unwrap();
    fixture.write("github");
    assert_eq!(failed(&reload), Kind::OtherProvider);
    // It unwraps.
    fixture.write(MARK);
    assert_eq!(failed(&reload), Kind::Panicked);
    assert!(accepts(&secret, "svara"));
    fixture.write("svara\nold");
    assert!(changed(&reload));
    assert!(accepts(&secret, "old"));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_secret_that_kubernetes_replaces_is_read_again() {
    use std::os::unix::fs::symlink;

    let volume = tempfile::tempdir().unwrap();
    let at = |name: &str| volume.path().join(name);
    let publish = |version: &str, text: &str| {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("voisnap"), text).unwrap();
        symlink(version, at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..2026_11_25_10_00_00.1", "old\n");
    symlink("..data/voisnap", at("voisnap")).unwrap();

    let (secret, reload) = Rotating::from_file(at("voisnap"), svara).unwrap();
    let watching = tokio::spawn(reload.watch(Duration::from_secs(10)));
    publish("..2026_11_25_11_00_00.2", "new\nold\n");
    fs::remove_dir_all(at("..2026_11_25_10_00_00.1")).unwrap();
    assert!(!accepts(&secret, "new"));
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert!(accepts(&secret, "new") && accepts(&secret, "old"));

    publish("..2026_11_25_12_00_00.3", "new\n");
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert!(accepts(&secret, "new") && !accepts(&secret, "old"));
    watching.abort();
}

#[tokio::test(start_paused = true)]
async fn a_watched_file_is_tried_at_each_interval() {
    let fixture = Fixture::new("old");
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let (noted, start) = (attempts.clone(), tokio::time::Instant::now());
    let (secret, reload) = Rotating::from_file(&fixture.path, move |credentials| {
        noted.lock().unwrap().push(credentials.current().as_str().len());
        svara(credentials)
    })
    .unwrap();
    tokio::spawn(reload.watch(Duration::ZERO));
    fixture.write("x");
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(accepts(&secret, "x"), "after 100 ms, the shortest interval");
    // A repeated secret is refused by the provider.
    fixture.write("xx\nxx");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let attempts = attempts.lock().unwrap().clone();
    assert!(attempts.starts_with(&[3, 1, 2, 2]), "{attempts:?} in {:?}", start.elapsed());
    assert!(attempts.len() <= 8, "{attempts:?}");
}

#[tokio::test]
async fn a_reload_can_be_asked_for_in_a_runtime() {
    let fixture = Fixture::new("old");
    let (secret, reload) = fixture.open();
    fixture.write("new");
    let (one, other) = tokio::join!(reload.now(), reload.now());
    assert_ne!(one.unwrap(), other.unwrap(), "one of them changed it");
    assert!(accepts(&secret, "new"));
}

#[test]
fn a_pipe_and_a_file_of_zeros_are_refused() {
    let fixture = Fixture::new("secret");
    let (_, reload) = fixture.open();
    fixture.write([0; 32]);
    assert_eq!(failed(&reload), Kind::Secret(SecretErrorKind::ControlCharacter));
    fs::remove_file(&fixture.path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&fixture.path).status().unwrap();
    assert!(made.success());
    // Reading it would wait for ever.
    assert_eq!(failed(&reload), Kind::Unreadable);
}
