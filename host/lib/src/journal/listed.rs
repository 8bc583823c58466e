//! What is in the journal, for people: [`Listed`]; and giving it up.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::database::Durable;
use super::owner::Missing;
use super::problem::{Failed, Problem};
use super::{Id, LEAVE, Opened, WAIT, delete, time};

/// An entry of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: Id,
    /// The plugin's name.
    pub(crate) plugin: String,
    /// The BLAKE3 hash of its bytes, in hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) manager: String,
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
}

/// An entry, and what tells its status.
struct Found {
    listed: Listed,
    marked: bool,
    lock: String,
    claimed: bool,
}

const FOUND: &str = "
    SELECT id, plugin, digest, manager, state, entered_at, entered, pid, program, started, attempts, error, attempted,
           marked, lock, claimer IS NOT NULL
    FROM entries LEFT JOIN owners ON number = owner";

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let listed = Listed {
        id: Id(row.get(0)?),
        plugin: row.get(1)?,
        digest: row.get(2)?,
        manager: row.get(3)?,
        state: row.get(4)?,
        entered_at: row.get(5)?,
        entered: time(row.get(6)?),
        owner: OwnedBy { pid: row.get(7)?, program: row.get(8)?, started: time(row.get(9)?) },
        status: Status::Lost,
        attempts: row.get(10)?,
        error: row.get(11)?,
        attempted: row.get::<_, Option<i64>>(12)?.map(time),
    };
    Ok(Found { listed, marked: row.get(13)?, lock: row.get(14)?, claimed: row.get(15)? })
}

impl Opened {
    /// All entries, those that were made first first.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, Problem> {
        let Some(mut turn) = self.database.find(WAIT)? else { return Ok(Vec::new()) };
        // Nothing is written, but locks are looked at: `owner.rs` says why nobody else may at that time.
        turn.write(Durable::Later, |looking| {
            let mut statement = looking.prepare(&format!("{FOUND} ORDER BY id"))?;
            let found = statement.query_map([], found)?.collect::<rusqlite::Result<Vec<_>>>()?;
            // Owners' entries stand together, most of the time.
            let mut known: Option<(String, bool)> = None;
            let mut listed = Vec::with_capacity(found.len());
            for Found { listed: entry, marked, lock, claimed } in found {
                let held = match &known {
                    Some((name, held)) if *name == lock => *held,
                    _ => self.is_held(&lock)?,
                };
                let status = self.status(&lock, held, marked, claimed);
                known = Some((lock, held));
                listed.push(Listed { status, ..entry });
            }
            Ok(listed)
        })
    }

    /// Gives a scope up: nobody will recover it. False if there is none of that number.
    ///
    /// It is refused while the scope's owner lives, or somebody recovers it.
    pub(crate) fn forget(&self, id: Id) -> Result<bool, Problem> {
        let Some(mut turn) = self.database.find(WAIT)? else { return Ok(false) };
        let forgotten = turn.write(Durable::Later, |writing| self.give_up(writing, id))?;
        drop(turn);
        let Some(lock) = forgotten else { return Ok(false) };
        if self.own_name().as_deref() != Some(&lock) {
            // It may have been the owner's last.
            let owner = self.owners.folder();
            let taken =
                self.owners.take(&lock, Missing::Leave).map_err(|error| Problem::file(owner, error))?;
            taken.map_or(Ok(()), |lock| self.leave(lock, LEAVE))?;
        }
        Ok(true)
    }

    /// Deletes an entry, and gives the name of its owner's lock.
    fn give_up(&self, writing: &Transaction<'_>, id: Id) -> Result<Option<String>, Failed> {
        let found = writing.query_row(&format!("{FOUND} WHERE id = ?1"), [id.0], found).optional()?;
        let Some(Found { listed, marked, lock, claimed }) = found else { return Ok(None) };
        let held = self.is_held(&lock)?;
        let refused = |why: String, help| Err(Problem::new(why).with_help(help).into());
        let status = match self.status(&lock, held, marked, claimed) {
            // Whether another process is about to recover what it marked, only that one knows.
            Status::Lost if held && self.own_name().as_ref() != Some(&lock) => Status::Live,
            status => status,
        };
        match status {
            Status::Lost => {
                delete(writing, id)?;
                Ok(Some(lock))
            }
            Status::Claimed => refused(
                format!("the scope {id} cannot be forgotten: it is being recovered"),
                "try again when that has come to its end",
            ),
            Status::Live => {
                let OwnedBy { pid, program, .. } = listed.owner;
                refused(
                    format!(
                        "the scope {id} cannot be forgotten: its owner lives, `{program}` with the process id {pid}, or a process that it started"
                    ),
                    "end it first",
                )
            }
        }
    }

    fn is_held(&self, lock: &str) -> Result<bool, Problem> {
        self.owners.is_held(lock).map_err(|error| Problem::file(self.owners.folder(), error))
    }

    fn status(&self, lock: &str, held: bool, marked: bool, claimed: bool) -> Status {
        let own = self.own().as_ref().is_some_and(|own| own.name() == lock);
        match (held, claimed) {
            (false, _) => Status::Lost,
            (true, true) => Status::Claimed,
            (true, false) if own && marked && self.own_claimed.load(Ordering::Acquire) => Status::Claimed,
            (true, false) if marked => Status::Lost,
            (true, false) => Status::Live,
        }
    }
}
