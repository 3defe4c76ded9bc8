//! A PostgreSQL of the test's own.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, Decode, PgConnection, Postgres as Db, Row, Type};
use tempfile::TempDir;
use tokio::runtime;

use crate::program::PATIENCE;

pub struct Postgres {
    programs: PathBuf,
    directory: TempDir,
    pub port: u16,
}

impl Postgres {
    /// Starts one, or says that there is none.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            is_missing("postgres");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("inbox-pg").tempdir().unwrap();
        if is_root() {
            // It refuses to run as root.
            let id = |flag: &str| output("id", &[flag, "postgres"]).trim().parse().unwrap();
            chown(directory.path(), Some(id("-u")), Some(id("-g"))).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postgres = Self { programs, directory, port };
        let data = postgres.data();
        postgres.run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]);
        postgres.up();
        Some(postgres)
    }

    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// Its URL by way of something that listens on another port.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    pub fn up(&self) {
        let directory = self.directory.path().display();
        let options = format!("-p {} -h 127.0.0.1 -k {directory} -F", self.port);
        let log = format!("{directory}/log");
        self.run("pg_ctl", &["start", "-w", "-D", &self.data(), "-o", &options, "-l", &log]);
    }

    pub fn down(&self) {
        self.run("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &self.data()]);
    }

    /// As after a crash: nobody is waited for, and the log is replayed.
    pub fn restart(&self) {
        self.run("pg_ctl", &["restart", "-w", "-m", "immediate", "-D", &self.data()]);
    }

    /// The first column of what the query returns.
    pub fn all<T>(&self, query: &str) -> Vec<T>
    where
        T: for<'r> Decode<'r, Db> + Type<Db>,
    {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rows: Vec<PgRow> = runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.url()).await.unwrap();
            sqlx::query(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap()
        });
        rows.iter().map(|row| row.get(0)).collect()
    }

    #[track_caller]
    pub fn one<T>(&self, query: &str) -> T
    where
        T: for<'r> Decode<'r, Db> + Type<Db>,
    {
        self.all(query).pop().expect("a row")
    }

    pub fn count(&self, what: &str) -> i64 {
        self.one(&format!("select count(*) from {what}"))
    }

    /// Waits until there are this many.
    #[track_caller]
    pub fn wait_for(&self, count: i64, what: &str) {
        let began = Instant::now();
        while self.count(what) != count {
            let found = self.all::<String>(
                "select concat_ws(' ', delivery_id, state, attempts, last_error) from delivery_log() \
                 where state <> 'done'",
            );
            assert!(began.elapsed() < PATIENCE, "not {count} {what}: {found:#?}");
            sleep(Duration::from_millis(50));
        }
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program).display().to_string();
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", &program]);
            command
        } else {
            Command::new(&program)
        };
        // It leaves the server behind, which must not hold on to the test's pipes.
        let command = command.args(arguments).current_dir("/").stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{program} {arguments:?}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if fs::exists(self.directory.path().join("data/postmaster.pid")).unwrap() {
            self.down();
        }
    }
}

/// Something that a test needs is not installed: it is skipped, but not where tests decide.
pub fn is_missing(what: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{what} is not installed");
    eprintln!("skipped: {what} is not installed");
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    places.push("/usr/local/bin".into());
    places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let has = |place: &Path, program| place.join(program).exists();
    places.into_iter().find(|place| has(place, "initdb") && has(place, "pg_ctl"))
}

fn is_root() -> bool {
    output("id", &["-u"]).trim() == "0"
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}
