//! Help that teaches by example: each example is run.

use std::fs;

use crate::golden;
use crate::place::{Place, Ran};

#[test]
fn the_help_is_what_was_read_and_agreed_to() {
    let place = Place::new();
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help-with", &["with", "--help"]),
        ("help-with-short", &["with", "-h"]),
        ("help-inspect", &["inspect", "--help"]),
        ("help-new", &["new", "--help"]),
        ("help-build", &["build", "--help"]),
        ("help-recover", &["recover", "--help"]),
        ("help-completions", &["completions", "--help"]),
    ] {
        let ran = golden::check(name, &place, arguments);
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn no_line_of_the_help_is_wider_than_80_columns_where_we_wrap_it() {
    let help = Place::new().run(&["with", "--help"]).stdout;
    let (_, ours) = help.split_once("Examples:").unwrap();
    for line in ours.lines() {
        assert!(line.chars().count() <= 90, "{line}");
    }
}

#[test]
fn each_example_of_the_help_runs() {
    let examples: Vec<String> = [vec!["--help"], vec!["with", "--help"], vec!["inspect", "--help"]]
        .iter()
        .flat_map(|verb| examples(verb))
        .collect();
    assert!(examples.len() > 8, "{examples:?}");
    for example in examples {
        let place = fixtures();
        let mut shell = std::process::Command::new("sh");
        // The plugin of the example is a test program, whose managers have other names.
        shell.args(["-c", &example.replace(":workspace", ":reraises")]).current_dir(place.path());
        let bin = std::path::Path::new(env!("CARGO_BIN_EXE_ambit")).parent().unwrap();
        shell.env("PATH", format!("{}:{}/bin:/usr/bin:/bin", bin.display(), place.path().display()));
        let ran = Ran::of(shell.output().unwrap());
        assert_eq!(ran.status, Some(0), "{example}\n{}", ran.stderr);
    }
}

/// The lines that run `ambit`.
fn examples(verb: &[&str]) -> Vec<String> {
    let help = Place::new().run(verb).stdout;
    let lines = help.lines().map(str::trim).filter(|line| line.starts_with("ambit "));
    lines.map(str::to_owned).collect()
}

/// The files that the examples are about.
fn fixtures() -> Place {
    let place = Place::new()
        .file("config.toml", "")
        .script("migrate.sh", "echo new > config.toml")
        .script("deploy.sh", "true")
        .script("work.sh", "true")
        .plugin("managers.wasm", programs::ANSWERS);
    fs::create_dir(place.path().join("data")).unwrap();
    place
}

#[test]
fn the_version_is_told() {
    Place::new().run(&["--version"]).is(0, concat!("ambit ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn nothing_at_all_is_answered_with_help() {
    let ran = Place::new().run(&[""; 0]);
    ran.says(110, &["Usage: ambit", "Examples:"]);
}

#[test]
fn a_command_that_does_not_exist_gets_the_nearest_named() {
    Place::new().run(&["wiht"]).says(110, &["'with'"]);
}

#[test]
fn colours_are_used_where_they_are_asked_for() {
    let place = Place::new();
    let colored = |arguments: &[&str]| place.run(arguments).stderr.contains('\u{1b}');
    assert!(colored(&["--color", "always", "with", "f(", "--", "true"]));
    assert!(colored(&["--color=always", "wiht"]));
    assert!(!colored(&["--color", "never", "with", "f(", "--", "true"]));
    assert!(!colored(&["with", "f(", "--", "true"]));
}

#[test]
fn the_drawing_is_in_ascii_where_the_locale_is_not_utf8() {
    let place = Place::new();
    let mut ambit = place.ambit();
    let ran = Ran::of(ambit.env("LC_ALL", "C").args(["with", "f(", "--", "true"]).output().unwrap());
    assert!(ran.stderr.is_ascii() && ran.stderr.contains("never closed"), "{}", ran.stderr);
}

#[test]
fn verbose_tells_what_each_scope_does() {
    let ran = Place::new().run(&["-v", "with", "--dir", ".", "tempdir", "--", "true"]);
    ran.says(0, &["manager=\"tempdir\"", "enter: ran took_us=", "outcome=\"completed\""]);
}
