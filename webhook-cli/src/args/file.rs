use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// The largest input that is read: no provider sends as much.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a file, or standard input for `-`.
pub(crate) fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        if path == Path::new("-") {
            bounded(io::stdin().lock())
        } else {
            bounded(File::open(path)?)
        }
    };
    let bytes = read().map_err(|error| Failure::set_up(format!("{}: {error}", path.display())))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::set_up(format!("{}: larger than 64 MiB", path.display())));
    }
    Ok(bytes)
}

fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
