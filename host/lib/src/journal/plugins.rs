//! The plugins that entries need for their recovery, by content: [`Plugins`].

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rusqlite::Transaction;

use super::database::UNFINISHED;
use super::problem::{Failed, Problem};
use crate::binary::{Binary, digest};
use crate::private::{make_inside, sync_names};

const EXTENSION: &str = "wasm";

/// From how many bytes on a plugin is spared, and how many of those: to write one to the disk may take longer than all else that
/// entering a scope does.
const LARGE: u64 = 1 << 20;
const SPARE: usize = 4;

/// A plugin as it was loaded. One that changes on the disk is still recovered by the version that entered.
pub(crate) struct Code {
    name: String,
    binary: Arc<Binary>,
    digest: String,
}

impl Code {
    /// `name` is how people call it.
    pub(crate) fn new(name: impl Into<String>, binary: Arc<Binary>) -> Self {
        let digest = binary.digest().to_hex().to_string();
        Self { name: name.into(), binary, digest }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The BLAKE3 hash of its bytes, in hexadecimal digits.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code")
            .field("name", &self.name)
            .field("bytes", &self.binary.size())
            .finish_non_exhaustive()
    }
}

/// The plugins of a journal. Whoever writes or removes one holds the database's lock for writing.
#[derive(Debug)]
pub(super) struct Plugins {
    folder: PathBuf,
    /// Those that this process has seen to be right and durable.
    seen: Mutex<HashSet<String>>,
}

impl Plugins {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, seen: Mutex::default() }
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(digest).with_extension(EXTENSION)
    }

    /// Makes sure that a plugin is on the disk, before an entry names it.
    pub(super) fn keep(&self, code: &Code, _writing: &Transaction<'_>) -> Result<(), Problem> {
        let path = self.path(code.digest());
        let kept = || {
            if self.seen().contains(code.digest()) && path.try_exists()? {
                return Ok(());
            }
            make_inside(&self.folder)?;
            // One that is not right is of a damaged disk, or of somebody who meant harm.
            let found = File::open(&path).and_then(|mut file| {
                // One that is used is not the oldest. If its time cannot be set, it may go, and is written again.
                drop(file.set_modified(SystemTime::now()));
                digest(&mut file)
            });
            if !found.is_ok_and(|(digest, _)| digest == code.binary.digest()) {
                self.write(&path, &code.binary.bytes()?)?;
            }
            // The names are to last as well, and who made them may have died before this.
            sync_names(&self.folder)?;
            self.folder.parent().map_or(Ok(()), sync_names)
        };
        kept().map_err(|error| Problem::file(&path, error))?;
        self.seen().insert(code.digest().to_owned());
        Ok(())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    /// The plugin with this digest. What is not the very same bytes is refused.
    pub(super) fn read(&self, name: &str, wanted: &str) -> Result<Vec<u8>, Problem> {
        let whole =
            wanted.len() == 2 * blake3::OUT_LEN && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !whole {
            return Err(Problem::new(format!("the plugin `{name}` is kept under no digest: `{wanted}`")));
        }
        let path = self.path(wanted);
        let bytes = fs::read(&path).map_err(|error| {
            let message =
                format!("the plugin `{name}` that entered, `{}`, cannot be read: {error}", path.display());
            Problem::new(message).with_help(RESTORE)
        })?;
        if *blake3::hash(&bytes).to_hex() != *wanted {
            let message = format!(
                "the plugin `{name}` that entered, `{}`, was changed since, and is not run",
                path.display()
            );
            return Err(Problem::new(message).with_help(RESTORE));
        }
        Ok(bytes)
    }

    /// The files that no entry names; but a few large ones stay for the next scope, those that were used last.
    pub(super) fn surplus(&self, writing: &Transaction<'_>) -> Result<Vec<PathBuf>, Failed> {
        let mut statement = writing.prepare_cached("SELECT DISTINCT digest FROM entries")?;
        let named =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<HashSet<String>>>()?;
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| Problem::file(&self.folder, error))?,
        };
        let (mut large, mut surplus) = (Vec::new(), Vec::new());
        for entry in entries.filter_map(Result::ok) {
            let path = PathBuf::from(entry.file_name());
            let named =
                path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| named.contains(name));
            let ours = path.extension().is_some_and(|extension| extension == EXTENSION);
            let unfinished = path.to_str().is_some_and(|name| name.starts_with(UNFINISHED));
            match entry.metadata() {
                _ if unfinished => surplus.push(entry.path()),
                _ if named || !ours => {}
                Ok(file) if file.len() >= LARGE => large.push((file.modified().ok(), entry.path())),
                _ => surplus.push(entry.path()),
            }
        }
        large.sort();
        large.truncate(large.len().saturating_sub(SPARE));
        surplus.extend(large.into_iter().map(|(_, path)| path));
        Ok(surplus)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const RESTORE: &str =
    "put the very file back that was loaded, or forget the entry and release by hand what its scope held";
