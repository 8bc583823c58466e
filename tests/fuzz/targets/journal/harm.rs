//! What is done to the folder of a journal that no host does: [`Harm`].

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ambit_fuzz::Script;
use arbitrary::Arbitrary;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params};

#[derive(Debug, Arbitrary)]
pub(crate) enum Harm {
    Patch {
        file: Name,
        at: u16,
        bytes: [u8; 4],
    },
    Cut {
        file: Name,
        to: u16,
    },
    Write {
        file: Name,
        bytes: Vec<u8>,
    },
    Remove(Name),
    /// Puts a folder where a file is.
    Folder(Name),
    /// Gives a column this value, in all rows or in those with this rest.
    Set {
        column: u8,
        value: Value,
        rest: Option<u8>,
    },
    /// Gives names of files a way out of the folder.
    LeadOut {
        what: u8,
        name: u8,
    },
    /// Gives the entries this plugin, which is kept as it should be.
    Plugin(Vec<u8>),
    Execute(u8),
}

/// A file that the journal has, or may have.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) enum Name {
    Database,
    WriteAhead,
    Shared,
    Owners,
    Plugins,
    Lock(u8),
    Plugin(u8),
    Stray(u8),
}

#[derive(Debug, Arbitrary)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Script(Script),
    Terms { host: String, writable: bool, seconds: u64, memory: u64 },
}

const STRAYS: &[&str] = &[
    ".unfinished-1",
    "owners/.unfinished-1",
    "plugins/.unfinished-1",
    "owners/x.lock",
    "owners/00000000000000000000000000000000.lock",
    "plugins/x.wasm",
    "journal.sqlite-journal",
    "turnstile",
    "other",
];

const OUTSIDE: &[&str] = &[
    "../outside/x",
    "../../outside/x",
    "../../outside/owners/x",
    "../../outside/plugins/x",
    "/dev/shm/../dev/shm/x",
    "..",
];

/// Where the database names files.
const NAMES: &[&str] = &[
    "UPDATE owners SET lock = ?1",
    "UPDATE owners SET lock = ?1 WHERE number = (SELECT max(number) FROM owners)",
    "UPDATE entries SET digest = ?1",
];

const COLUMNS: &[(&str, &str, &str)] = &[
    ("entries", "id", "id"),
    ("entries", "id", "owner"),
    ("entries", "id", "digest"),
    ("entries", "id", "plugin"),
    ("entries", "id", "manager"),
    ("entries", "id", "terms"),
    ("entries", "id", "state"),
    ("entries", "id", "entered_at"),
    ("entries", "id", "entered"),
    ("entries", "id", "marked"),
    ("entries", "id", "attempts"),
    ("entries", "id", "error"),
    ("entries", "id", "attempted"),
    ("owners", "number", "number"),
    ("owners", "number", "lock"),
    ("owners", "number", "pid"),
    ("owners", "number", "program"),
    ("owners", "number", "started"),
    ("owners", "number", "claimer"),
];

const STATEMENTS: &[&str] = &[
    "DELETE FROM owners",
    "DELETE FROM entries",
    "DROP TABLE owners",
    "DROP TABLE entries",
    "DROP INDEX entries_of_an_owner",
    "PRAGMA user_version = 2",
    "PRAGMA user_version = -1",
    "PRAGMA application_id = 0",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "VACUUM",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "INSERT INTO entries SELECT id + 100, owner, digest, plugin, manager, terms, state, entered_at, entered, marked, attempts, error, attempted FROM entries",
    // Columns of any type.
    "CREATE TABLE loose AS SELECT * FROM entries; DROP TABLE entries; ALTER TABLE loose RENAME TO entries",
    "CREATE TABLE loose AS SELECT * FROM owners; DROP TABLE owners; ALTER TABLE loose RENAME TO owners",
    "ALTER TABLE entries RENAME TO hidden; CREATE VIEW entries AS SELECT * FROM hidden",
    "CREATE TRIGGER grow AFTER DELETE ON entries BEGIN INSERT INTO entries SELECT id + 1, owner, digest, plugin, manager, terms, state, entered_at, entered, marked, attempts, error, attempted FROM entries; END",
    "CREATE TABLE cells (x); INSERT INTO cells VALUES (zeroblob(100000))",
];

impl Harm {
    /// Does it, as far as it can be done. While a host has the database open, the file that it maps is not made shorter: the
    /// system ends a process that reads what is not there any more, and nobody can do anything about that.
    pub(crate) fn inflict(self, folder: PathBuf, open: bool) {
        let _ = self.try_inflict(&folder, open);
    }

