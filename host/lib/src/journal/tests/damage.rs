//! Files that are not as they were written, and folders that are gone.

use std::fs;
use std::time::Instant;

use super::*;
use crate::journal::Problem;
use crate::journal::database::Durable;

const DATABASE: &str = "journal.sqlite";

/// A folder whose database was changed, with one lost entry in it before.
fn changed(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    begin(&dead, "1");
    drop(dead);
    let file = folder.path().join(DATABASE);
    let bytes = fs::read(&file).unwrap();
    fs::write(file, change(bytes)).unwrap();
    folder
}

/// Checks that a problem is told by whatever is asked, in one sentence that names the database.
#[track_caller]
fn check_told(folder: &Path, why: &str, help: &str) {
    let journal = &open(folder);
    let problems = [
        journal.list().unwrap_err(),
        journal.claim(|_| true).unwrap_err(),
        journal.forget(&[Id(1)]).unwrap_err(),
        refused(journal),
        journal.update(Id(1), "", LONG).unwrap_err(),
        journal.end(Id(1)).unwrap_err(),
        journal.abandon(Id(1), "").unwrap_err(),
    ];
    for problem in problems {
        let message = problem.to_string();
        assert!(message.contains(why) && message.contains(DATABASE), "{message}");
        assert!(problem.help().is_some_and(|text| text.contains(help)), "{:?}", problem.help());
    }
}

#[test]
fn a_database_of_garbage_is_damaged() {
    let folder = changed(|bytes| vec![0x5a; bytes.len()]);
    check_told(folder.path(), "is damaged", "move the folder that it is in away");
}

#[test]
fn an_empty_database_is_damaged() {
    let folder = changed(|_| Vec::new());
    check_told(folder.path(), "is damaged: it is no journal of Ambit's", "move the folder");
}

#[test]
fn a_truncated_database_is_damaged() {
    let folder = changed(|bytes| bytes[..bytes.len() / 2].to_vec());
    check_told(folder.path(), "is damaged", "move the folder");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    other.execute_batch("CREATE TABLE entries (id); CREATE TABLE owners (number)").unwrap();
    drop(other);
    check_told(folder.path(), "is no journal of Ambit's", "move the folder");
}

#[test]
fn a_database_of_a_newer_form_is_refused_and_kept() {
    let folder = changed(|bytes| bytes);
    let newer = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    check_told(folder.path(), "was written by a newer Ambit: its form is 2", "use that Ambit");
    newer.pragma_update(None, "user_version", 1).unwrap();
    drop(newer);
    assert_eq!(claimable(&open(folder.path())), ["1"]);
}

#[test]
fn a_database_with_any_byte_changed_never_panics() {
    let whole = changed(|bytes| bytes);
    let bytes = fs::read(whole.path().join(DATABASE)).unwrap();
    for at in (0..bytes.len()).step_by(97).chain(0..100) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0xff;
        fs::write(whole.path().join(DATABASE), bytes).unwrap();
        let journal = open(whole.path());
        let _ = (journal.list(), journal.claim(|_| true), journal.forget(&[Id(7)]));
    }
}

#[test]
fn values_that_we_never_write_are_told() {
    let folder = changed(|bytes| bytes);
    let other = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    other.execute_batch("UPDATE owners SET lock = '../../etc'").unwrap();
    let journal = open(folder.path());
    let [problem] = claim(&journal).problems().try_into().unwrap();
    assert!(problem.to_string().ends_with("`../../etc` is no owner's name"), "{problem}");
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Unknown)]);
    assert!(journal.forget(&[Id(1)]).is_err());
    other.execute_batch("UPDATE entries SET attempts = -1").unwrap();
    let problem = journal.list().unwrap_err();
    assert!(problem.to_string().contains("is damaged"), "{problem}");
}

#[test]
fn an_owner_that_cannot_be_claimed_does_not_keep_the_others_from_it() {
    let folder = changed(|bytes| bytes);
    let dead = open(folder.path());
    begin(&dead, "2");
    drop(dead);
    let other = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    other.execute_batch("UPDATE owners SET lock = 'odd' WHERE number = 2").unwrap();
    let journal = open(folder.path());
    let mut claim = claim(&journal);
    assert_eq!(claim.problems().len(), 1);
    assert_eq!(claim.entries()[0].state, "1");
    assert_eq!((claim.entries().len(), claim.left().len()), (1, 0));
}

