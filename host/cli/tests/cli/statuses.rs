//! What `ambit` ends with.

use crate::golden;
use crate::place::Place;

fn answers() -> Place {
    Place::new().plugin("answers.wasm", programs::ANSWERS)
}

#[test]
fn a_command_that_succeeds_ends_with_0() {
    Place::new().with(&["--dir", ".", "tempdir"], "echo done").is(0, "done\n");
}

#[test]
fn the_commands_own_status_is_kept() {
    let place = Place::new();
    for status in [1, 3, 110, 255] {
        place.with(&["--dir", ".", "tempdir()"], &format!("exit {status}")).is(status, "");
    }
    place.holds_only(&[]);
}

#[test]
fn a_tempdir_is_gone_whatever_happened_in_it() {
    let place = Place::new();
    place.with(&["--dir", ".", "tempdir() as DIR"], "touch $DIR/x; exit 3").is(3, "");
    place.holds_only(&[]);
}

#[test]
fn a_signal_that_ends_the_command_is_128_and_its_number() {
    let place = Place::new();
    place.with(&["--dir", ".", "tempdir()"], "kill -KILL $$").is(137, "");
    place.with(&["--dir", ".", "tempdir()"], "kill -SEGV $$").is(139, "");
    place.holds_only(&[]);
}

#[test]
fn what_a_manager_suppresses_ends_with_0() {
    answers().with(&["./answers.wasm:suppresses"], "exit 3").is(0, "");
}

#[test]
fn only_the_kinds_that_are_named_are_suppressed() {
    let place = Place::new();
    place.with(&["suppress(\"exit-status:3\")"], "exit 3").is(0, "");
    place.with(&["suppress(\"exit-status:3\")"], "exit 4").is(4, "");
    place.with(&["suppress(\"exit-status:3\", \"exit-status:4\")"], "exit 4").is(0, "");
    place.with(&["suppress(\"exit-status\")"], "exit 4").is(0, "");
    place.with(&["suppress(\"exit-status:137\")"], "kill -KILL $$").is(0, "");
}

#[test]
fn an_error_in_the_place_of_the_commands_is_shown_with_what_stands_behind_it() {
    for (name, manager) in [
        ("replaced", "replaces"),
        ("replaced-from", "replaces_from"),
        ("replaced-from-nothing", "replaces_from_nothing"),
        ("replaced-and-cut", "replaces_and_cuts"),
        ("replaced-by-a-group", "groups"),
        ("replaced-by-groups-in-groups", "nests_groups"),
    ] {
        let manager = format!("./answers.wasm:{manager}");
        let ran = golden::check(name, &answers(), &["with", &manager, "--", "sh", "-c", "exit 3"]);
        assert_eq!(ran.status, Some(112));
    }
}

#[test]
fn an_equal_error_is_another_error() {
    answers().with(&["./answers.wasm:raises_an_equal"], "exit 3").says(112, &["while handling"]);
}

#[test]
fn a_note_on_the_commands_error_is_shown_and_the_status_kept() {
    let arguments = ["with", "./answers.wasm:notes(\"look at the log\")", "--", "sh", "-c", "exit 3"];
    assert_eq!(golden::check("note", &answers(), &arguments).status, Some(3));
}

#[test]
fn a_command_that_cannot_be_started_is_told_once_with_the_notes_of_managers() {
    let place = answers().script("command", "").file("command", "#!/nowhere/sh\n");
    let arguments = ["with", "./answers.wasm:notes(\"look at the log\")", "--", "./command"];
    assert_eq!(golden::check("command-not-started-note", &place, &arguments).status, Some(127));
}

#[test]
fn what_a_terminal_obeys_is_escaped_in_what_managers_say() {
    let note = r#"./answers.wasm:notes("\u001b]0;title\u0007\tone\ntwo")"#;
    let ran = answers().with(&["--color", "never", note], "exit 3");
    ran.says(3, &["note: \\u{1b}]0;title\\u{7}\tone\n"]);
    assert!(!ran.stderr.contains(['\x1b', '\x07']), "{ran:?}");
}

#[test]
fn an_error_in_exit_after_success_is_the_managers() {
    let place = Place::new().plugin("answers.wasm", programs::ANSWERS);
    place
        .with(&["./answers.wasm:raises_after"], "exit 0")
        .says(112, &["`raises_after` raised an error as it exited"]);
}

