//! `ambit recover`, after an `ambit` was killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::{Place, Ran};

/// Lets a command kill the `ambit` that runs it, and waits until the command has ended too.
#[track_caller]
fn die(place: &Place, managers: &[&str]) {
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", "."]).args(managers).args(["--", "sh", "-c", "kill -9 $PPID"]);
    assert_eq!(ambit.status().unwrap().signal(), Some(9));
    outlive(place);
}

/// Waits until the command of an `ambit` that was killed has ended too.
#[track_caller]
fn outlive(place: &Place) {
    let began = Instant::now();
    while listed(place).iter().any(|scope| scope["status"] == "live") {
        assert!(began.elapsed() < Duration::from_secs(60), "the command ends");
    }
}

impl Place {
    /// Runs a script inside of a `tempdir`; `$AMBIT` is the program.
    fn inside(&self, script: &str) -> Ran {
        let mut ambit = self.ambit();
        ambit.env("AMBIT", env!("CARGO_BIN_EXE_ambit"));
        ambit.args(["with", "--dir", ".", "tempdir() as DIR", "--", "sh", "-c", script]);
        Ran::of(ambit.output().unwrap())
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
    let within = format!("    in: {}\n", place.path().display());
    for words in ["1  lost  `tempdir`, entered 20", "Z by process ", "    holds: {\"path\":\"", &within] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert_eq!(listed(&place).len(), 1);
}

#[test]
fn a_live_ambit_is_left_alone() {
    let place = Place::new();
    let script = "$AMBIT recover; $AMBIT recover --list --json; ls -d \"$DIR\"";
    let ran = place.inside(script);
    assert!(ran.stdout.contains("\"status\": \"live\"") && ran.stdout.ends_with('\n'), "{ran:?}");
    assert!(!ran.stdout.contains("released"), "{ran:?}");
    ran.says(0, &["what `tempdir` holds is in use, and left alone", "still runs", "`fuser /"]);
}

#[test]
fn what_a_command_that_was_left_behind_still_uses_is_told_and_left_alone() {
    let place = Place::new();
    let script = "kill -9 $PPID; $AMBIT recover; echo \"$? $(ls -d \"$DIR\")\" >&2";
    let ran = place.inside(script);
    assert_eq!(ran.status, None);
    let expected = ["what `tempdir` holds is in use", "where that process has ended", "\n0 ./"];
    assert!(expected.iter().all(|words| ran.stderr.contains(words)), "{ran:?}");
}

#[test]
fn what_another_process_recovers_is_told_and_ends_with_114() {
    let place = Place::new().plugin("slow.wasm", programs::CHECKPOINTS);
    die(&place, &["./slow.wasm:recover_loops"]);
    let mut other = place.ambit().args(["recover"]).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while listed(&place)[0]["status"] != "recovering" {
        assert!(began.elapsed() < Duration::from_secs(60), "the other recovers");
    }
    let ran = place.run(&["recover"]);
    other.kill().unwrap();
    other.wait().unwrap();
    ran.says(114, &["another process recovers what `./slow.wasm:recover_loops` held at this moment"]);
}

#[test]
fn what_nobody_can_tell_of_is_recovered_only_if_that_is_asked_for() {
    let place = Place::new();
    die(&place, &["tempdir() as DIR"]);
    fs::remove_dir_all(place.journal().join("owners")).unwrap();
    assert_eq!(listed(&place)[0]["status"], "unknown");
    let ran = place.with(&["timer()"], "true");
    ran.says(0, &["the journal has 1 of which nobody can tell whether their `ambit` still runs"]);
    assert!(!ran.stderr.contains("could not be released"), "nobody tried: {}", ran.stderr);
    place.run(&["recover"]).says(114, &["what `tempdir` holds is left alone", "--unknown", "--forget 1"]);
    place.run(&["recover", "--unknown"]).is(0, "released: `tempdir`\n");
    place.holds_only(&[]);
}

#[test]
fn of_several_scopes_of_one_ambit_that_are_unknown_no_one_is_named_to_be_given_up() {
    let place = Place::new();
    die(&place, &["tempdir() as DIR", r#"lock("the.lock")"#]);
    fs::remove_dir_all(place.journal().join("owners")).unwrap();
    let ran = place.run(&["recover"]);
    ran.says(114, &["what `tempdir`, `lock` holds is left alone", "--unknown", "--list", "--forget ID"]);
    assert!(!ran.stderr.contains("--forget 1"), "{}", ran.stderr);
    // To give one up says nothing of the other.
    place.run(&["recover", "--forget", "1"]).says(0, &[]);
    place.run(&["recover"]).says(114, &["what `lock` holds is left alone", "--forget 2"]);
    place.run(&["recover", "--unknown"]).is(0, "released: `lock`\n");
}

#[test]
fn an_ambit_within_another_is_recovered_first() {
    let place = Place::new();
    let inner = r#""$AMBIT" with --dir . 'lock("inner.lock")' -- sh -c 'kill -9 $OUTER $PPID'"#;
    place.inside(&format!("OUTER=$PPID {inner}"));
    let began = Instant::now();
    while listed(&place).iter().any(|scope| scope["status"] == "live") {
        assert!(began.elapsed() < Duration::from_secs(60), "the commands end");
    }
    place.run(&["recover"]).is(0, "released: `lock`\nreleased: `tempdir`\n");
}

#[test]
fn a_recovery_may_be_given_other_limits_than_its_scope_had() {
    let place = Place::new().plugin("slow.wasm", programs::CHECKPOINTS);
    die(&place, &["./slow.wasm:recover_loops"]);
    let ran = place.run(&["recover", "--recover-budget", "0.2s", "--memory", "32MiB"]);
    ran.says(114, &["it took longer than its budget of 200ms"]);
    place.run(&["recover", "--memory", "1KiB"]).says(114, &["could not be released"]);
    place.run(&["recover", "--list", "--memory", "1KiB"]).says(110, &["cannot be used with"]);
    let help = place.run(&["recover", "--help"]).stdout;
    assert!(help.contains("--memory <SIZE>") && help.contains("[default: as it had]"), "{help}");
}

#[test]
fn another_directory_of_the_same_name_is_left_as_it_is() {
    let place = Place::new().folder("granted");
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", "granted", "tempdir() as DIR", "--", "sh", "-c", "kill -9 $PPID"]);
    ambit.status().unwrap();
    fs::rename(place.path().join("granted"), place.path().join("away")).unwrap();
    let place = place.folder("granted");
    let began = Instant::now();
    while listed(&place)[0]["status"] == "live" {
        assert!(began.elapsed() < Duration::from_secs(60), "the command ends");
    }
    place.run(&["recover"]).says(114, &["granted` is not the one that was granted", "--forget 1"]);
    fs::remove_dir(place.path().join("granted")).unwrap();
    fs::rename(place.path().join("away"), place.path().join("granted")).unwrap();
    place.run(&["recover"]).is(0, "released: `tempdir`\n");
    place.holds_only(&["granted"]);
}

#[test]
fn a_journal_that_is_damaged_is_told_once_and_ends_with_111() {
    let place = Place::new();
    fs::write(place.journal().join("journal.sqlite"), "no database").unwrap();
    for arguments in [&["recover"][..], &["recover", "--list"], &["recover", "--forget", "1"]] {
        let ran = place.run(arguments);
        ran.says(111, &["is damaged", "move the folder"]);
        assert_eq!(ran.stderr.matches("is damaged").count(), 1, "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("not a database").count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn a_journal_that_is_named_and_not_there_is_not_made() {
    let place = Place::new();
    for arguments in [&["recover"][..], &["recover", "--list"], &["recover", "--forget", "1"]] {
        let arguments = [arguments, &["--journal", "typo"]].concat();
        place.run(&arguments).says(110, &["there is no journal `typo`"]);
    }
    place.holds_only(&[]);
    let mut ambit = place.ambit();
    let ran = Ran::of(ambit.env("AMBIT_JOURNAL", "new").args(["recover", "--list"]).output().unwrap());
    ran.is(0, "");
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
    let given_up = place.run(&["recover", "--forget", "1"]);
    assert!(given_up.stdout.starts_with("given up: `tempdir`, which held {\"path\":"), "{given_up:?}");
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

#[test]
fn what_was_never_made_is_not_held() {
    let place = Place::new().file("file", "");
    let (long, beneath) = ("a".repeat(300), "file/beneath");
    for manager in [
        format!("tempdir(parent={:?})", "file"),
        format!("tempdir(prefix={long:?})"),
        format!("lock({beneath:?})"),
    ] {
        let entered = place.run(&["with", "--dir", ".", &manager, "--", "true"]);
        assert_eq!(entered.status, Some(112), "{manager}: {}", entered.stderr);
        assert!(listed(&place).is_empty(), "{manager}");
    }
}

#[test]
fn what_could_not_be_restored_is_named() {
    let place = Place::new().folder("p").file("p/f", "one");
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", "p", "rollback(\"p/f\")", "--"]);
    ambit.args(["sh", "-c", "echo x > p/f; rm -r p/.f.ambit*/copies; kill -9 $PPID"]);
    ambit.status().unwrap();
    outlive(&place);
    place.run(&["recover"]).says(114, &["not all could be restored", "cannot restore `"]);
}

#[test]
fn of_several_numbers_all_are_given_up_or_none() {
    let place = Place::new();
    die(&place, &["tempdir() as DIR", r#"lock("the.lock")"#]);
    let refused = place.run(&["recover", "--forget", "1", "--forget", "7"]);
    refused.says(110, &["there is no scope 7 in the journal: nothing was given up"]);
    assert_eq!(listed(&place).len(), 2);
    let given_up = place.run(&["recover", "--forget", "1", "--forget", "2", "--forget", "2"]);
    assert_eq!((given_up.status, given_up.stdout.lines().count()), (Some(0), 2), "{given_up:?}");
    assert!(listed(&place).is_empty());
}

/// An `ambit` that holds a lock, and the process of its command, which is all there is to kill then.
fn holder(place: &Place) -> (Child, String) {
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", ".", r#"lock("the.lock")"#, "--", "sh", "-c", "echo $$; exec sleep 600"]);
    let mut ambit = ambit.stdout(Stdio::piped()).spawn().unwrap();
    let mut command = String::new();
    BufReader::new(ambit.stdout.as_mut().unwrap()).read_line(&mut command).unwrap();
    (ambit, command.trim().to_owned())
}

/// An `ambit` that waits for that lock: it leaves its checkpoint first.
fn waiter(place: &Place) -> Child {
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", ".", r#"lock("the.lock", wait=60)"#, "--", "echo", "it ran"]);
    let ambit = ambit.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while listed(place).len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60), "it waits");
    }
    ambit
}

fn kill(signal: &str, process: &str) {
    assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
}

#[test]
fn a_lock_is_had_by_who_waits_for_it_though_its_holder_was_killed() {
    let place = Place::new();
    let (mut holder, command) = holder(&place);
    let waiter = waiter(&place);
    kill("-9", &holder.id().to_string());
    kill("-9", &command);
    holder.wait().unwrap();
    let ran = Ran::of(waiter.wait_with_output().unwrap());
    ran.says(0, &["what an `ambit` held that was killed is released: `lock`"]);
    assert_eq!(ran.stdout, "it ran\n");
}

#[test]
fn a_signal_while_a_manager_is_entered_is_answered_by_what_is_waited_for() {
    let place = Place::new();
    let (mut holder, command) = holder(&place);
    let waiter = waiter(&place);
    kill("-TERM", &waiter.id().to_string());
    // It waits no longer, though the lock is held.
    let ran = Ran::of(waiter.wait_with_output().unwrap());
    ran.says(
        143,
        &[
            "SIGTERM came while `lock` is being entered: `ambit` stops when that has ended",
            "`--enter-budget TIME`",
        ],
    );
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr.lines().count(), 2, "{ran:?}");
    kill("-TERM", &command);
    holder.wait().unwrap();
}
