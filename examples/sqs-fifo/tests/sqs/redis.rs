//! A redis-server of the test's own.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::gate::Gate;
use crate::program::PATIENCE;

/// A server in a directory of its own, which ends with the test.
///
/// It listens on a socket there: a port could be taken by others while it is down.
pub struct Redis {
    dir: PathBuf,
    child: Option<Child>,
}

impl Redis {
    /// One that is not up yet. `None`, with a line that says so, where there is no redis-server; with
    /// `CI=true` that is a failure.
    pub fn new(name: &str) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "redis-server is not installed");
            println!("skipped: redis-server is not installed");
            return None;
        }
        let dir = env::temp_dir().join(format!("sqs-fifo-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Some(Self { dir, child: None })
    }

    pub fn start(name: &str) -> Option<Self> {
        let mut redis = Self::new(name)?;
        redis.go_up();
        Some(redis)
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    pub fn gate(&self) -> Gate {
        Gate::start(self.dir.join("gate.sock"), self.socket())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        let answer = self.ask("DBSIZE");
        answer.trim_end().strip_prefix(':').expect(&answer).parse().unwrap()
    }

    pub fn go_up(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--maxmemory-policy", "noeviction"]);
        command.arg("--dir").arg(&self.dir).arg("--unixsocket").arg(self.socket());
        self.child = Some(command.stdout(Stdio::null()).spawn().unwrap());
        let start = Instant::now();
        while !self.is_up() {
            assert!(start.elapsed() < PATIENCE, "redis-server does not answer");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn go_down(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// How many claims are committed, for each name that deliveries are claimed under.
    pub fn committed(&self) -> Vec<usize> {
        // A claim is a hash, which has no field `open` once it is committed. A delivery that was committed twice has two of them.
        let script = "local n = {} \
            for _, key in ipairs(redis.call('KEYS', '*:claim:*')) do \
                local space = string.match(key, '{.*}') \
                n[space] = (n[space] or 0) + 1 - redis.call('HEXISTS', key, 'open') \
            end \
            local counts = '' \
            for _, count in pairs(n) do counts = counts .. count .. ' ' end \
            return redis.status_reply(counts)";
        let answer = self.ask(&format!("EVAL \"{script}\" 0"));
        let counts = answer.strip_prefix('+').expect(&answer);
        counts.split_whitespace().map(|count| count.parse().unwrap()).collect()
    }

    fn ask(&self, command: &str) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        write!(stream, "{command}\r\n").unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer
    }

    fn is_up(&self) -> bool {
        let ping = || {
            let mut stream = UnixStream::connect(self.socket())?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).map(|()| answer)
        };
        ping().is_ok_and(|answer| answer == *b"+PONG")
    }

    fn socket(&self) -> PathBuf {
        self.dir.join("redis.sock")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.go_down();
        _ = fs::remove_dir_all(&self.dir);
    }
}
