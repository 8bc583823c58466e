//! Whether an owner of entries lives: it holds the lock of a file of its own for as long as it does, which the system
//! releases whatever it dies of.
//!
//! Three rules keep this free of races. Who makes a lock file or opens one looks, once the lock is taken, whether the file
//! still has its name. A lock file is removed only by who holds its lock. And an owner whose lock is free is looked at, or
//! taken over, only under the database's lock for writing, so that one who only looks never seems to be an owner.
//!
//! A fourth makes a file that is not there a sign of harm: it is on the disk before the first entry of its owner is, and is
//! removed when it is on the disk that the last one is gone. So whose file is missing may live all the same.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::database::file_id;
use crate::private::{make_inside, sync_names};

/// How often a name is tried anew when somebody cleans up at the same time.
const TRIES: usize = 100;

const EXTENSION: &str = "lock";

/// Bytes of chance in a name.
const CHANCE: usize = 16;

/// The lock files of a journal.
#[derive(Debug)]
pub(super) struct Owners {
    folder: PathBuf,
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    name: String,
    path: PathBuf,
    file: File,
    /// Whether another process may stand on this lock too.
    shared: bool,
}

impl Owners {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the lock of an owner is; none for a name that we never gave.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let ours = name.len() == 2 * CHANCE && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        ours.then(|| self.folder.join(name).with_extension(EXTENSION))
    }

    /// A lock under a new name, which is to be [synced](Self::sync) yet.
    pub(super) fn begin(&self) -> io::Result<Lock> {
        for _ in 0..TRIES {
            let mut chance = [0; CHANCE];
            getrandom::fill(&mut chance)?;
            let name = chance.iter().fold(String::new(), |mut name, byte| {
                let _ = write!(name, "{byte:02x}");
                name
            });
            if let Found::Free(lock) = self.take(&name, Missing::Make)? {
                return Ok(lock);
            }
        }
        Err(io::Error::other("others remove each lock that is made"))
    }

    /// Makes sure that the names of locks outlast a loss of power.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_names(&self.folder)
    }

    /// The lock of an owner, if that is gone.
    pub(super) fn take(&self, name: &str, missing: Missing) -> io::Result<Found> {
        let Some(path) = self.path(name) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{name}` is no owner's name")));
        };
        if missing == Missing::Make {
            make_inside(&self.folder)?;
        }
        take(name, &path, missing)
    }

    /// The names of all lock files.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = PathBuf::from(entry?.file_name());
            let name = path.file_stem().and_then(|name| name.to_str());
            if let Some(name) = name
                && self.path(name).is_some()
                && path.extension().is_some_and(|extension| extension == EXTENSION)
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}

/// What was found in place of an owner's lock.
#[derive(Debug)]
pub(super) enum Found {
    /// The owner is gone; now the lock is held here.
    Free(Lock),
    /// The owner lives, or another process has taken it over.
    Held,
    /// There is no file: somebody removed it, so that nobody can tell.
    Missing,
}

/// What is to be done where there is no lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Make,
    Leave,
}

/// The lock of the file of this path, if nobody holds it.
pub(super) fn take(name: &str, path: &Path, missing: Missing) -> io::Result<Found> {
    for _ in 0..TRIES {
        let file = match open(path, missing) {
            Err(error) if missing == Missing::Leave && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Found::Missing);
            }
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Found::Held),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let lock = Lock { name: name.to_owned(), path: path.to_owned(), file, shared: false };
        if lock.is_there()? {
            return Ok(Found::Free(lock));
        }
    }
    Ok(Found::Held)
}

fn open(path: &Path, missing: Missing) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(missing == Missing::Make).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl Lock {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file still has its name: the lock of one that was removed means nothing.
    pub(super) fn is_there(&self) -> io::Result<bool> {
        let own = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(named) => Ok(file_id(&named) == file_id(&own)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Another handle of the same lock, which is held until both are closed.
    pub(super) fn share(&mut self) -> io::Result<File> {
        let file = self.file.try_clone()?;
        self.shared = true;
        Ok(file)
    }

    /// Removes the file, and then releases the lock.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // To close it is not enough: while this process starts another, that one has a handle of it for a moment.
        if !self.shared {
            let _ = self.file.unlock();
        }
    }
}
