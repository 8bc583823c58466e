//! The folder that a lock file lies in: the few operations that the protocol rests on.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ambit_plugin_files::at;

/// Files by name. Each operation but [`create`](Self::create) is atomic.
pub(crate) trait Folder {
    /// What stands in a file; the beginning of it, if it is long.
    fn read(&self, name: &str) -> io::Result<Found>;
    /// Makes a file that was not there, and then writes into it.
    fn create(&self, name: &str, text: &str) -> io::Result<()>;
    /// Gives a file a second name, which nothing has yet.
    fn link(&self, name: &str, second: &str) -> io::Result<()>;
    /// Gives a file another name, and takes that from whatever has it.
    fn rename(&self, name: &str, other: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// What bears a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Text(String),
    /// A directory, a link, or a file that is no text.
    Other,
}

/// A real one.
#[derive(Clone, Debug)]
pub(crate) struct Disk(pub(crate) PathBuf);

/// Longer than any lock file.
const LONG: u64 = 4096;

impl Disk {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Folder for Disk {
    fn read(&self, name: &str) -> io::Result<Found> {
        let path = self.path(name);
        match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
            other => other.map_err(at("read", &path)),
        }
    }

    fn create(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path(name);
        let mut file = File::create_new(&path).map_err(at("create", &path))?;
        // Flushed, so that a machine that loses power does not leave a lock in which nothing stands, which never gets stale.
        let written = match text {
            "" => Ok(()),
            text => file.write_all(text.as_bytes()).and_then(|()| file.sync_all()),
        };
        written.map_err(|error| {
            let _ = fs::remove_file(&path);
            at("write", &path)(error)
        })
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        let second = self.path(second);
        fs::hard_link(self.path(name), &second).map_err(at("create", &second))
    }

    fn rename(&self, name: &str, other: &str) -> io::Result<()> {
        let other = self.path(other);
        fs::rename(self.path(name), &other).map_err(at("replace", &other))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        fs::remove_file(&path).map_err(at("remove", &path))
    }
}

fn read(path: &Path) -> io::Result<Found> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(Found::Other);
    }
    let mut text = String::new();
    match File::open(path)?.take(LONG).read_to_string(&mut text) {
        Ok(_) => Ok(Found::Text(text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Found::Other),
        Err(error) => Err(error),
    }
}
