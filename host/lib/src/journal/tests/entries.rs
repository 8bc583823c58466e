//! What becomes of entries, in one process.

use super::*;

#[test]
fn who_only_looks_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    assert!(journal.list().unwrap().is_empty());
    assert!(claimable(&journal).is_empty());
    assert!(!journal.forget(&[Id(1)]).unwrap());
    journal.end(Id(1)).unwrap();
    drop(journal);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn an_owner_that_ended_all_leaves_only_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    assert_eq!(names(&folder.path().join("plugins")).len(), 1);
    journal.end(id).unwrap();
    drop(journal);
    assert_eq!(names(&folder.path().join("owners")), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("plugins")), Vec::<String>::new());
    assert_eq!(listed(&open(folder.path())), []);
}

#[test]
fn the_last_checkpoint_is_what_is_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    let id = begin(&dead, "first");
    dead.update(id, "second", LONG).unwrap();
    dead.update(id, "third", LONG).unwrap();
    drop(dead);
    assert_eq!(claimable(&open(folder.path())), ["third"]);
}

#[test]
fn what_is_claimed_comes_innermost_first_whoever_entered_it() {
    let folder = tempfile::tempdir().unwrap();
    let (outer, inner) = (open(folder.path()), open(folder.path()));
    for (journal, state) in [(&outer, "1"), (&outer, "2"), (&inner, "3"), (&outer, "4"), (&inner, "5")] {
        begin(journal, state);
    }
    drop((outer, inner));
    assert_eq!(claimable(&open(folder.path())), ["5", "4", "3", "2", "1"]);
}

#[test]
fn what_an_entry_was_begun_with_is_listed_and_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    let plugin = code(b"a plugin");
    let entry = Entry {
        plugin: &plugin,
        manager: "lock",
        terms: r#"{"dirs":["/tmp"]}"#,
        state: "é\0\u{1f512}",
        entered_at: "src/main.rs:7:3",
    };
    let before = std::time::SystemTime::now() - Duration::from_millis(1);
    let id = dead.begin(&entry, LONG).unwrap();
    let [listed] = dead.list().unwrap().try_into().unwrap();
    assert_eq!((listed.id, listed.status, listed.attempts), (id, Status::Live, 0));
    assert_eq!((&*listed.plugin, &*listed.digest), ("plugin.wasm", plugin.digest()));
    assert_eq!((&*listed.manager, &*listed.state), ("lock", "é\0\u{1f512}"));
    assert_eq!(listed.entered_at, "src/main.rs:7:3");
    assert_eq!((listed.error, listed.attempted), (None, None));
    assert_eq!(listed.owner.pid, std::process::id());
    assert_eq!(Path::new(&listed.owner.program), std::env::current_exe().unwrap());
    let since = before..=std::time::SystemTime::now();
    assert!(since.contains(&listed.entered) && since.contains(&listed.owner.started), "{since:?}");
    drop(dead);

    let journal = open(folder.path());
    let claim = claim(&journal);
    let [claimed] = claim.entries() else { panic!("{claim:?}") };
    assert_eq!((claimed.id, claimed.attempts), (id, 0));
    assert_eq!((&*claimed.plugin, &*claimed.digest), ("plugin.wasm", plugin.digest()));
    assert_eq!((&*claimed.manager, &*claimed.terms), ("lock", entry.terms));
    assert_eq!((&*claimed.state, &*claimed.entered_at), (entry.state, entry.entered_at));
    assert_eq!(claim.plugin(claimed).unwrap(), b"a plugin");
}

#[test]
fn a_number_is_never_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let first = begin(&journal, "1");
    journal.end(first).unwrap();
    drop(journal);
    let journal = open(folder.path());
    assert!(begin(&journal, "2") > first);
}

#[test]
fn a_checkpoint_of_an_entry_that_is_gone_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    journal.end(id).unwrap();
    let update = journal.update(id, "2", LONG).unwrap_err();
    assert!(update.to_string().ends_with("has no scope 1 any more"), "{update}");
    let mark = journal.abandon(id, "it trapped").unwrap_err();
    assert!(mark.to_string().ends_with("has no scope 1 any more"), "{mark}");
}

#[test]
fn the_folder_is_reserved_once_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path().join("new"));
    let made = || journal.folders().contains(&folder.path().canonicalize().unwrap().join("new"));
    assert!(!made());
    journal.open().unwrap().unwrap();
    assert!(made());
    assert!(Journal::none().open().unwrap().is_none());
    assert!(Journal::default().open().unwrap().is_none());
}
