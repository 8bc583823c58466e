//! What is in the journal: [`Listed`]; and giving it up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use rusqlite::{Row, Transaction};

use super::database::Durable;
use super::owner::{Found, Missing};
use super::problem::{Failed, Problem};
use super::{Id, Opened, WAIT, delete, time};

/// An entry of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: Id,
    /// The plugin's name, for people; [`Claim::plugin`](super::Claim::plugin) gives its bytes.
    pub(crate) plugin: String,
    /// The BLAKE3 hash of its bytes, in hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) manager: String,
    /// The rights and limits under which it is to be recovered.
    pub(crate) terms: String,
    /// The last checkpoint.
    pub(crate) state: String,
    /// Where in the host's program the scope was entered.
    pub(crate) entered_at: String,
    /// When it left its first checkpoint.
    pub(crate) entered: SystemTime,
    pub(crate) owner: OwnedBy,
    pub(crate) status: Status,
    /// How many recoveries failed.
    pub(crate) attempts: u32,
    /// Why the last of them did.
    pub(crate) error: Option<String>,
    /// When it did.
    pub(crate) attempted: Option<SystemTime>,
}

/// The process that entered a scope, for people: another may have the same id by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedBy {
    pub(crate) pid: u32,
    pub(crate) program: String,
    /// When it made its first entry.
    pub(crate) started: SystemTime,
    /// The name of its lock.
    pub(super) name: String,
    /// The file on which that stands.
    pub(crate) lock: PathBuf,
}

/// What is known of a scope that has an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its owner lives.
    Live,
    /// Somebody is about to recover it.
    Claimed,
    /// It is to be recovered.
    Lost,
    /// Nobody can tell whether its owner lives: the lock's file was removed, or cannot be read.
    Unknown,
}

/// The locks of owners, by name, as they were found.
pub(super) type Locks = BTreeMap<String, Result<Found, Problem>>;

fn listed(row: &Row<'_>) -> rusqlite::Result<(Listed, bool)> {
    let (name, lock) = (row.get(11)?, PathBuf::new());
    let owner = OwnedBy { pid: row.get(8)?, program: row.get(9)?, started: time(row.get(10)?), name, lock };
    let listed = Listed {
        id: Id(row.get(0)?),
        plugin: row.get(1)?,
        digest: row.get(2)?,
        manager: row.get(3)?,
        terms: row.get(4)?,
        state: row.get(5)?,
        entered_at: row.get(6)?,
        entered: time(row.get(7)?),
        owner,
        status: Status::Unknown,
        attempts: row.get(13)?,
        error: row.get(14)?,
        attempted: row.get::<_, Option<i64>>(15)?.map(time),
    };
    Ok((listed, row.get(12)?))
}

impl Opened {
    /// All entries, those that were made first first.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, Problem> {
        let Some(mut turn) = self.database.find(WAIT)? else { return Ok(Vec::new()) };
        // Nothing is written, but locks are looked at: `owner.rs` says why nobody else may at that time.
        turn.write(Durable::Later, |looking| self.look(looking, None, &mut Locks::new()))
    }

    /// All entries or one, those that were made first first. The locks of those that are lost are held for as long as `locks` is.
    pub(super) fn look(
        &self,
        looking: &Transaction<'_>,
        id: Option<Id>,
        locks: &mut Locks,
    ) -> Result<Vec<Listed>, Failed> {
        let mut statement = looking.prepare_cached(
            "SELECT id, plugin, digest, manager, terms, state, entered_at, entered,
                    pid, program, started, lock, claimer IS NOT NULL, attempts, error, attempted
             FROM entries LEFT JOIN owners ON number = owner WHERE ?1 IS NULL OR id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([id.map(|id| id.0)], listed)?;
        rows.map(|row| {
            let (mut entry, claimed) = row?;
            let name = &entry.owner.name;
            let found = locks.entry(name.clone()).or_insert_with(|| self.take(name, Missing::Leave));
            entry.status = match found {
                Ok(Found::Free(_)) => Status::Lost,
                Ok(Found::Held) if claimed => Status::Claimed,
                Ok(Found::Held) => Status::Live,
                Ok(Found::Missing) | Err(_) => Status::Unknown,
            };
            entry.owner.lock = self.owners.path(name).unwrap_or_default();
            Ok(entry)
        })
        .collect()
    }

    /// Gives scopes up, all or none: nobody will recover them. False if there is none of one of these numbers.
    ///
    /// It is refused while the owner of one lives, or somebody recovers it.
    pub(crate) fn forget(&self, ids: &[Id]) -> Result<bool, Problem> {
        let Some(mut turn) = self.database.find(WAIT)? else { return Ok(ids.is_empty()) };
        let locks = turn.write(Durable::Later, |writing| {
            let mut locks = Locks::new();
            for id in ids {
                let Some(entry) = self.look(writing, Some(*id), &mut locks)?.pop() else { return Ok(None) };
                match locks.get(&entry.owner.name) {
                    // Where it is missing none is made: its owner's other scopes would be lost once it is free.
                    Some(Ok(Found::Free(_) | Found::Missing)) => {}
                    Some(Ok(Found::Held)) | None => return Err(refused(&entry).into()),
                    Some(Err(_)) => {
                        let found = locks.remove(&entry.owner.name).transpose();
                        return Err(found.map_or_else(Failed::from, |_| refused(&entry).into()));
                    }
                }
            }
            ids.iter().try_for_each(|id| delete(writing, *id))?;
            Ok(Some(locks))
        })?;
        drop(turn);
        let Some(locks) = locks else { return Ok(false) };
        // They may have been the last of their owners. Of one that has no lock, the next that claims removes what is left.
        for found in locks.into_values() {
            if let Ok(Found::Free(lock)) = found {
                self.leave(lock);
            }
        }
        Ok(true)
    }

    pub(super) fn take(&self, name: &str, missing: Missing) -> Result<Found, Problem> {
        self.owners.take(name, missing).map_err(|error| Problem::file(self.owners.folder(), error))
    }
}

fn refused(Listed { id, status, owner: OwnedBy { pid, program, .. }, .. }: &Listed) -> Problem {
    if *status == Status::Claimed {
        return Problem::new(format!("the scope {id} cannot be forgotten: it is being recovered"))
            .with_help("try again when that has come to its end");
    }
    Problem::new(format!(
        "the scope {id} cannot be forgotten: its owner lives, `{program}` with the process id {pid}, or a process that it started"
    ))
    .with_help("end it first")
}