#[test]
fn an_error_in_enter_is_the_managers_and_nothing_runs() {
    let place = Place::new().plugin("guards.wasm", programs::GUARDS);
    let arguments = ["with", "--dir", ".", "tempdir", "./guards.wasm:says_in_enter", "--", "touch", "ran"];
    assert_eq!(golden::check("not-entered", &place, &arguments).status, Some(112));
    place.holds_only(&["guards.wasm"]);
}

#[test]
fn a_command_that_did_not_run_is_told_where_that_was_suppressed() {
    let place = answers().plugin("guards.wasm", programs::GUARDS);
    let arguments =
        ["with", "./answers.wasm:suppresses", "./guards.wasm:says_in_enter", "--", "touch", "ran"];
    assert_eq!(golden::check("not-run", &place, &arguments).status, Some(0));
}

#[test]
fn a_manager_that_traps_in_enter_is_a_fault() {
    let place = Place::new().plugin("trap.wasm", programs::TRAP);
    let arguments = ["with", "--dir", ".", "tempdir", "./trap.wasm:in_enter", "--", "touch", "ran"];
    assert_eq!(golden::check("fault-in-enter", &place, &arguments).status, Some(113));
    place.holds_only(&["trap.wasm"]);
}

#[test]
fn a_panic_of_a_manager_is_told_with_its_message() {
    let place = Place::new().plugin("panic.wasm", programs::PANIC);
    let ran = place.with(&["./panic.wasm:in_enter(\"no more ink\")"], "exit 0");
    ran.says(113, &["it panicked: no more ink"]);
}

#[test]
fn a_fault_cannot_be_suppressed_from_outside_and_that_is_told() {
    let place = answers().plugin("trap.wasm", programs::TRAP);
    let ran = place.with(&["./answers.wasm:suppresses", "./trap.wasm:in_enter"], "exit 0");
    ran.says(113, &["`suppresses` wanted to suppress what it may not"]);
}

#[test]
fn a_cleanup_that_is_lost_is_told_and_outer_managers_exit() {
    let place = Place::new().plugin("trap.wasm", programs::TRAP);
    let arguments = ["with", "--dir", ".", "tempdir", "./trap.wasm:in_exit", "--", "true"];
    assert_eq!(golden::check("lost", &place, &arguments).status, Some(114));
    place.holds_only(&["trap.wasm"]);
}

#[test]
fn a_cleanup_that_is_lost_does_not_hide_the_commands_status() {
    let place = Place::new().plugin("trap.wasm", programs::TRAP);
    place.with(&["./trap.wasm:in_exit"], "exit 3").says(3, &["a cleanup was lost"]);
    place.with(&["./trap.wasm:in_exit"], "kill -TERM $$").says(143, &["a cleanup was lost"]);
}

#[test]
fn a_cleanup_that_is_lost_is_not_forgotten_where_the_failure_is_suppressed() {
    let place = answers().plugin("trap.wasm", programs::TRAP);
    let ran = place.with(&["./answers.wasm:suppresses", "./trap.wasm:in_exit"], "exit 3");
    ran.says(114, &["a cleanup was lost"]);
}

#[test]
fn a_manager_that_breaks_the_contract_is_a_fault() {
    let place = Place::new().plugin("silent.wasm", programs::SILENT);
    place.with(&["./silent.wasm:never_yields"], "exit 0").says(113, &["`never_yields`", "yields once"]);
    let ran = place.with(&["./silent.wasm:awaits_after"], "exit 0");
    ran.says(113, &["`awaits_after` raised an error as it exited", "to be mended by its author"]);
}

#[test]
fn statuses_in_the_readme_are_those_of_the_help() {
    let help = Place::new().run(&["with", "--help"]).stdout;
    let (_, statuses) = help.split_once("Exit status:\n").unwrap();
    let (words, listed) =
        (|text: &str| text.split_whitespace().collect::<Vec<_>>().join(" "), rows(statuses));
    let readme = words(include_str!("../../../../README.md"));
    assert!(listed.len() > 9, "{listed:?}");
    for (status, meaning) in listed {
        let row = format!("| {status} | {meaning} |");
        assert!(readme.contains(&row), "README.md has no line\n{row}");
    }
}

/// The statuses of the help, each with its meaning on one line.
fn rows(statuses: &str) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in statuses.lines() {
        let (status, meaning) = line.split_at(line.len().min(17));
        match (status.trim(), rows.last_mut()) {
            ("", Some((_, before))) => *before = format!("{before} {}", meaning.trim()),
            (status, _) => rows.push((status.to_owned(), meaning.trim().to_owned())),
        }
    }
    rows
}
