//! Guests of small workspaces of their own, built for real.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use ambit_guest_build::{Built, Error, Guest, script};
use tempfile::TempDir;

/// A workspace with one package `sample`, whose manifest ends with `manifest`.
fn workspace(manifest: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head = "[package]\nname = \"sample\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n";
    let tail = "\n[profile.guest]\ninherits = \"release\"\n";
    write(folder.path(), "Cargo.toml", &format!("{head}{manifest}{tail}"));
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn build(folder: &TempDir, guest: Guest) -> Result<Built, Error> {
    guest.folder(folder.path()).target_dir(folder.path().join("target")).build()
}

fn is_component(path: &Path) -> bool {
    fs::read(path).unwrap().starts_with(b"\0asm\x0d\0\x01\0")
}

const LIBRARY: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

#[test]
fn a_library_becomes_a_component_and_its_sources_are_known() {
    let folder = workspace(
        LIBRARY,
        &[
            ("src/lib.rs", "mod other;\nconst _: &str = include_str!(\"a.wit\");\n"),
            ("src/other.rs", ""),
            ("src/a.wit", ""),
        ],
    );
    let built = build(&folder, Guest::package("sample")).unwrap();

    let [component] = &built.components[..] else { panic!("{built:?}") };
    assert_eq!(component.name, "sample");
    assert!(is_component(&component.path));
    for source in ["Cargo.toml", "Cargo.lock", "src/lib.rs", "src/other.rs", "src/a.wit"] {
        assert!(
            built.sources.iter().any(|each| each.ends_with(source)),
            "{source} is not in {:?}",
            built.sources
        );
    }
}

#[test]
fn each_example_becomes_a_component() {
    let example = |name| format!("[[example]]\nname = \"{name}\"\ncrate-type = [\"cdylib\"]\n");
    let folder = workspace(
        &(example("two") + &example("one")),
        &[
            ("src/lib.rs", ""),
            ("examples/one.rs", ""),
            ("examples/two.rs", ""),
            ("examples/no.rs", "fn main() {}"),
        ],
    );
    let built = build(&folder, Guest::package("sample").examples()).unwrap();

    let names: Vec<_> = built.components.iter().map(|component| &component.name).collect();
    assert_eq!(names, ["one", "two"]);
    assert!(built.components.iter().all(|component| is_component(&component.path)));
}

#[test]
fn a_package_that_makes_no_component_is_an_error_that_says_what_to_write() {
    let folder = workspace("", &[("src/lib.rs", "")]);
    let error = build(&folder, Guest::package("sample")).unwrap_err();
    assert!(error.to_string().contains("crate-type = [\"cdylib\"]"), "{error}");
}

#[test]
fn a_guest_that_does_not_compile_is_an_error_that_names_it() {
    let folder = workspace(LIBRARY, &[("src/lib.rs", "nonsense")]);
    let error = build(&folder, Guest::package("sample")).unwrap_err();
    assert!(matches!(error, Error::Failed { .. }), "{error:?}");
    assert!(error.to_string().starts_with("the guest `sample` did not build"), "{error}");
}

#[test]
fn a_build_script_is_asked_for_where_there_is_none() {
    let error = script::build(Guest::package("sample")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the variable OUT_DIR is not set; call this from a build script, or use `Guest::build`"
    );
}
