//! The journal's SQLite database: made whole or not at all, written by one thread and one process at a time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::{FairMutex, FairMutexGuard};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::problem::{Failed, Problem};
use super::turnstile::Turnstile;
use crate::private::sync_names;

/// The form of the tables, in `user_version`.
const VERSION: i64 = 1;

/// Tells the file from any other program's: `ambj`.
const APPLICATION: i64 = 0x616d_626a;

const TABLES: &str = "
    CREATE TABLE owners (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        lock TEXT NOT NULL UNIQUE,
        pid INTEGER NOT NULL,
        program TEXT NOT NULL,
        started INTEGER NOT NULL,
        claimer INTEGER
    ) STRICT;
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner INTEGER NOT NULL REFERENCES owners (number),
        digest TEXT NOT NULL,
        plugin TEXT NOT NULL,
        manager TEXT NOT NULL,
        terms TEXT NOT NULL,
        state TEXT NOT NULL,
        entered_at TEXT NOT NULL,
        entered INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        attempted INTEGER
    ) STRICT;
    CREATE INDEX entries_of_an_owner ON entries (owner);
";

/// How the names of files begin that are not whole yet. One that is there for long is of a process that died.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// The longest wait: SQLite counts milliseconds in 31 bits.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often who is next looks whether the database is free.
const LOOK: Duration = Duration::from_millis(1);

/// Whether a change is to be on the disk when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durable {
    /// It outlasts a loss of power.
    Now,
    /// It outlasts this process; a loss of power may undo it, and all that came after it.
    Later,
}

/// The database of a folder, and at most one connection to it, which the threads of this process use in turn.
#[derive(Debug)]
pub(super) struct Database {
    folder: PathBuf,
    file: PathBuf,
    /// Who has waited longest is next: one who changes much leaves the others no moment in which to be faster.
    link: FairMutex<Option<Link>>,
}

#[derive(Debug)]
struct Link {
    connection: Connection,
    turnstile: Turnstile,
    file_id: FileId,
    durable: Option<Durable>,
}

/// What tells a file from another of the same name.
pub(super) type FileId = Option<(u64, u64)>;

pub(super) fn file_id(metadata: &fs::Metadata) -> FileId {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        // A file that is open cannot be replaced there.
        let _ = metadata;
        None
    }
}

impl Database {
    pub(super) fn new(folder: PathBuf) -> Self {
        let file = folder.join("journal.sqlite");
        Self { folder, file, link: FairMutex::default() }
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// This thread's turn, if there is a database.
    pub(super) fn find(&self, wait: Duration) -> Result<Option<Turn<'_>>, Problem> {
        self.turn(wait)?.linked(|| self.exists())
    }

    /// This thread's turn, at a database that is made if it is not there.
    pub(super) fn make(&self, wait: Duration) -> Result<Turn<'_>, Problem> {
        let made = || if self.exists()? { Ok(true) } else { self.create().map(|()| true) };
        self.turn(wait)?.linked(made)?.ok_or_else(|| Problem::gone(&self.file))
    }

    fn exists(&self) -> Result<bool, Problem> {
        self.file.try_exists().map_err(|error| Problem::file(&self.file, error))
    }

    fn turn(&self, wait: Duration) -> Result<Turn<'_>, Problem> {
        let until = Instant::now() + wait.min(LONGEST);
        match self.link.try_lock_until(until) {
            Some(link) => Ok(Turn { database: self, link, until }),
            None => Err(Problem::busy(&self.file)),
        }
    }

    /// Makes the database, if no other process is faster.
    fn create(&self) -> Result<(), Problem> {
        match self.create_whole() {
            Err(_) if self.exists()? => {}
            created => created?,
        }
        sync_names(&self.folder).map_err(|error| Problem::file(&self.folder, error))?;
        // The folders around it may be as new. Which of them are, nobody knows; some may not be opened.
        for folder in self.folder.ancestors().skip(1) {
            if sync_names(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Makes the database under another name, so that nobody ever sees a part of it.
    fn create_whole(&self) -> Result<(), Problem> {
        let failed = |error| Problem::file(&self.file, error);
        // Temporary files are made for the user alone, and those that SQLite adds have the same permissions.
        let temporary =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder).map_err(failed)?;
        fill(temporary.path()).map_err(|error| Problem::database(&self.file, error))?;
        temporary.as_file().sync_all().map_err(failed)?;
        temporary.persist_noclobber(&self.file).map(drop).map_err(|error| failed(error.error))
    }

    /// Removes what processes left that died while they made the database. One that still makes it finds it made.
    pub(super) fn sweep(&self, _writing: &Transaction<'_>) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
            let _ = fs::remove_file(entry.path());
        }
    }

    fn connect(&self, wait: Duration) -> Result<Link, Problem> {
        let connection = self.check(wait).map_err(|failed| failed.of(&self.file))?;
        let turnstile = Turnstile::of(&self.folder);
        let metadata = fs::metadata(&self.file).map_err(|error| Problem::file(&self.file, error))?;
        Ok(Link { connection, turnstile, file_id: file_id(&metadata), durable: None })
    }

    /// A connection to a database of ours.
    fn check(&self, wait: Duration) -> Result<Connection, Failed> {
        let connection = open(&self.file)?;
        connection.busy_timeout(wait)?;
        let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        if number("application_id")? != APPLICATION {
            return Err(Problem::damaged(&self.file, "it is no journal of Ambit's").into());
        }
        match number("user_version")? {
            VERSION => {}
            newer if newer > VERSION => {
                let message = format!(
                    "the journal `{}` was written by a newer Ambit: its form is {newer}, and this one knows {VERSION}",
                    self.file.display()
                );
                return Err(Problem::new(message).with_help("use that Ambit, or another folder").into());
            }
            unknown => {
                return Err(Problem::damaged(&self.file, format!("nothing has the form {unknown}")).into());
            }
        }
        write_ahead(&connection)?;
        Ok(connection)
    }
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    // Threads take turns, so that SQLite need not see to that.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    // Of a file that somebody else wrote no code is to run, whatever it says.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // On macOS, where a plain sync leaves data in the disk's cache.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(connection)
}

