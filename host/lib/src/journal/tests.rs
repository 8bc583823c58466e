//! The journal, by what it promises.

mod claims;
mod damage;
mod durability;
mod entries;
mod model;
mod plugins;
mod processes;
mod races;
mod roles;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::binary::Binary;

use super::{Claim, Code, Entry, Id, Journal, Listed, Opened, Status};

/// Longer than any test waits.
const LONG: Duration = Duration::from_secs(60);

fn open(folder: &Path) -> Opened {
    Journal::at(folder).open().unwrap().unwrap()
}

fn code(bytes: &[u8]) -> Code {
    Code::new("plugin.wasm", Arc::new(Binary::new(bytes)))
}

/// Begins an entry of a plugin of these bytes.
fn begin_of(journal: &Opened, plugin: &[u8], state: &str) -> Id {
    let plugin = code(plugin);
    let entry = Entry { plugin: &plugin, manager: "tempdir", terms: "{}", state, entered_at: "main.rs:1:1" };
    journal.begin(&entry, LONG).unwrap()
}

fn begin(journal: &Opened, state: &str) -> Id {
    begin_of(journal, b"a plugin", state)
}

/// The states of all entries, with their status.
fn listed(journal: &Opened) -> Vec<(String, Status)> {
    journal.list().unwrap().into_iter().map(|entry: Listed| (entry.state, entry.status)).collect()
}

/// Claims what is lost.
fn claim(journal: &Opened) -> Claim<'_> {
    journal.claim(|entry| entry.status == Status::Lost).unwrap()
}

/// The states of what can be claimed, as it comes; all of it is released again.
fn claimable(journal: &Opened) -> Vec<String> {
    claim(journal).entries().iter().map(|entry| entry.state.clone()).collect()
}

/// How many owners the database has.
fn owners(folder: &Path) -> i64 {
    let database = rusqlite::Connection::open(folder.join("journal.sqlite")).unwrap();
    database.query_row("SELECT count(*) FROM owners", [], |row| row.get(0)).unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