#[test]
fn an_owner_that_cannot_be_made_out_does_not_keep_what_others_left() {
    let folder = tempfile::tempdir().unwrap();
    let [odd, blocked, dead] = [(); 3].map(|()| open(folder.path()));
    // All died right after their last `end`, before they could clean up.
    for journal in [&odd, &blocked, &dead] {
        journal.end(begin(journal, "1")).unwrap();
    }
    let [_, path, _] = [odd, blocked, dead].map(|journal| journal.own().take().unwrap().path().to_owned());
    let other = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    other.execute_batch("UPDATE owners SET lock = 'odd' WHERE number = 1").unwrap();
    // Nothing that can be opened as a file, of an owner and of nobody.
    for path in [path.clone(), folder.path().join("owners/00112233445566778899aabbccddeeff.lock")] {
        let _ = fs::remove_file(&path);
        fs::create_dir(path).unwrap();
    }
    assert_eq!((owners(folder.path()), names(&folder.path().join("owners")).len()), (3, 4));
    assert_eq!(claimable(&open(folder.path())), Vec::<String>::new());
    // That of the third is gone, and the file of the first, which no owner has any more.
    assert_eq!((owners(folder.path()), names(&folder.path().join("owners")).len()), (2, 2));
    assert_eq!(names(&folder.path().join("plugins")), Vec::<String>::new());
}

#[test]
fn a_folder_that_vanishes_is_told_and_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    begin(&journal, "1");
    fs::remove_dir_all(folder.path()).unwrap();
    check_told_gone(&journal);
    // One of the same name is another.
    let another = open(folder.path());
    begin(&another, "1");
    check_told_gone(&journal);
    drop(journal);
    assert_eq!(listed(&another), [("1".to_owned(), Status::Live)]);
}

#[track_caller]
fn check_told_gone(journal: &Opened) {
    let problems = [
        refused(journal),
        journal.update(Id(1), "2", LONG).unwrap_err(),
        journal.end(Id(1)).unwrap_err(),
        journal.list().unwrap_err(),
        journal.claim(|_| true).unwrap_err(),
    ];
    for problem in problems {
        let message = problem.to_string();
        assert!(message.ends_with("was removed, or replaced, while it was in use"), "{message}");
    }
}

#[test]
fn a_folder_that_vanished_before_the_first_checkpoint_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    fs::remove_dir_all(folder.path()).unwrap();
    let problem = refused(&journal);
    assert!(problem.to_string().contains("No such file or directory"), "{problem}");
    assert!(journal.owner_handle().is_err());
    assert!(journal.list().unwrap().is_empty());
}

#[test]
fn a_lock_that_is_removed_from_under_its_owner_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    fs::remove_dir_all(folder.path().join("owners")).unwrap();
    for problem in [journal.update(id, "2", LONG).unwrap_err(), refused(&journal)] {
        assert!(problem.to_string().ends_with("was removed, or replaced, while it was in use"), "{problem}");
    }
    // Nothing of it was written.
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Unknown)]);
}

/// Why no entry can begin.
fn refused(journal: &Opened) -> Problem {
    let plugin = code(b"a plugin");
    let entry = Entry { plugin: &plugin, manager: "", terms: "", state: "", entered_at: "" };
    journal.begin(&entry, LONG).unwrap_err()
}

#[test]
fn a_turnstile_that_is_none_keeps_nobody_from_writing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("turnstile")).unwrap();
    let journal = open(folder.path());
    journal.update(begin(&journal, "1"), "2", LONG).unwrap();
    assert_eq!(listed(&journal), [("2".to_owned(), Status::Live)]);
}

#[test]
fn a_full_disk_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    let turn = journal.database.find(LONG).unwrap().unwrap();
    let pages: i64 = turn.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    turn.connection().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    drop(turn);
    let problem = journal.update(id, &"x".repeat(100_000), LONG).unwrap_err();
    assert!(problem.to_string().ends_with("cannot be written: the disk is full"), "{problem}");
    assert_eq!(problem.help(), Some("make room on the disk"));
    // What was there before still is.
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Live)]);
    journal.update(id, "2", LONG).unwrap();
}

#[test]
fn a_wait_for_another_process_or_thread_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, other) = (open(folder.path()), open(folder.path()));
    let id = begin(&journal, "1");
    begin(&other, "2");
    let check_busy = || {
        let before = Instant::now();
        let problem = journal.update(id, "3", Duration::from_millis(30)).unwrap_err();
        assert!(problem.to_string().contains("is busy"), "{problem}");
        let took = before.elapsed();
        // SQLite counts whole milliseconds.
        assert!(took >= Duration::from_millis(28) && took < LONG, "{took:?}");
    };
    let mut turn = other.database.find(LONG).unwrap().unwrap();
    turn.write(Durable::Later, |_| {
        check_busy();
        Ok(())
    })
    .unwrap();
    let turn = journal.database.find(LONG).unwrap();
    check_busy();
    drop(turn);
    journal.update(id, "3", Duration::MAX).unwrap();
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_may_write_in_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let problem = Journal::at(folder.path()).open().unwrap_err();
    assert!(problem.contains("others may write in it; run `chmod go-w` on it"), "{problem}");
}
