//! How much managers may use.

use crate::golden;
use crate::place::Place;

#[test]
fn enter_has_a_budget() {
    let place = Place::new().plugin("endless.wasm", programs::ENDLESS);
    let options = ["--enter-budget", "1s", "--dir", ".", "tempdir"];
    for manager in ["./endless.wasm:in_enter", "./endless.wasm:asleep_in_enter"] {
        let ran = place.with(&[&options[..], &[manager]].concat(), "touch ran");
        ran.says(113, &["it took longer than its budget of 1s", "`--enter-budget TIME` gives it more time"]);
    }
    place.holds_only(&["endless.wasm"]);
}

#[test]
fn exit_has_a_budget_and_outer_managers_exit() {
    let place = Place::new().plugin("endless.wasm", programs::ENDLESS);
    let arguments =
        ["with", "--exit-budget", "1s", "--dir", ".", "tempdir", "./endless.wasm:in_exit", "--", "true"];
    assert_eq!(golden::check("budget", &place, &arguments).status, Some(114));
    place.holds_only(&["endless.wasm"]);
}

#[test]
fn a_pipe_without_another_end_keeps_ambit_from_nothing() {
    let place = Place::new().plugin("files.wasm", programs::FILES);
    nix::unistd::mkfifo(&place.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let options = ["--enter-budget", "1s", "--exit-budget", "1s", "--dir", ".", "tempdir"];
    let says = "it took longer than its budget of 1s, and the system still holds it up";
    let enters = "./files.wasm:reads_in_enter(\"pipe\", \"then\")";
    place.with(&[&options[..], &[enters]].concat(), "touch ran").says(113, &[says]);
    let exits = "./files.wasm:reads_in_exit(\"pipe\", \"then\")";
    place.with(&[&options[..], &[exits]].concat(), "exit 0").says(114, &[says]);
    place.holds_only(&["files.wasm", "pipe"]);
}

#[test]
fn memory_is_limited() {
    let place = Place::new().plugin("memory.wasm", programs::MEMORY);
    let taking = ["./memory.wasm:takes(33554432)"];
    place.with(&taking, "exit 0").is(0, "");
    place
        .with(&[&["--memory", "16MiB"], &taking[..]].concat(), "exit 0")
        .says(113, &["out of memory", "`--memory SIZE` gives it more"]);
}

#[test]
fn a_wait_that_is_longer_than_the_budget_names_the_option_that_allows_it() {
    let place = Place::new();
    let wait = ["--enter-budget", "1s", "--dir", ".", "lock(\"a.lock\", wait=600)"];
    let inner = format!("{} with {} -- true", env!("CARGO_BIN_EXE_ambit"), wait.map(quoted).join(" "));
    place
        .with(&["--dir", ".", "lock(\"a.lock\")"], &inner)
        .says(113, &["`--enter-budget TIME` gives it more time; what it waits for counts too"]);
    place.holds_only(&[]);
}

fn quoted(word: &str) -> String {
    format!("'{word}'")
}

#[test]
fn a_rollback_whose_time_is_over_is_gone_on_with_by_its_recovery() {
    let old = "old\n".repeat(8 << 20);
    let place = Place::new().file("file", &old);
    let options = ["--exit-budget", "1ms", "--dir", ".", "rollback(\"file\")"];
    let ran = place.with(&options, "yes newer | head -c 20000000 > file; exit 3");
    let told = ["a cleanup was lost: its recovery made up for it", "it took longer than its budget of 1ms"];
    ran.says(3, &told);
    ran.says(3, &["`--exit-budget TIME` gives it more time"]);
    assert!(place.text("file") == old);
    place.holds_only(&["file"]);
}

#[test]
fn a_rollback_whose_recovery_has_no_time_leaves_whole_files_and_the_copies_for_the_next() {
    let old = "old\n".repeat(8 << 20);
    let place = Place::new().file("file", &old);
    let options = ["--exit-budget", "1ms", "--recover-budget", "1ms", "--dir", ".", "rollback(\"file\")"];
    let ran = place.with(&options, "yes newer | head -c 20000000 > file; exit 3");
    ran.says(3, &["failed in its recovery: it took longer than its budget of 1ms"]);
    let text = place.text("file");
    assert!(text == old || text.len() == 20_000_000 && text.starts_with("newer\n"), "{} bytes", text.len());
    let names = place.names();
    let copy = names.iter().find(|name| name.ends_with("copies/file")).unwrap();
    assert!(place.text(copy.to_str().unwrap()) == old, "the copy is as it was");
    place.run(&["recover", "--recover-budget", "5m"]).is(0, "released: `rollback`\n");
    assert!(place.text("file") == old);
    place.holds_only(&["file"]);
}
