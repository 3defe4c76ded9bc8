//! Runs the program.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, thread};

use serde_json::Value;
use tempfile::TempDir;

/// The program itself.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_webhook");

/// The secret of most tests. It must never be printed.
pub(crate) const SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==";

/// What the program did.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The lines of standard output, each a JSON object.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).expect(line))
            .inspect(|v: &Value| assert!(v.is_object()))
            .collect()
    }

    /// The only line of standard output.
    #[track_caller]
    pub(crate) fn one(&self) -> Value {
        let [one] =
            <[Value; 1]>::try_from(self.json()).unwrap_or_else(|_| panic!("{}", self.stdout));
        one
    }

    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn shows_no(&self, secret: &str) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// The program with these arguments, and without the environment of the tests.
pub(crate) fn command(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("SECRET", SECRET).args(args).stdin(Stdio::null());
    command
}

/// Runs a line of arguments that are separated by spaces.
#[track_caller]
pub(crate) fn run(line: &str) -> Ran {
    finish(command(line.split_ascii_whitespace()))
}

#[track_caller]
pub(crate) fn run_args<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    finish(command(args))
}

/// Runs it with this on standard input.
#[track_caller]
pub(crate) fn run_with(line: &str, input: &[u8]) -> Ran {
    let mut command = command(line.split_ascii_whitespace());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        ran(&child.wait_with_output().unwrap())
    })
}

#[track_caller]
pub(crate) fn finish(mut command: Command) -> Ran {
    ran(&command.output().unwrap())
}

/// Signs a body with the secret, and returns the options with its headers for `verify` and `explain`.
#[track_caller]
pub(crate) fn signed(provider: &str, body: &[u8], more: &str) -> String {
    let line = format!("sign {provider} --secret-env SECRET --body - --json {more}");
    let headers = run_with(&line, body).expect(0).one()["headers"].clone();
    let headers = headers.as_object().unwrap().iter();
    let options: Vec<_> =
        headers.map(|(name, value)| format!(" -H {name}:{}", value.as_str().unwrap())).collect();
    options.concat()
}

fn ran(output: &std::process::Output) -> Ran {
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

/// A folder for the files of one test.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and returns its name, which has no spaces.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn name(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }
}

/// The program of an example, which is built if need be. Without the folder of the examples there is `None`, and a line
/// that says so; with `CI=true` that is a failure.
pub(crate) fn example(name: &str) -> Option<PathBuf> {
    let program = Path::new(PROGRAM).with_file_name(format!("example-{name}"));
    let manifest = format!("{}/../examples/{name}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    if !program.exists() && Path::new(&manifest).exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--manifest-path", &manifest]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        // Of `target/debug/example-axum-receiver`.
        let target = program.ancestors().nth(2).unwrap();
        assert!(build.arg("--target-dir").arg(target).status().unwrap().success());
    }
    if !program.exists() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "example-{name} is not built");
        println!("skipped: example-{name} is not built");
        return None;
    }
    Some(program)
}

/// Whether a program that a test needs is installed. If not, a line says so; with `CI=true` that is a failure.
pub(crate) fn has(program: &str) -> bool {
    let has = Command::new(program).arg("--version").output().is_ok();
    if !has {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{program} is not installed");
        println!("skipped: {program} is not installed");
    }
    has
}
