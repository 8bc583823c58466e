//! What hosts that are gone left behind: [`Engine::lost`], [`Engine::recover`].

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::binary::Binary;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::grants::Reaches;
use crate::isolation::Terms;
use crate::journal::{Claim, Id, Listed, Opened, Status};
use crate::limits::Limits;
use crate::plugin::Plugin;
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
    /// The directories of the host that it was granted.
    pub directories: Vec<PathBuf>,
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
    /// The file whose lock that process holds, or what it has started, for as long as one of them lives.
    pub lock: PathBuf,
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
    /// Nobody can tell whether its host lives: the file of the lock was removed, or cannot be read.
    Unknown,
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

/// What came of a look for lost scopes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recoveries {
    /// The scopes that were to be recovered, in that order; or why one could not be looked at, or not be brought up to date.
    pub done: Vec<Result<Recovered, Error>>,
    /// Those that were left alone, those that were entered first first.
    pub left: Vec<Lost>,
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

    /// Recovers the scopes whose host is gone: each is released by the plugin that entered it, with the rights that it had, those
    /// that were entered last first. `limits` gives the limits of each recovery, from those that the scope had.
    ///
    /// A scope is left alone if its host lives, if another process recovers it at this moment, or if nobody can tell.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`]: it cannot be read. Where that is so of a single scope, the rest is recovered all the same.
    pub fn recover(&self, limits: impl Fn(Limits) -> Limits) -> Result<Recoveries, Error> {
        self.recover_those(limits, |entry| entry.status == Status::Lost)
    }

    /// The same, and those too whose status is [unknown](LostStatus::Unknown): only for who knows that their hosts are gone, and
    /// what these have started. It is taken at its word: those of them that cannot be released are [lost](LostStatus::Lost) then.
    ///
    /// # Errors
    /// As [`recover`](Self::recover).
    pub fn recover_unknown(&self, limits: impl Fn(Limits) -> Limits) -> Result<Recoveries, Error> {
        self.recover_those(limits, |_| true)
    }

    /// The same for those scopes alone that nobody tried to recover before: what failed once may have been mended by hand since,
    /// and is not to be touched without being asked for.
    ///
    /// # Errors
    /// As [`recover`](Self::recover).
    pub fn recover_untried(&self) -> Result<Recoveries, Error> {
        self.recover_those(|limits| limits, |entry| entry.status == Status::Lost && entry.attempts == 0)
    }

    fn recover_those(
        &self,
        limits: impl Fn(Limits) -> Limits,
        wanted: impl Fn(&Listed) -> bool,
    ) -> Result<Recoveries, Error> {
        let Some(journal) = self.journal() else {
            return Ok(Recoveries { done: Vec::new(), left: Vec::new() });
        };
        let mut claim = journal.claim(wanted)?;
        let mut done: Vec<_> =
            claim.problems().into_iter().map(|problem| Err(Error::from(problem))).collect();
        let mut plugins = HashMap::new();
        let entries = claim.entries().iter();
        done.extend(entries.map(|entry| self.recover_one(&claim, entry, &limits, &mut plugins)));
        Ok(Recoveries { done, left: claim.left().iter().cloned().map(Lost::from).collect() })
    }

    fn recover_one(
        &self,
        claim: &Claim<'_>,
        entry: &Listed,
        limits: &impl Fn(Limits) -> Limits,
        plugins: &mut HashMap<String, Plugin>,
    ) -> Result<Recovered, Error> {
        let recovery = match self.prepare(claim, entry, limits, plugins) {
            Ok((plugin, terms)) => recover(&plugin, &entry.manager, &terms, &entry.state),
            Err(error) => Recovery::Failed(error.into_raised()),
        };
        match recovery.problem() {
            None => claim.done(entry)?,
            Some(problem) => claim.failed(entry, &problem)?,
        }
        let attempts = entry.attempts + u32::from(recovery.problem().is_some());
        let Listed { id, plugin, manager, entered_at, .. } = entry.clone();
        Ok(Recovered { id: number(id), plugin, manager, entered_at, recovery, attempts })
    }

    /// The plugin that entered, which is loaded once, and the terms that it had.
    fn prepare(
        &self,
        claim: &Claim<'_>,
        entry: &Listed,
        limits: &impl Fn(Limits) -> Limits,
        plugins: &mut HashMap<String, Plugin>,
    ) -> Result<(Plugin, Terms), Error> {
        let record = Record::read(&entry.terms).map_err(|error| {
            let message = format!("the rights of the lost scope {} cannot be read", number(entry.id));
            Error::new(ErrorKind::Journal, message).with_source(error)
        })?;
        let limits = limits(record.limits);
        let plugin = match plugins.get(&entry.digest) {
            Some(plugin) => plugin.clone(),
            None => {
                let plugin = self.link(entry.plugin.clone(), Binary::new(claim.plugin(entry)?))?;
                plugins.insert(entry.digest.clone(), plugin.clone());
                plugin
            }
        };
        let reaches = Reaches::of(&plugin);
        let terms = Terms::recorded(record.rights, limits, self.listener(), self.reserved(), reaches)?;
        Ok((plugin, terms))
    }

    /// Gives up lost scopes, or such whose status is unknown: they are never recovered. False where there is none of one of these
    /// numbers; then, and where there is an error, none is given up.
    ///
    /// # Errors
    /// [`ErrorKind::Journal`]: the host of one lives, somebody recovers one, or the journal cannot be written.
    pub fn forget(&self, ids: &[u64]) -> Result<bool, Error> {
        let Some(journal) = self.journal() else { return Ok(ids.is_empty()) };
        let ids: Result<Vec<_>, _> = ids.iter().map(|id| i64::try_from(*id).map(Id)).collect();
        ids.map_or(Ok(false), |ids| Ok(journal.forget(&ids)?))
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
        let directories = Record::read(&listed.terms).map(|record| record.rights.directories);
        let directories = directories.unwrap_or_default().into_iter();
        let Listed { id, plugin, digest, manager, state, entered_at, entered, owner, .. } = listed;
        let Listed { status, attempts, error, attempted, .. } = listed;
        let status = match status {
            Status::Live => LostStatus::Live,
            Status::Claimed => LostStatus::Recovering,
            Status::Lost => LostStatus::Lost,
            Status::Unknown => LostStatus::Unknown,
        };
        Self {
            id: number(id),
            status,
            plugin,
            digest,
            manager,
            directories: directories.map(|directory| directory.host.into()).collect(),
            state,
            entered_at,
            entered,
            process: owner.pid,
            program: owner.program,
            lock: owner.lock,
            attempts,
            error,
            attempted,
        }
    }
}
