use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::PATIENCE;
use crate::scenarios::Database;

/// A file of the test's own.
pub(super) struct File {
    dir: TempDir,
    runtime: Runtime,
}

/// A writer that keeps all others waiting until it is dropped.
pub(super) struct Lock<'a> {
    file: &'a File,
    connection: Option<SqliteConnection>,
}

impl File {
    pub(super) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { dir: TempDir::new().unwrap(), runtime }
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.dir.path().join("inbox.db"))
            .busy_timeout(PATIENCE)
            .connect()
            .await
            .unwrap()
    }

    pub(super) fn lock(&self) -> Lock<'_> {
        let connection = self.runtime.block_on(async {
            let mut connection = self.connect().await;
            sqlx::raw_sql("begin immediate").execute(&mut connection).await.unwrap();
            connection
        });
        Lock { file: self, connection: Some(connection) }
    }
}

impl Database for File {
    fn url(&self) -> String {
        format!("sqlite:{}", self.dir.path().join("inbox.db").display())
    }

    fn count(&self, what: &str) -> i64 {
        self.runtime.block_on(async {
            let mut connection = self.connect().await;
            let query = AssertSqlSafe(format!("select count(*) from {what}"));
            sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
        })
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.file.runtime.block_on(connection.close()).unwrap();
        }
    }
}