/// Readers and the writer do not wait for one another, and a change costs one sync.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
}

fn fill(file: &Path) -> rusqlite::Result<()> {
    let connection = open(file)?;
    // The whole file is synced when it is whole.
    connection.pragma_update(None, "synchronous", "OFF")?;
    write_ahead(&connection)?;
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.close().map_err(|(_, error)| error)
}

/// A thread's turn at the connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    database: &'a Database,
    link: FairMutexGuard<'a, Option<Link>>,
    until: Instant,
}

impl Turn<'_> {
    /// This turn, with a connection, if there is something to connect to.
    fn linked(mut self, there: impl FnOnce() -> Result<bool, Problem>) -> Result<Option<Self>, Problem> {
        if self.link.is_some() {
            self.check()?;
        } else if there()? {
            *self.link = Some(self.database.connect(self.left())?);
        }
        Ok(self.link.is_some().then_some(self))
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Does something while no other process writes: all of it, or nothing.
    pub(super) fn write<T>(
        &mut self,
        durable: Durable,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failed>,
    ) -> Result<T, Problem> {
        let file = self.database.file();
        let Some(link) = &mut *self.link else { return Err(Problem::gone(file)) };
        link.write(self.until, durable, work).map_err(|failed| failed.of(file))
    }

    /// Whether the database is where others look for it: what is written into one that was removed is lost.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let file = self.database.file();
        match (fs::metadata(file), &*self.link) {
            (Ok(metadata), Some(link)) if file_id(&metadata) == link.file_id => Ok(()),
            (Err(error), _) if error.kind() != io::ErrorKind::NotFound => Err(Problem::file(file, error)),
            _ => Err(Problem::gone(file)),
        }
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.link.as_ref().unwrap().connection
    }
}

impl Link {
    fn write<T>(
        &mut self,
        until: Instant,
        durable: Durable,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        if self.durable != Some(durable) {
            let synchronous = if durable == Durable::Now { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", synchronous)?;
            self.durable = Some(durable);
        }
        let transaction = self.begin(until)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// A transaction beside which nobody else writes: the lock for that is taken at once, so that what is read holds until the end.
    fn begin(&self, until: Instant) -> rusqlite::Result<Transaction<'_>> {
        // Who does not come to be next in half of the time waits for the database in the other half, beside who is.
        let now = Instant::now();
        let _next = self.turnstile.next(now + until.saturating_duration_since(now) / 2);
        // SQLite would look ever less often, while nobody else can write.
        self.connection.busy_timeout(LOOK)?;
        loop {
            match Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate) {
                Err(error) if is_busy(&error) && Instant::now() < until => {}
                begun => return begun,
            }
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// Makes sure that all changes of before outlast a loss of power.
pub(super) fn sync_changes(file: &Path) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    // This file carries no locks that closing it would release, unlike the database itself. It must be writable for some
    // systems to sync it.
    match fs::OpenOptions::new().write(true).open(&name) {
        Ok(file) => file.sync_all(),
        // All is in the database already.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
