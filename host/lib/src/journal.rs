//! Checkpoints on disk: [`Journal`]. What a host held when it died can be recovered from them.
//!
//! The folder has a SQLite database with an *entry* for each live scope that left a checkpoint, the plugins that these
//! scopes are of, by content, and a lock file for each *owner*: an [`Opened`] in a process that made entries. An owner lives
//! for as long as it holds its lock, which the system releases whatever the process dies of; process ids are kept for people
//! only. An entry whose owner is gone is *lost*, and *unknown* if the lock file is gone. Who recovers lost entries *claims* them
//! first, by taking the locks of their owners, so that nobody else does, and that they are free again if the claimer dies too.
//! Processes that write wait for one another at a [turnstile](turnstile::Turnstile).
//!
//! The folder tells which plugin to run with which rights, so that it must be the user's own, and is granted to no plugin.

mod claim;
mod database;
mod listed;
mod own;
mod owner;
mod plugins;
mod problem;
#[cfg(test)]
mod tests;
mod turnstile;

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Transaction, params};

use self::database::{Database, Durable};
use self::owner::{Lock, Owners};
use self::plugins::Plugins;
use self::problem::Failed;
use crate::folder::{Content, Folder};
use crate::private::make_private;

pub(crate) use self::claim::Claim;
pub(crate) use self::listed::{Listed, Status};
pub(crate) use self::plugins::Code;
pub(crate) use self::problem::Problem;

/// Where the checkpoints of live scopes are kept, so that they outlast the process.
///
/// Several processes may share a journal. Its folder has what a recovery needs to know, such as the variables that were
/// granted, and is the user's alone.
#[derive(Clone, Debug)]
pub struct Journal(Folder);

const CHECKPOINTS: Content = Content {
    name: "journal's folder",
    users: || dirs::state_dir().or_else(dirs::data_local_dir).map(|folder| folder.join("ambit")),
};

impl Default for Journal {
    fn default() -> Self {
        Self::none()
    }
}

impl Journal {
    /// In `ambit`, in the user's folder for state, or for data where the system has none for state.
    #[must_use]
    pub fn user() -> Self {
        Self(Folder::User)
    }

    /// In this folder, which is made if it is not there. It should hold nothing else.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(Folder::At(folder.into()))
    }

    /// Nowhere: what a process held when it died stays. The default.
    #[must_use]
    pub fn none() -> Self {
        Self(Folder::Nowhere)
    }

    /// The folders of journals, which no plugin is granted.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.0.all(&CHECKPOINTS)
    }

    /// Opens the folder. An error says why it cannot be used, in one sentence.
    pub(crate) fn open(&self) -> Result<Option<Opened>, String> {
        self.0.open(&CHECKPOINTS, |folder| {
            // Whatever the current directory is later; and SQLite takes some relative names for something else.
            let folder = std::path::absolute(&folder)?;
            make_private(&folder)?;
            Ok(Opened::new(folder))
        })
    }
}

/// How long a change waits for others where nobody says.
const WAIT: Duration = Duration::from_secs(5);

/// How long the end of a process waits for others, to leave nothing behind: what it leaves is removed later.
const LEAVE: Duration = Duration::from_secs(1);

/// A journal whose folder is there, and an owner of entries once it makes one. Until then it writes nothing.
///
/// Dropped with entries left, it leaves them: they are lost then.
#[derive(Debug)]
pub(crate) struct Opened {
    database: Database,
    owners: Owners,
    plugins: Plugins,
    /// The lock of this owner, once there is one.
    own: Mutex<Option<Lock>>,
    /// The name of an owner that is gone from the beginning: its entries are what this one gave up.
    nobody: Mutex<Option<String>>,
}

/// The number of an entry, which no other entry of the journal ever has. A scope that was entered later has a larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) i64);

/// What is known of a scope that leaves its first checkpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// The plugin that the scope is of.
    pub(crate) plugin: &'a Code,
    pub(crate) manager: &'a str,
    /// The rights and limits under which it is to be recovered.
    pub(crate) terms: &'a str,
    /// The checkpoint.
    pub(crate) state: &'a str,
    /// Where in the host's program it was entered.
    pub(crate) entered_at: &'a str,
}

