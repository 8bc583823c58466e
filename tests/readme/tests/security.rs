//! Each promise of SECURITY.md names the tests that hold it: they are there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// What stands in the text between two backticks and is the name of a test.
fn named(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| {
        let snake = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        snake && word.contains('_')
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
}

/// All that is written in Rust below a folder.
fn sources(folder: &Path) -> String {
    let (mut text, mut open) = (String::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

#[test]
fn the_tests_that_hold_the_promises_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let promises = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (names, sources) = (named(&promises), sources(&root.join("host")));
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let mut tests = sources.split("#[test]").skip(1).chain(sources.split("#[tokio::test").skip(1));
        assert!(tests.any(|test| declares(test, name)), "there is no test `{name}`");
    }
}

/// Whether what stands behind the attribute that makes a test is a function of that name, whatever other attributes it has.
fn declares(test: &str, name: &str) -> bool {
    // What is left of that attribute is its arguments.
    let test = test.trim_start_matches(|c| c != '\n');
    let mut lines = test.lines().map(str::trim).filter(|line| !line.is_empty());
    let declared = lines.find(|line| !line.starts_with("#[")).unwrap_or_default();
    declared.strip_prefix("async ").unwrap_or(declared) == format!("fn {name}() {{")
}
