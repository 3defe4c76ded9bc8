use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A new file for a secret, which only its owner can read. Removed unless the secret was written.
pub(super) struct NewSecret {
    file: File,
    path: PathBuf,
    is_written: bool,
}

impl NewSecret {
    pub(super) fn create(path: &PathBuf) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { file, path: path.clone(), is_written: false })
    }

    /// Returns the name of the file.
    pub(super) fn write(mut self, secret: &str) -> Result<String, Failure> {
        let written = self.file.write_all(secret.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| unwritable(&self.path, &error))?;
        self.is_written = true;
        Ok(self.path.display().to_string())
    }
}

impl Drop for NewSecret {
    fn drop(&mut self) {
        if !self.is_written {
            _ = fs::remove_file(&self.path);
        }
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::set_up(format!("{}: {error}", path.display()))
}
