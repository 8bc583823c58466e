//! Today's contract runs the plugins of every release; and the check that says so can fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use contract::{Text, TextError, files_of, runs_on};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")
}

fn today() -> Text {
    Text::read_folder(folder()).unwrap()
}

fn releases() -> Vec<PathBuf> {
    files_of(&folder().join("released")).unwrap()
}

#[test]
fn todays_contract_runs_the_plugins_of_every_release() {
    assert!(!releases().is_empty());
    for path in releases() {
        if let Err(error) = runs_on(&Text::read(&path).unwrap(), &today()) {
            panic!("{}: {error}\nwit/README.md says how the contract may change", path.display());
        }
    }
}

#[test]
fn a_release_is_named_by_its_version() {
    for path in releases() {
        assert_eq!(path.file_stem().unwrap().to_str(), Some(Text::read(&path).unwrap().version()));
    }
}

/// Changes the contract of today, and asks whether plugins built before run on.
#[track_caller]
fn changed(old: &str, new: &str) -> Result<(), TextError> {
    runs_on(&today(), &today().with(old, new))
}

#[track_caller]
fn check_runs(old: &str, new: &str) {
    changed(old, new).unwrap();
}

#[track_caller]
fn check_breaks(old: &str, new: &str) {
    match changed(old, new) {
        Err(TextError::Breaking(_)) => {}
        other => panic!("it must break plugins that were built before, and it was {other:?}"),
    }
}

#[test]
fn an_import_may_gain_a_method() {
    check_runs("    family: func() -> string;", "    family: func() -> string;\n    age: func() -> u64;");
}

#[test]
fn an_import_may_gain_a_function() {
    check_runs("interface errors {", "interface errors {\n  pending: func() -> option<string>;");
}

#[test]
fn the_world_may_gain_an_import() {
    check_runs("  import errors;", "  import errors;\n  import clock: interface { now: func() -> u64; }");
}

#[test]
fn an_import_may_not_lose_a_method() {
    check_breaks("    family: func() -> string;", "");
}

#[test]
fn an_import_may_not_change_what_a_method_gives() {
    check_breaks("    family: func() -> string;", "    family: func() -> u32;");
}

#[test]
fn an_export_may_not_gain_a_function() {
    check_breaks(
        "  describe: func() -> list<manager>;",
        "  describe: func() -> list<manager>;\n  recover: func();",
    );
}

#[test]
fn an_export_may_not_gain_a_method() {
    check_breaks("  resource scope {", "  resource scope {\n    pause: func();");
}

#[test]
fn a_record_of_an_export_may_not_gain_a_field() {
    check_breaks("  record parameter {", "  record parameter {\n    hidden: bool,");
}

#[test]
fn the_world_may_not_gain_an_export() {
    check_breaks("  export managers;", "  export managers;\n  export recover: func();");
}
