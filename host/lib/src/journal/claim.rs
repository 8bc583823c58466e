//! Taking over what is lost: [`Claims`], each a [`Claim`].

use std::process;
use std::sync::atomic::Ordering;

use rusqlite::{Row, Transaction, params};

use super::database::Durable;
use super::owner::{Lock, Missing};
use super::problem::{Failed, Problem};
use super::{Id, LEAVE, Opened, WAIT, attempted, delete};

/// The owners that are gone, those that came last first, each taken over when it is asked for. Those that live, or that
/// another process has taken over, are left out.
#[derive(Debug)]
pub(crate) struct Claims<'a> {
    journal: &'a Opened,
    /// Owners with smaller numbers are still to come.
    before: i64,
    swept: bool,
    ended: bool,
}

/// All lost entries of one owner, which nobody else can claim until this is dropped, or this process dies.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    journal: &'a Opened,
    entries: Vec<Claimed>,
    /// The lock of an owner that is gone; none where it is this one, which lives.
    lock: Option<Lock>,
}

/// A lost scope, to be recovered.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) id: Id,
    /// The plugin's name, for people; [`Claim::plugin`] gives its bytes.
    pub(crate) plugin: String,
    /// What tells the plugin from any other, in hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) manager: String,
    pub(crate) terms: String,
    /// The last checkpoint.
    pub(crate) state: String,
    pub(crate) entered_at: String,
    /// How many recoveries failed.
    pub(crate) attempts: u32,
}

impl Opened {
    /// What is lost, to be taken over owner by owner. It is looked for as the iterator goes on, and an error of one owner does
    /// not end it.
    pub(crate) fn claim(&self) -> Claims<'_> {
        Claims { journal: self, before: i64::MAX, swept: false, ended: false }
    }

    /// Removes owners that are gone and have no entries, and plugins that no entry needs.
    fn sweep(&self, writing: &Transaction<'_>) -> Result<(), Failed> {
        let own = self.own_name();
        let others = |name: &String| Some(name) != own.as_ref();
        let failed = |error| Problem::file(self.owners.folder(), error);
        let mut known = writing.prepare(
            "SELECT lock, number, EXISTS (SELECT 1 FROM entries WHERE owner = number) FROM owners",
        )?;
        let known = known
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<Vec<(String, i64, bool)>>>()?;
        let mut files = self.owners.names().map_err(failed)?;
        files.retain(|file| !known.iter().any(|(name, ..)| name == file));
        for (name, number, _) in known.iter().filter(|(name, _, entries)| !entries && others(name)) {
            if !self.owners.is_held(name).map_err(failed)? {
                writing.execute("DELETE FROM owners WHERE number = ?1", [number])?;
                files.push(name.clone());
            }
        }
        for name in files.iter().filter(|name| others(name)) {
            if let Some(lock) = self.owners.take(name, Missing::Leave).map_err(failed)? {
                lock.remove().map_err(failed)?;
            }
        }
        self.database.sweep(writing);
        self.plugins.sweep(self.database.file(), writing)
    }

    /// This owner's own entries, if some are lost and not claimed.
    fn claim_own(&self, writing: &Transaction<'_>, owner: i64) -> Result<Option<Claim<'_>>, Failed> {
        if self.own_claimed.load(Ordering::Acquire) {
            return Ok(None);
        }
        let entries = entries(writing, owner, "AND marked")?;
        if entries.is_empty() {
            return Ok(None);
        }
        // No other thread of this process can be here: it would need this transaction.
        self.own_claimed.store(true, Ordering::Release);
        Ok(Some(Claim { journal: self, entries, lock: None }))
    }
}

