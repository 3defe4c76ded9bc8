use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// `example-tour --serve`, which ends with this.
pub struct Serving {
    pub child: Child,
    /// All that it printed.
    pub text: String,
}

impl Serving {
    /// Waits until it has told how to send to it.
    pub fn start(env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_example-tour"));
        for provider in ["SVARA", "SAMVA", "VOISNAP", "VOXPRIA"] {
            command.env_remove(format!("{provider}_WEBHOOK_SECRET"));
        }
        command.arg("--serve").envs(env.iter().copied()).stdout(Stdio::piped());
        let mut serving = Self { child: command.spawn().unwrap(), text: String::new() };
        let mut stdout = BufReader::new(serving.child.stdout.as_mut().unwrap());
        while !serving.text.ends_with("\nCtrl-C ends this.\n") {
            let read = stdout.read_line(&mut serving.text).unwrap();
            assert_ne!(read, 0, "ended early, having printed:\n{}", serving.text);
        }
        serving
    }

    /// Where the receivers listen, such as `http://127.0.0.1:40001`.
    pub fn receivers(&self) -> Vec<&str> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("listening on "));
        lines.map(|line| line.split(' ').next().unwrap()).collect()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a program that the test needs is missing. On CI, none may be.
pub fn is_missing(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let missing = found.is_err();
    if missing {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{program} is not installed");
        println!("skipped: {program} is not installed");
    }
    missing
}
