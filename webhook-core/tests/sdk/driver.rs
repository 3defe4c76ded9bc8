//! A process that holds the SDKs of one language.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::request::Request;

pub(crate) struct Driver {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    sdks: BTreeMap<String, Value>,
}

impl Driver {
    /// `node` with the packages in `directory`. `None` if there is no such program.
    pub(crate) fn node(directory: &Path) -> Option<Self> {
        let mut node = Command::new("node");
        node.args(["--input-type=module", "--eval", include_str!("driver.mjs")]);
        Self::start(node.current_dir(directory))
    }

    /// The Python of the virtual environment in `directory`.
    pub(crate) fn python(directory: &Path) -> Option<Self> {
        let mut python = Command::new(directory.join("venv/bin/python"));
        Self::start(python.args(["-c", include_str!("driver.py")]))
    }

    fn start(command: &mut Command) -> Option<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut driver = Self { process, input, output, sdks: BTreeMap::new() };
        driver.sdks = serde_json::from_value(driver.read()).unwrap();
        Some(driver)
    }

    /// The version of an SDK, or why it is missing.
    pub(crate) fn version(&self, sdk: &str) -> Result<String, String> {
        let known = self.sdks.get(sdk).ok_or("the driver does not know it")?;
        let text = |name: &str| known[name].as_str().map(str::to_owned);
        text("version").ok_or_else(|| text("missing").unwrap_or_default())
    }

    /// Whether the SDK accepts the request, with its error's text if not.
    pub(crate) fn verify(&mut self, sdk: &str, request: &Request) -> Result<(), String> {
        let answer = self.ask(sdk, false, request);
        match answer["accepted"].as_bool() {
            Some(true) => Ok(()),
            _ => Err(answer["error"].as_str().unwrap_or("false").to_owned()),
        }
    }

    /// The request with the signature of the SDK, if it signs.
    pub(crate) fn sign(&mut self, sdk: &str, request: &Request) -> Option<Request> {
        let answer = self.ask(sdk, true, request);
        let mut signed = request.clone();
        for (name, value) in answer["headers"].as_object()? {
            let header = signed.headers.iter_mut().find(|(each, _)| each == name);
            value.as_str().unwrap().clone_into(&mut header.unwrap().1);
        }
        Some(signed)
    }

    fn ask(&mut self, sdk: &str, sign: bool, request: &Request) -> Value {
        let headers: BTreeMap<_, _> = request.headers.iter().cloned().collect();
        let question = json!({
            "sdk": sdk,
            "sign": sign,
            "secret": request.secret.text,
            "now": request.now.as_millis(),
            "id": request.id,
            "method": request.method,
            "url": request.url(),
            "headers": headers,
            "body": STANDARD.encode(&request.body),
        });
        writeln!(self.input, "{question}").unwrap();
        self.read()
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
