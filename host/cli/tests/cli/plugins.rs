//! Where managers come from.

use crate::place::{Place, Ran};

#[test]
fn a_plugin_is_named_by_its_path_wherever_that_is() {
    let place = Place::new().plugin("my plugin (1).wasm", programs::ANSWERS);
    place.with(&["./my plugin (1).wasm:suppresses()"], "exit 3").is(0, "");
    let path = format!("{}:suppresses", place.path().join("my plugin (1).wasm").display());
    place.with(&[&path], "exit 3").is(0, "");
}

#[test]
fn a_plugin_need_not_end_in_wasm() {
    Place::new().plugin("answers", programs::ANSWERS).with(&["./answers:suppresses()"], "exit 3").is(0, "");
}

#[test]
fn a_cache_is_filled_and_used() {
    let place = Place::new().folder("work");
    let arguments = ["--cache", "cache", "--dir", "work", "tempdir(\"x-\") as DIR"];
    place.with(&arguments, "exit 0").is(0, "");
    let filled = place.names();
    assert!(
        filled.iter().any(|name| name.extension().is_some_and(|extension| extension == "cwasm")),
        "{filled:?}"
    );
    place.with(&arguments, "exit 0").is(0, "");
    assert_eq!(place.names(), filled);
}

#[test]
fn a_folder_that_compiled_code_is_kept_in_is_not_granted() {
    let place = Place::new().folder("cache");
    let ran = place.with(&["--cache", "cache", "--dir", "cache", "tempdir"], "touch ran");
    ran.says(111, &["cannot be granted: compiled code or the journal is kept in"]);
    assert!(!place.path().join("ran").exists());
}

#[test]
fn a_folder_with_compiled_code_inside_is_granted_with_a_warning() {
    let place = Place::new().folder("cache");
    let ran = place.with(&["--cache", "cache", "--dir", ".", "tempdir"], "exit 3");
    ran.says(
        3,
        &[
            "warning: `--dir .` holds compiled plugins or the journal, in `",
            "a plugin could change what runs next",
        ],
    );
}

#[test]
fn an_empty_variable_names_no_cache_and_the_user_has_one() {
    let place = Place::new().folder("work").folder("user");
    let mut ambit = place.ambit();
    ambit
        .env("AMBIT_CACHE", "")
        .env("HOME", place.path().join("user"))
        .env("XDG_CACHE_HOME", place.path().join("user"));
    ambit.args(["with", "--dir", "work", "tempdir", "--", "true"]);
    Ran::of(ambit.output().unwrap()).is(0, "");
    assert!(place.names().iter().any(|name| name.starts_with("user") && name.extension().is_some()));
}

#[test]
fn without_a_cache_none_is_made() {
    let place = Place::new();
    let mut ambit = place.ambit();
    ambit.env("AMBIT_CACHE", "cache").args(["with", "--no-cache", "--dir", ".", "tempdir", "--", "true"]);
    assert!(ambit.status().unwrap().success());
    place.holds_only(&[]);
}

#[test]
fn a_plugin_that_prints_100_mb_is_heard_to_its_end() {
    let place = Place::new().plugin("output.wasm", programs::OUTPUT);
    let ran = place.with(&["./output.wasm:floods(1000000)"], "exit 3");
    assert_eq!((ran.status, ran.stderr.len()), (Some(3), 100_000_000));
}
