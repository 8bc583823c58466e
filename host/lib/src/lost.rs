//! What hosts that are gone left behind: [`Engine::lost`], [`Engine::recover`].

use std::time::{Duration, SystemTime};

use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::isolation::Terms;
use crate::journal::{Claim, Claimed, Id, Listed, Opened, Status};
use crate::record::Record;
use crate::recovery::{Recovery, recover};

/// A scope that is in the journal: it left a checkpoint, and has not exited.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lost {
    /// Its number in the journal, which no other ever has.
    pub id: u64,
    /// What became of it.
    pub status: LostStatus,
    /// The plugin that it is of, as its host called it.
    pub plugin: String,
    /// The BLAKE3 hash of that plugin, in hexadecimal digits: it is recovered by this version.
    pub digest: String,
    /// Its manager.
    pub manager: String,
    /// Its last checkpoint.
    pub state: String,
    /// Where in the host's program it was entered, `FILE:LINE:COLUMN`.
    pub entered_at: String,
    /// When it left its first checkpoint.
    pub entered: SystemTime,
    /// The process that entered it, for people: another may have its number by now.
    pub process: u32,
    /// The program of that process.
    pub program: String,
    /// How many recoveries of it failed.
    pub attempts: u32,
    /// Why the last of them did.
    pub error: Option<String>,
    /// When the last of them did.
    pub attempted: Option<SystemTime>,
}

/// What became of a scope that is in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LostStatus {
    /// It is not lost: its host lives, or what its host has started.
    Live,
    /// Its host is gone, or could not recover it.
    Lost,
    /// Somebody recovers it at this moment.
    Recovering,
}

/// What came of the recovery of a scope from the journal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// Its number in the journal.
    pub id: u64,
    /// The plugin that it is of, as its host called it.
    pub plugin: String,
    /// Its manager.
    pub manager: String,
    /// Where in the host's program it was entered, `FILE:LINE:COLUMN`.
    pub entered_at: String,
    /// What came of it. What was not released stays in the journal, with the error.
    pub recovery: Recovery,
    /// How many recoveries of it failed until now, this one included.
    pub attempts: u32,
}

impl Engine {
    /// The scopes that are in the journal, those that were entered first first. Empty where there is no journal.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`]: it cannot be read.
    pub fn lost(&self) -> Result<Vec<Lost>, Error> {
        let listed = self.journal().map_or_else(|| Ok(Vec::new()), |journal| journal.list());
        Ok(listed?.into_iter().map(Lost::from).collect())
    }

    /// Recovers the scopes whose host is gone: each is released by the plugin that entered it, with the rights that it had, in
    /// the order in which they would have exited. `budget` is the time that each may take, if not that of its own limits.
    ///
    /// A scope whose host lives is left alone, and so is one that another process recovers at this moment.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`], for what of the journal cannot be read; the rest is recovered all the same.
    pub fn recover(&self, budget: Option<Duration>) -> Vec<Result<Recovered, Error>> {
        self.recover_those(budget, |_| true)
    }

    /// The same for those scopes alone that nobody tried to recover before: what failed once may have been mended by hand since,
    /// and is not to be touched without being asked for.
    ///
    /// # Errors
    /// As [`recover`](Self::recover).
    pub fn recover_untried(&self) -> Vec<Result<Recovered, Error>> {
        self.recover_those(None, |entry| entry.attempts == 0)
    }

    fn recover_those(
        &self,
        budget: Option<Duration>,
        wanted: impl Fn(&Claimed) -> bool,
    ) -> Vec<Result<Recovered, Error>> {
        let Some(journal) = self.journal() else { return Vec::new() };
        let mut done = Vec::new();
        for claim in journal.claim() {
            match claim {
                Ok(claim) => {
                    let entries = claim.entries().iter().filter(|entry| wanted(entry));
                    done.extend(entries.map(|entry| self.recover_one(&claim, entry, budget)));
                }
                Err(problem) => done.push(Err(problem.into())),
            }
        }
        done
    }

    fn recover_one(
        &self,
        claim: &Claim<'_>,
        entry: &Claimed,
        budget: Option<Duration>,
    ) -> Result<Recovered, Error> {
        let recovery = match self.prepare(claim, entry, budget) {
            Ok((plugin, terms)) => recover(&plugin, &entry.manager, &terms, &entry.state),
            Err(error) => Recovery::Failed(error.into_raised()),
        };
        match recovery.problem() {
            None => claim.done(entry)?,
            Some(problem) => claim.failed(entry, &problem)?,
        }
        let attempts = entry.attempts + u32::from(recovery.problem().is_some());
        let Claimed { id, plugin, manager, entered_at, .. } = entry.clone();
        Ok(Recovered { id: number(id), plugin, manager, entered_at, recovery, attempts })
    }

    /// The plugin that entered, and the terms that it had.
    fn prepare(
        &self,
        claim: &Claim<'_>,
        entry: &Claimed,
        budget: Option<Duration>,
    ) -> Result<(crate::Plugin, Terms), Error> {
        let plugin = self.load_bytes(entry.plugin.clone(), &claim.plugin(entry)?)?;
        let record: Record = serde_json::from_str(&entry.terms).map_err(|error| {
            let message = format!("the rights of the lost scope {} cannot be read", number(entry.id));
            Error::new(ErrorKind::Journal, message).with_source(error)
        })?;
        let limits = budget.map_or(record.limits, |budget| record.limits.recover(budget));
        let terms = Terms::recorded(record.rights, limits, self.listener(), self.reserved())?;
        Ok((plugin, terms))
    }

    /// Gives up a lost scope: it is never recovered. False where there is none of that number.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`]: its host lives, somebody recovers it, or the journal cannot be written.
    pub fn forget(&self, id: u64) -> Result<bool, Error> {
        let Some(journal) = self.journal() else { return Ok(false) };
        i64::try_from(id).map_or(Ok(false), |id| Ok(journal.forget(Id(id))?))
    }

    /// A handle that keeps the scopes of this engine from being taken for lost while it is open, in whatever process: give it to
    /// processes that work inside of them, so that nothing is restored under their hands where this process dies first.
    ///
    /// `None` where there is no journal, or nothing of this engine in it.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`]: its folder cannot be written.
    pub fn hold(&self) -> Result<Option<std::fs::File>, Error> {
        let journal = self.journal().filter(|journal| journal.is_owner());
        Ok(journal.map(Opened::owner_handle).transpose()?)
    }

    fn journal(&self) -> Option<&Opened> {
        self.opened_journal().map(|journal| &**journal)
    }
}

fn number(Id(id): Id) -> u64 {
    u64::try_from(id).unwrap_or_default()
}

impl From<Listed> for Lost {
    fn from(listed: Listed) -> Self {
        let Listed { id, plugin, digest, manager, state, entered_at, entered, owner, .. } = listed;
        let Listed { status, attempts, error, attempted, .. } = listed;
        let status = match status {
            Status::Live => LostStatus::Live,
            Status::Claimed => LostStatus::Recovering,
            Status::Lost => LostStatus::Lost,
        };
        let (id, process, program) = (number(id), owner.pid, owner.program);
        Self {
            id,
            status,
            plugin,
            digest,
            manager,
            state,
            entered_at,
            entered,
            process,
            program,
            attempts,
            error,
            attempted,
        }
    }
}
