//! `ambit new`.

use std::path::PathBuf;

use crate::golden;
use crate::place::Place;

const LANGUAGES: &[&str] = &["c", "javascript", "python", "rust", "typescript", "zig"];

#[test]
fn a_project_has_a_manager_its_test_and_a_readme() {
    for language in LANGUAGES {
        let place = Place::new();
        let ran = place.run(&["new", language, "my-drafts"]);
        ran.is(0, "my-drafts/README.md says what is there. Begin by: cd my-drafts && ambit build\n");
        let names = place.names();
        for name in ["my-drafts/README.md", "my-drafts/.gitignore"] {
            assert!(names.contains(&PathBuf::from(name)), "{names:?}");
        }
        for name in names.iter().filter(|name| place.path().join(name).is_file()) {
            assert!(!place.text(name.to_str().unwrap()).contains("demo"), "{}", name.display());
        }
        assert!(place.text("my-drafts/README.md").contains("my-drafts.wasm:draft("));
    }
}

#[test]
fn a_language_may_be_named_by_its_ending() {
    let place = Place::new();
    assert_eq!(place.run(&["new", "ts", "drafts"]).status, Some(0));
    assert!(place.path().join("drafts/plugin.ts").is_file());
}

#[test]
fn nothing_is_overwritten() {
    let place = Place::new().folder("folder").file("file", "as it was");
    for name in ["folder", "file"] {
        golden::check(&format!("new-{name}-exists"), &place, &["new", "python", name]);
    }
    place.holds_only(&["file", "folder"]);
    assert_eq!(place.text("file"), "as it was");
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::new();
    for (name, arguments) in [
        ("new-language-near", ["pyhton", "drafts"]),
        ("new-language-far", ["cobol", "drafts"]),
        ("new-name", ["python", "My Drafts"]),
    ] {
        let ran = golden::check(name, &place, &[&["new"], &arguments[..]].concat());
        assert_eq!(ran.status, Some(110));
    }
    for name in ["", ".", "..", "a/b", "/tmp/x", "Drafts", "1st", "-x", "x-", "ümlaut", &"x".repeat(65)] {
        let ran = place.run(&["new", "c", "--", name]);
        assert_eq!(ran.status, Some(110), "{name}");
    }
    place.holds_only(&[]);
}
