//! What the command finds in its environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::place::{Place, Ran};

/// A place with a manager `scripted`, whose value is a text of ours.
fn scripted() -> Place {
    Place::new().plugin("scripted.wasm", programs::SCRIPTED)
}

/// The expression of a manager whose value is this text.
fn giving(value: &str) -> String {
    let script = format!(
        r#"{{"before":[],"yields":1,"value":{},"handlers":[],"else":[],"finally":[]}}"#,
        serde_json::Value::from(value)
    );
    format!("./scripted.wasm:scripted(\"s\", {script}) as VALUE")
}

#[test]
fn a_string_is_given_as_it_is() {
    let place = scripted();
    for value in ["two  words", "a\nb", "$(touch ran)", "\"", "ü", ""] {
        place.with(&[&giving(value)], "printf %s \"$VALUE\"").is(0, value);
    }
    place.holds_only(&["scripted.wasm"]);
}

#[test]
fn a_value_that_no_environment_can_hold_is_told() {
    let place = scripted();
    let ran = place.with(&["--dir", ".", "tempdir", &giving("a\0b")], "touch ran");
    ran.says(111, &["the value of `VALUE` has a zero byte", "cannot be set"]);
    place.holds_only(&["scripted.wasm"]);
}

#[test]
fn a_value_that_is_too_large_for_the_environment_is_named() {
    // Linux takes 128 KiB for one variable, and macOS 1 MiB for all.
    let place = Place::new().plugin("rights.wasm", programs::RIGHTS).file("data", "x".repeat(2 << 20));
    let managers = ["--dir", ".", "tempdir as SMALL", "./rights.wasm:reads(\"data\") as LARGE"];
    let ran = place.with(&managers, "touch ran");
    ran.says(111, &["its environment is too large, in which `LARGE` is the largest value, of 2097152 bytes"]);
    place.holds_only(&["data", "rights.wasm"]);
}

#[test]
fn anything_else_is_given_as_json() {
    let place =
        Place::new().plugin("rights.wasm", programs::RIGHTS).plugin("answers.wasm", programs::ANSWERS);
    let managers = ["--dir", ".", "./rights.wasm:lists(\".\") as LIST", "./answers.wasm:reraises as NOTHING"];
    place.with(&managers, "echo $LIST $NOTHING").is(0, "[\"answers.wasm\",\"rights.wasm\"] null\n");
}

#[test]
fn a_number_is_given_with_all_its_digits() {
    let place = Place::new().plugin("raw.wasm", programs::RAW);
    let ran = place.with(&["./raw.wasm:value_is_large as V"], "echo \"$V_WHOLE $V_REAL $V\"");
    let whole = "1180591620717411303424";
    ran.is(0, &format!("{whole} [1e400, 0.10] {{\"whole\": {whole}, \"real\": [1e400, 0.10]}}\n"));
}

#[test]
fn half_a_surrogate_pair_is_told() {
    let place = Place::new().plugin("raw.wasm", programs::RAW);
    let ran = place.with(&["./raw.wasm:value_is_half_a_pair as V"], "touch ran");
    ran.says(111, &["the value of `V_HALF` is no text: ", "cannot be set"]);
    place.holds_only(&["raw.wasm"]);
}

#[test]
fn the_fields_of_an_object_are_given_one_by_one() {
    let place = Place::new();
    let ran = place.with(&["--dir", ".", "lock(\"x.lock\") as L"], "env | grep ^L_ | sort");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("L_PATH=x.lock\n"), "{}", ran.stdout);
}

#[test]
fn a_value_that_is_not_bound_is_in_no_variable() {
    let place = Place::new();
    let ran = place.with(
        &["--dir", ".", "tempdir"],
        "env -u PWD -u OLDPWD -u SHLVL -u _ -u PATH -u LC_ALL -u AMBIT_JOURNAL",
    );
    ran.is(0, &format!("AMBIT_CACHE={}\n", env!("CARGO_TARGET_TMPDIR").to_owned() + "/ambit-cache"));
}

#[test]
fn a_variable_takes_the_place_of_one_that_was_there() {
    let place = scripted();
    let mut ambit = place.ambit();
    ambit.env("VALUE", "old").args(["with", &giving("new"), "--", "sh", "-c", "echo $VALUE"]);
    Ran::of(ambit.output().unwrap()).is(0, "new\n");
}

#[test]
fn the_commands_arguments_may_be_any_bytes() {
    let place = Place::new();
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", ".", "tempdir", "--", "sh", "-c", "printf %s \"$1\" > out", "sh"]);
    ambit.arg(OsStr::from_bytes(b"\xff\xfe"));
    Ran::of(ambit.output().unwrap()).is(0, "");
    assert_eq!(std::fs::read(place.path().join("out")).unwrap(), b"\xff\xfe");
}

#[test]
fn the_command_has_ambits_stdin_and_its_own_options() {
    let place = Place::new().file("in", "words\n");
    let input = std::fs::File::open(place.path().join("in")).unwrap();
    let mut ambit = place.ambit();
    ambit.stdin(input).args(["with", "--dir", ".", "tempdir", "--", "cat", "-n", "--", "-"]);
    Ran::of(ambit.output().unwrap()).is(0, "     1\twords\n");
}

#[test]
fn the_command_is_called_as_it_was_written() {
    let place = Place::new().script("tool", "echo $0");
    let mut ambit = place.ambit();
    let path = format!("{}:/usr/bin:/bin", place.path().display());
    ambit.env("PATH", path).args(["with", "--dir", ".", "tempdir", "--", "sh", "-c", "tool"]);
    let ran = Ran::of(ambit.output().unwrap());
    ran.is(0, &format!("{}/tool\n", place.path().display()));
    place.run(&["with", "--dir", ".", "tempdir", "--", "./tool"]).is(0, "./tool\n");
}

#[test]
fn a_pipe_that_the_reader_closes_ends_the_command_quietly() {
    Place::new().with(&["--dir", ".", "tempdir"], "yes | head -n 1").is(0, "y\n");
}