impl<'a> Claims<'a> {
    fn find(&mut self, writing: &Transaction<'_>) -> Result<Option<Claim<'a>>, Failed> {
        if !self.swept {
            self.swept = true;
            // That something cannot be cleaned up is no reason to recover nothing.
            if let Err(failed) = self.journal.sweep(writing) {
                let problem = failed.of(self.journal.database.file());
                tracing::debug!(%problem, "what nobody needs stays in the journal");
            }
        }
        let own = self.journal.own_name();
        let mut owners = writing.prepare_cached(
            "SELECT number, lock FROM owners
             WHERE number < ?1 AND EXISTS (SELECT 1 FROM entries WHERE owner = number) ORDER BY number DESC",
        )?;
        let mut owners = owners.query([self.before])?;
        while let Some(row) = owners.next()? {
            let (owner, name): (i64, String) = (row.get(0)?, row.get(1)?);
            self.before = owner;
            let claim = if Some(&name) == own.as_ref() {
                self.journal.claim_own(writing, owner)?
            } else {
                self.take_over(writing, owner, &name)?
            };
            if claim.is_some() {
                return Ok(claim);
            }
        }
        Ok(None)
    }

    fn take_over(
        &self,
        writing: &Transaction<'_>,
        owner: i64,
        name: &str,
    ) -> Result<Option<Claim<'a>>, Failed> {
        let owners = &self.journal.owners;
        let taken =
            owners.take(name, Missing::Make).map_err(|error| Problem::file(owners.folder(), error))?;
        let Some(lock) = taken else { return Ok(None) };
        let entries = entries(writing, owner, "")?;
        writing.execute("UPDATE owners SET claimer = ?2 WHERE number = ?1", params![owner, process::id()])?;
        Ok(Some(Claim { journal: self.journal, entries, lock: Some(lock) }))
    }
}

impl<'a> Iterator for Claims<'a> {
    type Item = Result<Claim<'a>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let before = self.before;
        let journal = self.journal;
        let found = journal.database.find(WAIT).and_then(|turn| match turn {
            None => Ok(None),
            Some(mut turn) => turn.write(Durable::Later, |writing| self.find(writing)),
        });
        // An error that is no owner's would come again and again.
        self.ended = match &found {
            Ok(found) => found.is_none(),
            Err(_) => self.before == before,
        };
        found.transpose()
    }
}

/// The entries of an owner, innermost first.
fn entries(writing: &Transaction<'_>, owner: i64, which: &str) -> rusqlite::Result<Vec<Claimed>> {
    let mut statement = writing.prepare_cached(&format!(
        "SELECT id, plugin, digest, manager, terms, state, entered_at, attempts FROM entries
         WHERE owner = ?1 {which} ORDER BY id DESC"
    ))?;
    statement.query_map([owner], claimed)?.collect()
}

fn claimed(row: &Row<'_>) -> rusqlite::Result<Claimed> {
    Ok(Claimed {
        id: Id(row.get(0)?),
        plugin: row.get(1)?,
        digest: row.get(2)?,
        manager: row.get(3)?,
        terms: row.get(4)?,
        state: row.get(5)?,
        entered_at: row.get(6)?,
        attempts: row.get(7)?,
    })
}

impl Claim<'_> {
    /// The scopes, innermost first: those that were entered last.
    pub(crate) fn entries(&self) -> &[Claimed] {
        &self.entries
    }

    /// The bytes of the plugin that entered, if they are what they were then.
    pub(crate) fn plugin(&self, entry: &Claimed) -> Result<Vec<u8>, Problem> {
        self.journal.plugins.read(&entry.plugin, &entry.digest)
    }

    /// Forgets a scope that was recovered.
    pub(crate) fn done(&self, entry: &Claimed) -> Result<(), Problem> {
        self.write(|writing| delete(writing, entry.id))
    }

    /// Keeps a scope whose recovery failed, with the error.
    pub(crate) fn failed(&self, entry: &Claimed, error: &str) -> Result<(), Problem> {
        self.write(|writing| attempted(writing, entry.id, error))
    }

    fn write(&self, work: impl FnOnce(&Transaction<'_>) -> Result<(), Failed>) -> Result<(), Problem> {
        self.journal.database.make(WAIT)?.write(Durable::Later, work)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        match self.lock.take() {
            None => self.journal.own_claimed.store(false, Ordering::Release),
            Some(lock) => {
                if let Err(problem) = self.journal.leave(lock, LEAVE) {
                    tracing::debug!(%problem, "the journal is cleaned up by the next that claims");
                }
            }
        }
    }
}
