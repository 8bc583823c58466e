//! What is on the disk when.

use super::*;
use crate::journal::database::Durable;

/// What `synchronous` was for the last change: 2 is FULL, 1 is NORMAL.
fn synchronous(journal: &Opened) -> i64 {
    let turn = journal.database.find(LONG).unwrap().unwrap();
    turn.connection().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
}

/// What a machine that stops now would find: the files as they are, while the journal is open.
fn snapshot(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for part in ["", "owners", "plugins"] {
        std::fs::create_dir_all(copy.path().join(part)).unwrap();
        for name in names(&folder.join(part)) {
            let (from, to) = (folder.join(part).join(&name), copy.path().join(part).join(&name));
            // The index of the log is in memory only, after a stop.
            if from.is_file() && !name.ends_with("-shm") {
                std::fs::copy(from, to).unwrap();
            }
        }
    }
    copy
}

#[test]
fn checkpoints_are_synced_before_anything_is_acquired_and_ends_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    assert_eq!(synchronous(&journal), 2);
    journal.abandon(id, "").unwrap();
    assert_eq!(synchronous(&journal), 1);
    journal.update(id, "2", LONG).unwrap();
    assert_eq!(synchronous(&journal), 2);
    journal.end(id).unwrap();
    assert_eq!(synchronous(&journal), 1);
}

#[test]
fn what_returned_is_in_the_files_with_its_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    let check = |state: &str| {
        let copy = snapshot(folder.path());
        let journal = open(copy.path());
        let claim = claim(&journal);
        assert_eq!(claim.entries()[0].state, state);
        assert_eq!(claim.plugin(&claim.entries()[0]).unwrap(), b"a plugin");
    };
    check("1");
    journal.update(id, "2", LONG).unwrap();
    check("2");
}

#[test]
fn the_plugin_is_on_the_disk_before_an_entry_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin_of(&journal, b"another", "1");
    // The next entry cannot be made.
    let mut turn = journal.database.find(LONG).unwrap().unwrap();
    turn.write(Durable::Later, |writing| Ok(writing.execute_batch("ALTER TABLE entries RENAME TO away")?))
        .unwrap();
    drop(turn);
    let plugin = code(b"a plugin");
    let entry = Entry { plugin: &plugin, manager: "", terms: "", state: "", entered_at: "" };
    let problem = journal.begin(&entry, LONG).unwrap_err();
    assert!(problem.to_string().contains("is damaged"), "{problem}");
    let kept = folder.path().join("plugins").join(plugin.digest()).with_extension("wasm");
    assert_eq!(std::fs::read(kept).unwrap(), b"a plugin");
    assert!(journal.update(id, "2", LONG).is_err());
}

#[test]
#[cfg(unix)]
fn the_files_are_the_users_alone_in_a_folder_that_others_may_read() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let made = folder.path().join("state/ambit");
    for folder in [folder.path(), &made] {
        let journal = open(folder);
        begin(&journal, "1");
        let mut files = 0;
        for part in ["", "owners", "plugins"] {
            for name in names(&folder.join(part)) {
                let path = folder.join(part).join(name);
                if path.is_file() {
                    let mode = std::fs::metadata(&path).unwrap().mode() & 0o777;
                    assert_eq!(mode, 0o600, "{}", path.display());
                    files += 1;
                }
            }
        }
        for part in ["owners", "plugins"] {
            assert_eq!(std::fs::metadata(folder.join(part)).unwrap().mode() & 0o777, 0o700);
        }
        // The database, its log and the log's index, the turnstile, a lock and a plugin.
        assert_eq!(files, 6);
    }
    assert_eq!(std::fs::metadata(made).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn power_that_is_lost_at_a_begin_leaves_a_whole_database_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let made = journal.database.make(LONG).unwrap();
    // Nothing was written yet but what makes a database.
    drop(made);
    let copy = snapshot(folder.path());
    let _ = std::fs::remove_file(copy.path().join("journal.sqlite-wal"));
    let journal = open(copy.path());
    assert_eq!(listed(&journal), []);
    begin(&journal, "1");
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Live)]);
}
