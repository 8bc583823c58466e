//! Taking over what is lost: [`Claim`].

use std::process;

use rusqlite::{Transaction, params};

use super::database::Durable;
use super::listed::{Listed, Locks, Status};
use super::owner::{Found, Lock, Missing};
use super::problem::{Failed, Problem};
use super::{Opened, WAIT, attempted, delete};

/// Lost entries, which nobody else can claim until this is dropped, or this process dies.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    journal: &'a Opened,
    taken: Taken,
}

/// What was found, and what of it is taken over.
#[derive(Debug, Default)]
struct Taken {
    entries: Vec<Listed>,
    left: Vec<Listed>,
    problems: Vec<Problem>,
    /// Those of the owners of all entries.
    locks: Vec<Lock>,
}

impl Opened {
    /// Takes over what is lost. Entries of each owner are taken over together, those that are `wanted`, which is asked of
    /// what is [lost](Status::Lost) or [unknown](Status::Unknown). To want an unknown one says that its owner is gone: what is
    /// then not recovered of that owner is lost.
    pub(crate) fn claim(&self, wanted: impl Fn(&Listed) -> bool) -> Result<Claim<'_>, Problem> {
        let taken = match self.database.find(WAIT)? {
            None => Taken::default(),
            Some(mut turn) => turn.write(Durable::Later, |writing| self.take_over(writing, wanted))?,
        };
        // Not earlier: as it is dropped it needs a turn of its own.
        Ok(Claim { journal: self, taken })
    }

    fn take_over(
        &self,
        writing: &Transaction<'_>,
        wanted: impl Fn(&Listed) -> bool,
    ) -> Result<Taken, Failed> {
        // That something cannot be cleaned up is no reason to recover nothing.
        if let Err(failed) = self.sweep(writing) {
            let problem = failed.of(self.database.file());
            tracing::debug!(%problem, "what nobody needs stays in the journal");
        }
        let mut found = Locks::new();
        let all = self.look(writing, None, &mut found)?;
        let is_odd = |entry: &Listed| found.get(&entry.owner.name).is_some_and(Result::is_err);
        let is_gone = |entry: &Listed| matches!(entry.status, Status::Lost | Status::Unknown);
        let (mut entries, left): (Vec<_>, _) =
            all.into_iter().partition(|entry| is_odd(entry) || (is_gone(entry) && wanted(entry)));
        let (mut locks, mut problems) = (Vec::<Lock>::new(), Vec::new());
        for (name, lock) in found {
            if !entries.iter().any(|entry| entry.owner.name == name) {
                continue;
            }
            let lock = match lock {
                Ok(Found::Missing) => self.take(&name, Missing::Make),
                lock => lock,
            };
            match lock {
                Ok(Found::Free(lock)) => {
                    let claim = "UPDATE owners SET claimer = ?2 WHERE lock = ?1";
                    writing.execute(claim, params![name, process::id()])?;
                    locks.push(lock);
                }
                Ok(Found::Held | Found::Missing) => {}
                Err(problem) => problems.push(problem),
            }
        }
        entries.retain(|entry| locks.iter().any(|lock| lock.name() == entry.owner.name));
        entries.reverse();
        Ok(Taken { entries, left, problems, locks })
    }

    /// Removes owners that are gone and have no entries, and plugins that no entry needs.
    fn sweep(&self, writing: &Transaction<'_>) -> Result<(), Failed> {
        let mut known = writing.prepare_cached(
            "SELECT lock, number, EXISTS (SELECT 1 FROM entries WHERE owner = number) FROM owners",
        )?;
        let known = known
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<Vec<(String, i64, bool)>>>()?;
        let names = self.owners.names();
        let mut files = names.map_err(|error| Problem::file(self.owners.folder(), error))?;
        files.retain(|file| !known.iter().any(|(name, ..)| name == file));
        let mut locks = Vec::new();
        for (name, number, _) in known.iter().filter(|(.., entries)| !entries) {
            match self.take(name, Missing::Leave) {
                Ok(Found::Held) => continue,
                Ok(Found::Free(lock)) => locks.push(lock),
                Ok(Found::Missing) => {}
                Err(problem) => {
                    odd(name, &problem);
                    continue;
                }
            }
            writing.execute("DELETE FROM owners WHERE number = ?1", [number])?;
        }
        for name in files {
            match self.take(&name, Missing::Leave) {
                Ok(Found::Free(lock)) => locks.push(lock),
                Ok(Found::Held | Found::Missing) => {}
                Err(problem) => odd(&name, &problem),
            }
        }
        self.database.sweep(writing);
        self.remove(locks, writing)
    }
}

/// One owner that nobody can make out is no reason to keep what the others left.
fn odd(name: &str, problem: &Problem) {
    tracing::debug!(%problem, name, "an owner stays in the journal, since its lock cannot be looked at");
}

impl Claim<'_> {
    /// What is taken over. The scopes that were entered last come first, whoever entered them: they lie within others.
    pub(crate) fn entries(&self) -> &[Listed] {
        &self.taken.entries
    }

    /// What is left alone, those that were made first first.
    pub(crate) fn left(&self) -> &[Listed] {
        &self.taken.left
    }

    /// Why the entries of an owner could not be taken over.
    pub(crate) fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.taken.problems)
    }

    /// The bytes of the plugin that entered, if they are what they were then.
    pub(crate) fn plugin(&self, entry: &Listed) -> Result<Vec<u8>, Problem> {
        self.journal.plugins.read(&entry.plugin, &entry.digest)
    }

    /// Forgets a scope that was recovered.
    pub(crate) fn done(&self, entry: &Listed) -> Result<(), Problem> {
        self.write(|writing| delete(writing, entry.id))
    }

    /// Keeps a scope whose recovery failed, with the error.
    pub(crate) fn failed(&self, entry: &Listed, error: &str) -> Result<(), Problem> {
        self.write(|writing| attempted(writing, entry.id, error))
    }

    fn write(&self, work: impl FnOnce(&Transaction<'_>) -> Result<(), Failed>) -> Result<(), Problem> {
        self.journal.database.make(WAIT)?.write(Durable::Later, work)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        for lock in self.taken.locks.drain(..) {
            self.journal.leave(lock);
        }
    }
}
