//! This process as an owner of entries: what it is known by while it lives, and what stays of it.

use std::fs::{self, File};
use std::process;
use std::sync::{MutexGuard, PoisonError};

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::database::{Durable, sync_changes};
use super::owner::Lock;
use super::problem::{Failed, Problem};
use super::{LEAVE, Opened, now};

impl Opened {
    /// Whether it made entries, or is about to.
    pub(crate) fn is_owner(&self) -> bool {
        self.own().is_some()
    }

    /// A duplicate of the handle on which this owner's lock stands. A process that inherits it keeps the entries from being
    /// taken for lost while it lives.
    pub(crate) fn owner_handle(&self) -> Result<File, Problem> {
        let mut own = self.own();
        let lock = self.lock(&mut own)?;
        lock.share().map_err(|error| Problem::file(lock.path(), error))
    }

    /// The number of this owner in the database.
    pub(super) fn owner(&self, writing: &Transaction<'_>) -> Result<i64, Failed> {
        let mut own = self.own();
        let lock = self.lock(&mut own)?;
        match number(writing, lock.name())? {
            Some(number) => Ok(number),
            None => self.register(writing, lock.name()),
        }
    }

    /// The number of an owner of the same process whose lock nobody holds.
    pub(super) fn nobody(&self, writing: &Transaction<'_>) -> Result<i64, Failed> {
        let mut nobody = self.nobody.lock().unwrap_or_else(PoisonError::into_inner);
        // It is removed with its last entry.
        let known = nobody.as_ref().map_or(Ok(None), |name| number(writing, name))?;
        if let Some(number) = known {
            return Ok(number);
        }
        let lock = self.owners.begin().map_err(|error| Problem::file(self.owners.folder(), error))?;
        self.register(writing, nobody.insert(lock.name().to_owned()))
    }

    /// Makes an owner of this process known, whose lock is on the disk then.
    fn register(&self, writing: &Transaction<'_>, lock: &str) -> Result<i64, Failed> {
        self.owners.sync().map_err(|error| Problem::file(self.owners.folder(), error))?;
        let program = std::env::current_exe().unwrap_or_default();
        writing.execute(
            "INSERT INTO owners (lock, pid, program, started) VALUES (?1, ?2, ?3, ?4)",
            params![lock, process::id(), program.to_string_lossy(), now()],
        )?;
        Ok(writing.last_insert_rowid())
    }

    /// This owner's lock, which is made the first time.
    pub(super) fn lock<'a>(&self, own: &'a mut Option<Lock>) -> Result<&'a mut Lock, Problem> {
        let lock = match own.take() {
            Some(lock) => lock,
            None => self.owners.begin().map_err(|error| Problem::file(self.owners.folder(), error))?,
        };
        Ok(own.insert(lock))
    }

    /// Whether others can see that this owner lives.
    pub(super) fn check_owner(&self) -> Result<(), Problem> {
        let own = self.own();
        let Some(lock) = &*own else { return Ok(()) };
        match lock.is_there() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Problem::gone(lock.path())),
            Err(error) => Err(Problem::file(lock.path(), error)),
        }
    }

    pub(super) fn own(&self) -> MutexGuard<'_, Option<Lock>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an owner up whose lock is held here. If it has no entries left, nothing of it stays.
    pub(super) fn leave(&self, lock: Lock) {
        if let Err(problem) = self.try_leave(lock) {
            tracing::debug!(%problem, "the journal is cleaned up by the next that claims");
        }
    }

    fn try_leave(&self, lock: Lock) -> Result<(), Problem> {
        let Some(mut turn) = self.database.find(LEAVE)? else { return remove(lock) };
        turn.write(Durable::Later, |writing| {
            if let Some(owner) = number(writing, lock.name())? {
                let count = "SELECT count(*) FROM entries WHERE owner = ?1";
                let entries: i64 = writing.query_row(count, [owner], |row| row.get(0))?;
                if entries > 0 {
                    return Ok(());
                }
                writing.execute("DELETE FROM owners WHERE number = ?1", [owner])?;
            }
            self.remove(vec![lock], writing)
        })
    }

    /// Removes locks that are held here, and plugins that no entry names. No change to the entries may be pending in this
    /// transaction: it could still be undone.
    pub(super) fn remove(&self, locks: Vec<Lock>, writing: &Transaction<'_>) -> Result<(), Failed> {
        let plugins = self.plugins.surplus(writing)?;
        if locks.is_empty() && plugins.is_empty() {
            return Ok(());
        }
        // Lest power is lost, and an entry is back without its plugin, or its owner's lock.
        let file = self.database.file();
        sync_changes(file).map_err(|error| Problem::file(file, error))?;
        locks.into_iter().try_for_each(remove)?;
        for path in plugins {
            if let Err(error) = fs::remove_file(&path) {
                tracing::debug!(%error, path = %path.display(), "a plugin that nobody needs stays in the journal");
            }
        }
        Ok(())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let own = self.own().take();
        if let Some(lock) = own {
            self.leave(lock);
        }
    }
}

fn remove(lock: Lock) -> Result<(), Problem> {
    let path = lock.path().to_owned();
    lock.remove().map_err(|error| Problem::file(&path, error))
}

fn number(writing: &Transaction<'_>, lock: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = writing.prepare_cached("SELECT number FROM owners WHERE lock = ?1")?;
    statement.query_row([lock], |row| row.get(0)).optional()
}
