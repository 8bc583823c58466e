//! Shell completions.

use std::process::{Command, Stdio};

use crate::place::Place;

#[test]
fn each_shell_has_its_completions() {
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef ambit"),
        ("fish", "complete -c ambit"),
        ("elvish", "edit:"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let ran = Place::new().run(&["completions", shell]);
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
        assert!(ran.stdout.contains(word) && ran.stdout.contains("inspect"), "{shell}");
    }
}

#[test]
fn an_unknown_shell_is_refused() {
    Place::new().run(&["completions", "dash"]).says(110, &["bash", "zsh"]);
}

#[test]
fn a_reader_that_stops_is_no_failure() {
    for arguments in [&["completions", "bash"][..], &["inspect", "--json"], &["with", "--help"]] {
        let place = Place::new();
        let mut ambit =
            place.ambit().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(ambit.stdout.take());
        let output = ambit.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ambit"))
        .args(["completions", "bash"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(111));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the result cannot be written"));
}