    fn try_inflict(self, folder: &Path, open: bool) -> Option<()> {
        let mapped = |name| open && matches!(name, Name::Shared);
        match self {
            Self::Patch { file, at, bytes } => {
                let file = OpenOptions::new().write(true).open(file.path(folder)?).ok()?;
                let length = file.metadata().ok()?.len().max(1);
                file.write_at(&bytes, u64::from(at) % length).ok()?;
            }
            Self::Cut { file, to } if !mapped(file) => {
                let file = OpenOptions::new().write(true).open(file.path(folder)?).ok()?;
                let length = file.metadata().ok()?.len();
                file.set_len(u64::from(to).min(length)).ok()?;
            }
            Self::Write { file, bytes } if !mapped(file) => fs::write(file.path(folder)?, bytes).ok()?,
            Self::Cut { .. } | Self::Write { .. } => {}
            Self::Remove(file) => remove(&file.path(folder)?),
            Self::Folder(file) => {
                let path = file.path(folder)?;
                remove(&path);
                fs::create_dir(path).ok()?;
            }
            Self::Set { column, value, rest } => {
                let (table, key, column) = COLUMNS[usize::from(column) % COLUMNS.len()];
                let row = rest.map_or(String::new(), |rest| format!(" WHERE {key} % 2 = {}", rest % 2));
                let connection = connect(folder)?;
                connection.execute(&format!("UPDATE {table} SET {column} = ?1{row}"), [value.sql()]).ok()?;
            }
            Self::LeadOut { what, name } => {
                let name = OUTSIDE[usize::from(name) % OUTSIDE.len()];
                connect(folder)?.execute(NAMES[usize::from(what) % NAMES.len()], [name]).ok()?;
            }
            Self::Plugin(bytes) => {
                let digest = blake3::hash(&bytes).to_hex().to_string();
                fs::write(folder.join("plugins").join(&digest).with_extension("wasm"), bytes).ok()?;
                connect(folder)?.execute("UPDATE entries SET digest = ?1", params![digest]).ok()?;
            }
            Self::Execute(which) => {
                connect(folder)?.execute_batch(STATEMENTS[usize::from(which) % STATEMENTS.len()]).ok()?;
            }
        }
        Some(())
    }
}

fn connect(folder: &Path) -> Option<Connection> {
    let file = folder.join("journal.sqlite");
    let connection = file.is_file().then(|| Connection::open(file).ok())??;
    connection.busy_timeout(Duration::from_millis(10)).ok()?;
    Some(connection)
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir_all(path);
}

impl Name {
    /// Where it is; none where there is no such file.
    fn path(self, folder: &Path) -> Option<PathBuf> {
        Some(match self {
            Self::Database => folder.join("journal.sqlite"),
            Self::WriteAhead => folder.join("journal.sqlite-wal"),
            Self::Shared => folder.join("journal.sqlite-shm"),
            Self::Owners => folder.join("owners"),
            Self::Plugins => folder.join("plugins"),
            Self::Lock(which) => nth(&folder.join("owners"), which)?,
            Self::Plugin(which) => nth(&folder.join("plugins"), which)?,
            Self::Stray(which) => folder.join(STRAYS[usize::from(which) % STRAYS.len()]),
        })
    }
}

/// One of the files of a folder.
fn nth(folder: &Path, which: u8) -> Option<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let count = paths.len().max(1);
    (!paths.is_empty()).then(|| paths.swap_remove(usize::from(which) % count))
}

impl Value {
    fn sql(self) -> Sql {
        match self {
            Self::Null => Sql::Null,
            Self::Number(number) => Sql::Integer(number),
            Self::Text(text) => Sql::Text(text),
            Self::Bytes(bytes) => Sql::Blob(bytes),
            Self::Script(Script(script)) => Sql::Text(script),
            Self::Terms { host, writable, seconds, memory } => {
                let terms = serde_json::json!({
                    "rights": {
                        "directories": [{ "host": host, "guest": "g", "writable": writable }],
                        "variables": [{ "name": host, "value": null }],
                        "addresses": [],
                        "may_look_up": writable,
                    },
                    "limits": {
                        "recover": { "secs": seconds, "nanos": 0 },
                        "memory": memory,
                        "table_elements": memory,
                        "handles": memory,
                        "errors": memory,
                        "message": memory,
                    },
                });
                Sql::Text(terms.to_string())
            }
        }
    }
}
