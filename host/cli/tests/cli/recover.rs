//! `ambit recover`, after an `ambit` was killed.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::Place;

/// Lets a command kill the `ambit` that runs it, and waits until the command has ended too.
#[track_caller]
fn die(place: &Place, managers: &[&str]) {
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", "."]).args(managers).args(["--", "sh", "-c", "kill -9 $PPID"]);
    assert_eq!(ambit.status().unwrap().signal(), Some(9));
    let began = Instant::now();
    while listed(place).iter().any(|scope| scope["status"] == "live") {
        assert!(began.elapsed() < Duration::from_secs(60), "the command ends");
    }
}

fn listed(place: &Place) -> Vec<Value> {
    let ran = place.run(&["recover", "--list", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn what_a_killed_ambit_held_is_released() {
    let place = Place::new().file("a", "as it was");
    die(&place, &["tempdir() as DIR", r#"lock("the.lock")"#, r#"rollback("a")"#]);
    let managers: Vec<_> = listed(&place).iter().map(|scope| scope["manager"].clone()).collect();
    assert_eq!(managers, ["tempdir", "lock", "rollback"]);
    place.run(&["recover"]).is(0, "released: `rollback`\nreleased: `lock`\nreleased: `tempdir`\n");
    place.holds_only(&["a"]);
    place.run(&["recover"]).is(0, "");
    assert!(listed(&place).is_empty());
}

#[test]
fn the_next_ambit_releases_it_as_it_starts_and_says_so() {
    let place = Place::new();
    die(&place, &["tempdir() as DIR"]);
    let ran = place.with(&["timer()"], "ls");
    ran.says(0, &["what an `ambit` held that was killed is released: `tempdir`"]);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_list_shows_what_is_held_and_recovers_nothing() {
    let place = Place::new();
    die(&place, &["tempdir() as DIR"]);
    let ran = place.run(&["recover", "--list"]);
    assert_eq!(ran.status, Some(0));
    for words in ["1  lost  `tempdir`, entered 20", "Z by process ", "    holds: {\"path\":\""] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert_eq!(listed(&place).len(), 1);
}

#[test]
fn a_live_ambit_is_left_alone() {
    let place = Place::new();
    let script = "$AMBIT recover; $AMBIT recover --list --json; ls -d \"$DIR\"";
    let mut ambit = place.ambit();
    ambit.env("AMBIT", env!("CARGO_BIN_EXE_ambit"));
    ambit.args(["with", "--dir", ".", "tempdir() as DIR", "--", "sh", "-c", script]);
    let stdout = String::from_utf8(ambit.output().unwrap().stdout).unwrap();
    assert!(stdout.contains("\"status\": \"live\"") && stdout.ends_with('\n'), "{stdout}");
    assert!(!stdout.contains("released"), "{stdout}");
}

#[test]
fn what_cannot_be_released_stays_with_its_error_and_ends_with_114() {
    let place = Place::new().folder("gone");
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", "gone", "tempdir() as DIR", "--", "sh", "-c", "kill -9 $PPID"]);
    ambit.status().unwrap();
    fs::remove_dir_all(place.path().join("gone")).unwrap();
    let failed = || place.run(&["recover"]);
    let began = Instant::now();
    while failed().status == Some(0) {
        assert!(began.elapsed() < Duration::from_secs(60), "the command ends");
    }
    failed().says(114, &["what `tempdir` held could not be released", "cannot be granted", "--forget 1"]);
    let scope = &listed(&place)[0];
    assert!(scope["attempts"].as_u64().unwrap() >= 2);
    assert!(scope["error"].as_str().unwrap().contains("cannot be granted"));
    place.run(&["recover", "--forget", "1"]).is(0, "");
    place.run(&["recover"]).is(0, "");
    place.run(&["recover", "--forget", "1"]).says(110, &["there is no scope 1 in the journal"]);
}

#[test]
fn no_journal_is_kept_where_none_is_wanted() {
    let place = Place::new();
    place.with(&["--no-journal", "--dir", ".", "tempdir() as DIR"], "true").is(0, "");
    assert_eq!(fs::read_dir(place.journal()).unwrap().count(), 0);
}

#[test]
fn a_journal_that_cannot_be_kept_is_told_and_does_no_harm() {
    let place = Place::new().file("file", "");
    let ran = place.with(&["--journal", "file", "--dir", ".", "tempdir() as DIR"], "ls -d $DIR");
    ran.says(0, &["it has no journal", "--no-journal"]);
    assert!(!ran.stdout.is_empty());
    place.run(&["recover", "--journal", "file"]).says(111, &["the journal's folder `file` cannot be used"]);
}

#[test]
fn the_journal_is_not_granted_to_a_plugin() {
    let place = Place::new();
    let journal = place.journal().to_str().unwrap();
    place.with(&["--dir", journal, "tempdir()"], "true").says(111, &["cannot be granted"]);
}
