//! A receiver and a worker as processes of their own, which can be killed. They are this test's program, told by a variable
//! which of the two to be.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, BufReader as AsyncBufReader};
use webhook_core::providers::voisnap;
use webhook_core::{Bytes, Delivery, Head, Json, UnixTime, Verify};
use webhook_inbox::store::Accepted;
use webhook_inbox::{Inbox, Postgres, RequestHead, Sqlite, Work};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const PART: &str = "INBOX_PART";

/// A part that runs. Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Program {
    /// Stores a delivery for each line that it reads, and says what became of it.
    pub(crate) fn receiver(url: &str) -> Self {
        Self::start("receiver", url, &[])
    }

    /// Says what it begins and what it has done. It is taken for dead soon.
    pub(crate) fn worker(url: &str, variables: &[(&str, &str)]) -> Self {
        Self::start("worker", url, variables)
    }

    /// A receiver that can write no file beyond so many KiB: what is to be written there fails as on a full disk.
    pub(crate) fn receiver_with_files_of(url: &str, kib: u32) -> Self {
        let mut command = Command::new("sh");
        // Otherwise the signal would end it.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
        command.args(["-c", &script]).arg(env::current_exe().unwrap());
        Self::spawn(command, "receiver", url, &[])
    }

    fn start(part: &str, url: &str, variables: &[(&str, &str)]) -> Self {
        Self::spawn(Command::new(env::current_exe().unwrap()), part, url, variables)
    }

    fn spawn(mut command: Command, part: &str, url: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = command
            .args(["--exact", "program::the_program", "--ignored", "--nocapture", "-q"])
            .env(PART, part)
            .env("DATABASE_URL", url)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // The test may have ended.
                _ = sender.send(line);
            }
        });
        let program = Self { child, stdin, lines };
        program.wait_for("ready");
        program
    }

    /// Delivers, without waiting for the answer.
    pub(crate) fn send(&mut self, id: &str) {
        writeln!(self.stdin, "{id}").unwrap();
    }

    /// Delivers until it is stored, and returns the answer: `new` or `duplicate`. How often it takes is up to the machine.
    pub(crate) fn store(&mut self, id: &str) -> String {
        loop {
            let answer = self.deliver(id);
            if answer != "unavailable" {
                return answer;
            }
        }
    }

    /// Delivers, and returns the answer: `new`, `duplicate` or `unavailable`.
    pub(crate) fn deliver(&mut self, id: &str) -> String {
        self.send(id);
        let answer = self.wait_for(&format!("{id}: "));
        answer.split_once(": ").unwrap().1.to_owned()
    }

    /// The next line that begins like this.
    #[track_caller]
    pub(crate) fn wait_for(&self, beginning: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it did not say {beginning:?}"));
            if line.starts_with(beginning) {
                return line;
            }
        }
    }

    /// All lines that it has said, once it was killed or has died.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }

    /// As `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
#[ignore = "a program that other tests start"]
fn the_program() {
    let Ok(part) = env::var(PART) else { return };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let url = env::var("DATABASE_URL").unwrap();
        let inbox = match url.strip_prefix("sqlite:") {
            Some(file) => Inbox::open(Sqlite::file(file).unwrap()).await.unwrap(),
            None => Inbox::open(Postgres::connect(&url).unwrap()).await.unwrap(),
        };
        match &*part {
            "receiver" => receive(inbox).await,
            _ => work(inbox).await,
        }
    });
}

/// A line, even while other threads write.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Whoever listens may have gone.
    _ = writeln!(stdout, "{line}");
    _ = stdout.flush();
}

async fn receive(inbox: Inbox) {
    let endpoint = inbox.endpoint("voisnap", voisnap::Secret::new("secret").unwrap());
    // `a/1` is of the order `a`.
    let endpoint =
        endpoint.order_by(|Json(id): &Json<String>| Some(id.split_once('/')?.0.to_owned()));
    say("ready");
    let mut lines = AsyncBufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(id)) = lines.next_line().await {
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let answer = match endpoint.store(&delivery(&id), RequestHead::default()).await {
                Ok(Accepted::New(_)) => "new",
                Ok(Accepted::Duplicate(_)) => "duplicate",
                Err(_) => "unavailable",
            };
            say(&format!("{id}: {answer}"));
        });
    }
}

/// A delivery, signed now.
fn delivery(id: &str) -> Delivery {
    let secret = voisnap::Secret::new("secret").unwrap();
    let now: UnixTime = SystemTime::now().into();
    let body: Bytes = format!("\"{id}\"{:1400}", "").into();
    let headers = secret.sign(&body, now, Some(id)).unwrap();
    secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap()
}

async fn work(inbox: Inbox) {
    let millis = |name: &str| {
        Duration::from_millis(env::var(name).map_or(0, |millis| millis.parse().unwrap()))
    };
    let (takes, deadly) = (millis("WORK_TAKES"), env::var("DEADLY").ok());
    say("ready");
    let worker = inbox.worker().lease(Duration::from_millis(1200)).concurrency(4).attempts(3);
    let worker = worker.poll_interval(Duration::from_millis(20)).on_any(
        "voisnap",
        move |event, work: Work| {
            let id = String::from_utf8_lossy(event.body()).trim().trim_matches('"').to_owned();
            let is_deadly = deadly.as_ref() == Some(&id);
            async move {
                say(&format!("began {id}"));
                if is_deadly {
                    std::process::abort();
                }
                tokio::time::sleep(takes).await;
                say(&format!("did {id}"));
                work.done()
            }
        },
    );
    worker.run().await;
}
