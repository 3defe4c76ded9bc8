//! A real browser.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

/// Chromium's driver. With it end the browsers that it started.
pub(crate) struct Driver {
    child: Child,
    url: String,
    profiles: TempDir,
}

/// How wide the screen is.
#[derive(Clone, Copy)]
pub(crate) enum Screen {
    Desktop,
    Phone,
}

impl Screen {
    pub(crate) const fn width(self) -> u64 {
        match self {
            Self::Desktop => 1280,
            Self::Phone => 390,
        }
    }
}

impl Driver {
    /// Starts one, or says that there is none.
    pub(crate) fn start() -> Option<Self> {
        let is_there = Command::new("chromium").arg("--version").stdout(Stdio::null()).status();
        let mut command = Command::new("chromedriver");
        let started = command.arg("--port=0").process_group(0).stdout(Stdio::piped()).spawn();
        let (Ok(_), Ok(mut child)) = (is_there, started) else {
            assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "chromium is not installed");
            eprintln!("skipped: chromium with chromedriver is not installed");
            return None;
        };
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let started =
            |line: String| Some(line.split_once("started successfully on port ")?.1.to_owned());
        let port = stdout.lines().map_while(Result::ok).find_map(started).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        let profiles = tempfile::Builder::new().prefix("inbox-browser").tempdir().unwrap();
        Some(Self { child, url, profiles })
    }

    pub(crate) async fn browser(&self, screen: Screen) -> Client {
        let width = screen.width();
        let profile = self.profiles.path().join(width.to_string());
        let mut options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", format!("--window-size={width},900"),
                format!("--user-data-dir={}", profile.display()),
            ],
        });
        if matches!(screen, Screen::Phone) {
            // A window cannot be made that narrow.
            let metrics =
                json!({ "width": width, "height": 844, "pixelRatio": 2.0, "mobile": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.url)
            .await
            .unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // With its process group, in which are the browsers that a failed test left.
        _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.child.id())]).status();
        _ = self.child.wait();
    }
}
