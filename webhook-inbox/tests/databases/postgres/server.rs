//! A PostgreSQL of the test's own.

use std::env;
use std::fs;
#[cfg(feature = "tls")]
use std::fs::{OpenOptions, Permissions};
#[cfg(feature = "tls")]
use std::io::Write as _;
use std::net::TcpListener;
#[cfg(feature = "tls")]
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, Decode, PgConnection, Postgres as Db, Row, Type};
use tempfile::TempDir;
use tokio::runtime;

use crate::scenarios::Database;

pub(crate) struct Server {
    programs: PathBuf,
    directory: TempDir,
    pub(crate) port: u16,
    databases: AtomicUsize,
}

impl Server {
    /// Starts one, or says that there is none.
    pub(crate) fn start() -> Option<Self> {
        let server = Self::new()?;
        server.up();
        Some(server)
    }

    /// One that does not run yet.
    pub(crate) fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "postgres is not installed");
            eprintln!("skipped: postgres is not installed");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("inbox-pg").tempdir().unwrap();
        give(directory.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { programs, directory, port, databases: AtomicUsize::new(0) };
        let data = server.data();
        // Small segments: a test limits the size of files.
        let options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "-N", "--wal-segsize=1"];
        server.run(None, "initdb", &[&["-D", &data], &options[..]].concat());
        Some(server)
    }

    /// Before it runs: it speaks TLS with this certificate and nothing else.
    #[cfg(feature = "tls")]
    pub(crate) fn demand_tls(&self, certificate: &str, key: &str) {
        let data = Path::new(&self.data()).to_owned();
        for (name, text) in [
            ("server.crt", certificate),
            ("server.key", key),
            ("pg_hba.conf", "hostssl all all 127.0.0.1/32 trust\n"),
        ] {
            fs::write(data.join(name), text).unwrap();
            give(&data.join(name));
        }
        fs::set_permissions(data.join("server.key"), Permissions::from_mode(0o600)).unwrap();
        let mut settings =
            OpenOptions::new().append(true).open(data.join("postgresql.conf")).unwrap();
        settings.write_all(b"ssl = on\n").unwrap();
    }

    /// The URL by way of something that listens on another port.
    pub(crate) fn url_at(port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    /// The URL of a new, empty database.
    pub(crate) async fn empty(&self) -> String {
        let name = format!("empty_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    pub(crate) fn up(&self) {
        self.up_with_files_of(None);
    }

    /// With a limit for the size of a file, in KiB: what is to be written beyond it fails as on a full disk.
    pub(crate) fn up_with_files_of(&self, kib: Option<u32>) {
        let directory = self.directory.path().display();
        let options = format!("-p {} -h 127.0.0.1 -k {directory} -F", self.port);
        let log = format!("{directory}/log");
        self.run(kib, "pg_ctl", &["start", "-w", "-D", &self.data(), "-o", &options, "-l", &log]);
    }

    pub(crate) fn down(&self) {
        self.run(None, "pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &self.data()]);
    }

    /// As after a crash: nobody is waited for, and the log is replayed.
    pub(crate) fn restart(&self) {
        self.down();
        self.up();
    }

    /// The first column of what the query returns.
    pub(crate) fn all<T>(&self, query: &str) -> Vec<T>
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

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn run(&self, limit: Option<u32>, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program).display().to_string();
        let limit = limit.map_or_else(String::new, |kib| format!("ulimit -f {kib}; "));
        let script = format!("{limit}exec \"$@\"");
        let bash = ["bash", "-c", &script, "bash", &program];
        let before: &[&str] = if is_root() { &["runuser", "-u", "postgres", "--"] } else { &[] };
        let command = [before, &bash[..], arguments].concat();
        // It leaves the server behind, which must not hold on to the test's pipes.
        let status = Command::new(command[0])
            .args(&command[1..])
            .current_dir("/")
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{command:?}");
    }
}

impl Database for Server {
    fn url(&self) -> String {
        Self::url_at(self.port)
    }

    fn count(&self, what: &str) -> i64 {
        self.all(&format!("select count(*) from {what}")).pop().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if fs::exists(self.directory.path().join("data/postmaster.pid")).unwrap() {
            self.down();
        }
    }
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    places.push("/usr/local/bin".into());
    places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let has = |place: &Path, program| place.join(program).exists();
    places.into_iter().find(|place| has(place, "initdb") && has(place, "pg_ctl"))
}

/// PostgreSQL refuses to run as root: root gives it what it needs.
fn give(path: &Path) {
    if is_root() {
        let id = |flag: &str| output("id", &[flag, "postgres"]).trim().parse().unwrap();
        chown(path, Some(id("-u")), Some(id("-g"))).unwrap();
    }
}

fn is_root() -> bool {
    output("id", &["-u"]).trim() == "0"
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}