impl Opened {
    fn new(folder: PathBuf) -> Self {
        Self {
            owners: Owners::new(folder.join("owners")),
            plugins: Plugins::new(folder.join("plugins")),
            database: Database::new(folder),
            own: Mutex::default(),
            nobody: Mutex::default(),
        }
    }

    /// Keeps a scope's first checkpoint. It is on the disk, with the plugin, when this returns.
    ///
    /// `wait` bounds how long other threads and processes are waited for, not how long the disk takes.
    pub(crate) fn begin(&self, entry: &Entry<'_>, wait: Duration) -> Result<Id, Problem> {
        let mut turn = self.database.make(wait)?;
        let id = turn.write(Durable::Now, |writing| {
            // Ahead of the plugin, with which many systems then write its name along.
            self.lock(&mut self.own())?;
            self.plugins.keep(entry.plugin, writing)?;
            let owner = self.owner(writing)?;
            writing
                .prepare_cached(
                    "INSERT INTO entries (owner, digest, plugin, manager, terms, state, entered_at, entered)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    owner,
                    entry.plugin.digest(),
                    entry.plugin.name(),
                    entry.manager,
                    entry.terms,
                    entry.state,
                    entry.entered_at,
                    now(),
                ])?;
            let id = writing.last_insert_rowid();
            self.check_owner()?;
            Ok(id)
        })?;
        turn.check()?;
        Ok(Id(id))
    }

    /// Replaces the checkpoint of a scope. The new one is on the disk when this returns.
    ///
    /// `wait` is as for [`begin`](Self::begin).
    pub(crate) fn update(&self, id: Id, state: &str, wait: Duration) -> Result<(), Problem> {
        let mut turn = self.database.make(wait)?;
        turn.write(Durable::Now, |writing| {
            let changed = writing
                .prepare_cached("UPDATE entries SET state = ?2 WHERE id = ?1")?
                .execute(params![id.0, state])?;
            self.changed(id, changed)?;
            Ok(self.check_owner()?)
        })?;
        turn.check()
    }

    /// Forgets a scope that exited. This is no sync: after a loss of power the entry may be back, and its recovery then finds
    /// nothing to do.
    pub(crate) fn end(&self, id: Id) -> Result<(), Problem> {
        let Some(mut turn) = self.database.find(WAIT)? else { return Ok(()) };
        turn.write(Durable::Later, |writing| delete(writing, id))
    }

    /// Abandons a scope that was lost while this owner lives: its exit was, and its recovery failed with this error. From now
    /// on anybody can claim it.
    pub(crate) fn abandon(&self, id: Id, error: &str) -> Result<(), Problem> {
        let mut turn = self.database.make(WAIT)?;
        turn.write(Durable::Later, |writing| {
            let nobody = self.nobody(writing)?;
            let changed = writing
                .prepare_cached("UPDATE entries SET owner = ?2 WHERE id = ?1")?
                .execute(params![id.0, nobody])?;
            self.changed(id, changed)?;
            attempted(writing, id, error)
        })
    }

    fn changed(&self, id: Id, changed: usize) -> Result<(), Failed> {
        if changed > 0 {
            return Ok(());
        }
        let file = self.database.file().display();
        let problem = Problem::new(format!("the journal `{file}` has no scope {id} any more"));
        Err(problem
            .with_help(
                "somebody else recovered or forgot it; do not remove files of a journal that is in use",
            )
            .into())
    }
}

fn delete(writing: &Transaction<'_>, id: Id) -> Result<(), Failed> {
    writing.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}

/// Counts a recovery that failed.
fn attempted(writing: &Transaction<'_>, id: Id, error: &str) -> Result<(), Failed> {
    writing
        .prepare_cached(
            "UPDATE entries SET attempts = attempts + 1, error = ?2, attempted = ?3 WHERE id = ?1",
        )?
        .execute(params![id.0, error, now()])?;
    Ok(())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The time that [`now`] gave.
fn time(millis: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
