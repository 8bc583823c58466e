//! The plugins that a recovery needs, by content.

use std::fs;
use std::path::PathBuf;

use super::*;

fn kept(folder: &Path, plugin: &[u8]) -> PathBuf {
    folder.join("plugins").join(code(plugin).digest()).with_extension("wasm")
}

#[test]
fn each_scope_is_recovered_by_the_version_that_entered() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    begin_of(&dead, b"version 1", "1");
    begin_of(&dead, b"version 2", "2");
    begin_of(&dead, b"version 1", "3");
    drop(dead);
    assert_eq!(names(&folder.path().join("plugins")).len(), 2);
    let journal = open(folder.path());
    let claim = claim(&journal);
    let plugins: Vec<_> = claim.entries().iter().map(|entry| claim.plugin(entry).unwrap()).collect();
    assert_eq!(plugins, [b"version 1", b"version 2", b"version 1"]);
}

#[test]
fn a_plugin_goes_with_the_last_entry_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    let first = begin_of(&one, b"version 1", "1");
    begin_of(&other, b"version 1", "2");
    let last = begin_of(&one, b"version 2", "3");
    one.end(first).unwrap();
    one.end(last).unwrap();
    drop(one);
    assert!(kept(folder.path(), b"version 1").exists());
    assert!(!kept(folder.path(), b"version 2").exists());
}

#[test]
fn of_large_plugins_that_no_entry_names_a_few_stay_for_the_next_scope() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let large = |version| vec![version; 1 << 20];
    for version in 1..=6 {
        let id = begin_of(&journal, &large(version), "1");
        journal.end(id).unwrap();
    }
    drop(journal);
    assert_eq!(names(&folder.path().join("plugins")).len(), 4);
    let next = open(folder.path());
    begin_of(&next, &large(6), "1");
    assert_eq!(fs::read(kept(folder.path(), &large(6))).unwrap(), large(6));
}

#[test]
fn a_plugin_that_was_removed_meanwhile_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    let id = begin(&one, "1");
    one.end(id).unwrap();
    let id = begin(&other, "2");
    other.end(id).unwrap();
    drop(other);
    assert!(!kept(folder.path(), b"a plugin").exists());
    begin(&one, "3");
    assert!(kept(folder.path(), b"a plugin").exists());
}

#[test]
fn a_plugin_that_is_not_what_it_was_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    begin(&dead, "1");
    drop(dead);
    let path = kept(folder.path(), b"a plugin");
    let journal = open(folder.path());
    let claim = claim(&journal);
    let entry = &claim.entries()[0];
    fs::write(&path, b"A plugin").unwrap();
    let problem = claim.plugin(entry).unwrap_err();
    let message = problem.to_string();
    assert!(message.contains("was changed since, and is not run"), "{message}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    fs::remove_file(&path).unwrap();
    let problem = claim.plugin(entry).unwrap_err();
    assert!(problem.to_string().contains("cannot be read: No such file"), "{problem}");
    assert!(problem.help().is_some_and(|help| help.contains("forget the entry")));
    // Put back, it serves again.
    fs::write(&path, b"a plugin").unwrap();
    assert_eq!(claim.plugin(entry).unwrap(), b"a plugin");
}

#[test]
fn a_digest_that_is_none_reaches_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    begin(&dead, "1");
    drop(dead);
    fs::write(folder.path().join("secret.wasm"), "").unwrap();
    let journal = open(folder.path());
    let claim = claim(&journal);
    let entry = Listed { digest: "../secret".to_owned(), ..claim.entries()[0].clone() };
    let problem = claim.plugin(&entry).unwrap_err();
    assert!(problem.to_string().ends_with("is kept under no digest: `../secret`"), "{problem}");
}

#[test]
fn a_kept_plugin_that_is_wrong_is_put_right_by_the_next_that_enters() {
    let folder = tempfile::tempdir().unwrap();
    let one = open(folder.path());
    begin(&one, "1");
    fs::write(kept(folder.path(), b"a plugin"), "cut").unwrap();
    begin(&open(folder.path()), "2");
    assert_eq!(fs::read(kept(folder.path(), b"a plugin")).unwrap(), b"a plugin");
}
