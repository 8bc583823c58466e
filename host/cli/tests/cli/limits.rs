//! How much managers may use.

use crate::golden;
use crate::place::Place;

#[test]
fn enter_has_a_budget() {
    let place = Place::new().plugin("endless.wasm", programs::ENDLESS);
    let options = ["--enter-budget", "1s", "--dir", ".", "tempdir"];
    for manager in ["./endless.wasm:in_enter", "./endless.wasm:asleep_in_enter"] {
        let ran = place.with(&[&options[..], &[manager]].concat(), "touch ran");
        ran.says(113, &["it took longer than its budget of 1s"]);
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
fn memory_is_limited() {
    let place = Place::new().plugin("memory.wasm", programs::MEMORY);
    let taking = ["./memory.wasm:takes(33554432)"];
    place.with(&taking, "exit 0").is(0, "");
    place.with(&[&["--memory", "16MiB"], &taking[..]].concat(), "exit 0").says(113, &["out of memory"]);
}
