//! `ambit build`, as far as no foreign toolchain is needed: what builds is a script here. `tools/projects` has the real ones.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::golden;
use crate::place::{Place, Ran};
use crate::running::{Running, comes, is_gone};

const USAGE: i32 = 110;
const SETUP: i32 = 111;

/// A folder whose `bin` has these programs, and nothing else is on the `PATH`.
struct Tools(Place);

impl Tools {
    fn none() -> Self {
        let place = Place::new().folder("bin");
        // By which tests start `ambit`.
        std::os::unix::fs::symlink("/usr/bin/env", place.path().join("bin/env")).unwrap();
        Self(place)
    }

    fn script(self, name: &str, lines: &str) -> Self {
        Self(self.0.script(&format!("bin/{name}"), lines))
    }

    fn file(self, name: &str, text: &str) -> Self {
        Self(self.0.file(name, text))
    }

    /// A Python in whose place a script builds. It has the plugin's place in `$6`.
    fn python(builds: &str) -> Self {
        let script = format!("[ \"$1\" = --version ] && echo Python 3.12.1 && exit\n{builds}");
        Self::none().script("python3", &script).file("app.py", "")
    }

    /// The same, with a builder that makes this program.
    fn making(program: &str) -> Self {
        Self::python(&format!("shift 7; /bin/cp '{program}' \"$1\""))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut ambit = self.0.ambit();
        ambit.env("PATH", self.0.path().join("bin")).env("AMBIT_TOOLS", self.0.path().join("tools"));
        Ran::of(ambit.args(arguments).output().unwrap())
    }

    #[track_caller]
    fn check(&self, name: &str, arguments: &[&str], status: i32) {
        let ran = self.run(arguments);
        golden::compare(name, &self.0, arguments, &ran);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(status), ""));
        let made = |name: &std::path::PathBuf| name.extension().is_some_and(|ending| ending == "wasm");
        assert!(!self.0.names().iter().any(made), "nothing may be made");
    }
}

#[test]
fn a_toolchain_that_is_missing_is_named_with_how_to_get_it() {
    for (language, file) in [
        ("c", "a.c"),
        ("javascript", "a.js"),
        ("python", "a.py"),
        ("rust", "a.rs"),
        ("typescript", "a.ts"),
        ("zig", "a.zig"),
    ] {
        Tools::none().file(file, "").check(&format!("build-missing-{language}"), &["build", file], SETUP);
    }
}

#[test]
fn a_toolchain_of_another_version_is_named_with_what_is_needed() {
    for (language, file, program, says) in [
        ("c", "a.c", "python3", "Python 3.10.4"),
        ("javascript", "a.js", "node", "v18.19.0"),
        ("python", "a.py", "python3", "Python 3.8.10"),
        ("rust", "a.rs", "cargo", "cargo 1.80.1 (376290515 2024-07-16)"),
        ("zig", "a.zig", "python3", "Python 3.10.4"),
    ] {
        let tools = Tools::none().script(program, &format!("echo '{says}'")).file(file, "");
        tools.check(&format!("build-old-{language}"), &["build", file], SETUP);
    }
}

#[test]
fn a_toolchain_that_says_no_version_is_quoted() {
    let tools = Tools::none().script("python3", "echo 'python3: not set up' >&2; exit 127").file("a.py", "");
    tools.check("build-mute", &["build", "a.py"], SETUP);
}

#[test]
fn npm_is_needed_where_the_sdk_is_not_installed_yet() {
    let tools = Tools::none().script("node", "echo v22.1.0").file("a.js", "");
    tools.check("build-missing-npm", &["build", "a.js"], SETUP);
}

#[test]
fn the_target_of_rust_is_needed() {
    let tools = Tools::none()
        .script("cargo", "[ \"$1\" = --version ] && echo cargo 1.95.0 && exit; echo '{\"packages\": []}'")
        .file("Cargo.toml", "[package]\nname = \"demo\"\n");
    tools.check("build-not-in-workspace", &["build"], SETUP);
    let package = "{\"packages\": [{\"name\": \"demo\", \"manifest_path\": \"'$PWD'/Cargo.toml\", \"dependencies\": []}]}";
    let tools = Tools::none()
        .script("cargo", &format!("[ \"$1\" = --version ] && echo cargo 1.95.0 && exit; echo '{package}'"))
        .script("rustc", "echo /no/such/folder")
        .file("Cargo.toml", "[package]\nname = \"demo\"\n");
    tools.check("build-missing-target", &["build"], SETUP);
}

#[test]
fn a_source_of_an_unknown_language_is_refused() {
    Tools::none().file("app.cob", "").check("build-language", &["build", "app.cob"], USAGE);
}

#[test]
fn a_source_that_is_not_there_is_named() {
    Tools::none().check("build-absent", &["build", "app.py"], SETUP);
}

#[test]
fn a_source_too_many_is_refused() {
    let tools = Tools::none().file("a.py", "").file("b.py", "").file("a.c", "").file("a.zig", "");
    tools.check("build-too-many", &["build", "a.py", "b.py"], USAGE);
    tools.check("build-mixed", &["build", "a.c", "a.py"], USAGE);
    tools.check("build-zig-behind-c", &["build", "a.c", "a.zig"], USAGE);
}

#[test]
fn a_folder_that_is_no_project_is_refused() {
    Tools::none().check("build-nothing", &["build"], USAGE);
    Tools::none().file("package.json", "{}").file("pyproject.toml", "").check(
        "build-several",
        &["build"],
        USAGE,
    );
}

#[test]
fn a_project_that_does_not_say_what_to_build_is_told_how() {
    for (name, file, text) in [
        ("build-python-unnamed", "pyproject.toml", ""),
        ("build-python-no-source", "pyproject.toml", "[project]\nname = \"demo\"\n"),
        ("build-python-no-toml", "pyproject.toml", "[project\n"),
        ("build-npm-no-main", "package.json", "{\"name\": \"demo\"}"),
        ("build-npm-no-json", "package.json", "{"),
        ("build-cargo-no-package", "Cargo.toml", "[workspace]\n"),
    ] {
        Tools::none().file(file, text).check(name, &["build"], SETUP);
    }
}

#[test]
fn what_the_builder_says_is_the_message() {
    let tools = Tools::python("echo 'error: app.py:1:7: invalid syntax' >&2; exit 1");
    tools.check("build-failed", &["build", "app.py"], SETUP);
}

#[test]
fn what_is_made_is_a_plugin_or_nothing_is_written() {
    let tools = Tools::making(programs::OTHER_WORLD).file("app.wasm", "\0asm, as it was");
    tools.run(&["build", "app.py"]).says(SETUP, &["`./app.wasm` is a component, but no plugin"]);
    assert_eq!(tools.0.text("app.wasm"), "\0asm, as it was");
    Tools::making(programs::NOT_WASM)
        .run(&["build", "app.py"])
        .says(SETUP, &["`./app.wasm`", "no WebAssembly"]);
    Tools::making(programs::DESCRIBE_TRAPS)
        .run(&["build", "app.py"])
        .says(SETUP, &["cannot say which managers it offers"]);
}

#[test]
fn a_plugin_is_made_beside_its_source_and_its_managers_are_printed() {
    let tools = Tools::making(programs::ANSWERS);
    let ran = tools.run(&["build", "app.py"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("./app.wasm:"), "{}", ran.stdout);
    assert!(ran.stdout.lines().any(|line| line == "./app.wasm:reraises()"), "{}", ran.stdout);
    for step in ["==> Building app.py with Python 3.12.1\n", "==> Loading ./app.wasm, of ", " s\n"] {
        assert!(ran.stderr.contains(step), "{}", ran.stderr);
    }
    tools.0.with(&["./app.wasm:suppresses()"], "exit 3").is(0, "");
}

#[test]
fn a_manager_that_no_command_line_can_name_is_told() {
    let ran = Tools::making(programs::RAW).run(&["build", "app.py"]);
    ran.says(0, &["warning: no command line can name the manager `not to be named(1)`"]);
}

#[test]
fn a_plugin_is_made_where_the_user_says() {
    let tools = Tools::making(programs::ANSWERS);
    let ran = tools.run(&["build", "app.py", "-o", "other.wasm"]);
    assert!(ran.stdout.starts_with("./other.wasm:"), "{}", ran.stdout);
    tools
        .run(&["build", "app.py", "-o", "no/where.wasm"])
        .says(SETUP, &["`no/where.wasm` cannot be written"]);
}

#[test]
fn what_is_no_plugin_is_not_replaced_by_one() {
    let tools = Tools::making(programs::ANSWERS).file("app.py", "source").file("empty.wasm", "");
    tools
        .run(&["build", "app.py", "-o", "app.py"])
        .says(USAGE, &["`app.py` is not replaced by a plugin", "--output"]);
    assert_eq!(fs::read(tools.0.path().join("app.py")).unwrap(), b"source");
    tools.run(&["build", "app.py", "-o", "."]).says(USAGE, &["`.` is not replaced", "it is a directory"]);
    for _ in 0..2 {
        tools.run(&["build", "app.py", "-o", "empty.wasm"]).says(0, &[]);
    }
}

#[test]
fn a_project_is_built_from_within_and_from_outside() {
    let tools = Tools::making(programs::ANSWERS);
    let new = tools.run(&["new", "python", "drafts"]);
    assert_eq!(new.status, Some(0), "{}", new.stderr);
    tools.run(&["build", "drafts"]).says(0, &["Building drafts/plugin.py"]);
    let path = tools.0.path().join("drafts");
    assert!(path.join("drafts.wasm").is_file());
    // Tests and editors find the SDK.
    assert!(path.join(".ambit/guest/python/src/ambit_guest/__init__.py").is_file());
    let mut ambit = tools.0.ambit();
    ambit.current_dir(&path).env("PATH", "../bin").env("AMBIT_TOOLS", tools.0.path().join("tools"));
    let ran = Ran::of(ambit.arg("build").output().unwrap());
    assert!(ran.stdout.starts_with("./drafts.wasm:"), "{ran:?}");
}

#[test]
fn c_is_built_behind_zig_in_a_project_and_by_itself() {
    // It writes down the words that the builder is given, all but the last two: where the plugin goes.
    let script = format!(
        "[ \"$1\" = --version ] && echo Python 3.12.1 && exit\nshift\nwhile [ $# -gt 2 ]; do echo \"$1\" >> words; shift; done\n\
         /bin/cp '{}' \"$2\"",
        programs::ANSWERS
    );
    let tools = Tools::none().script("python3", &script);
    tools
        .run(&["new", "zig", "drafts"])
        .is(0, "drafts/README.md says what is there. Begin by: cd drafts && ambit build\n");
    let tools = tools.file("drafts/clock.c", "").file("drafts/other.zig", "");
    for (words, output) in [
        (&["build", "drafts"][..], "drafts/drafts.wasm"),
        (&["build", "drafts/plugin.zig", "drafts/clock.c"], "drafts/plugin.wasm"),
    ] {
        let ran = tools.run(words);
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        assert!(tools.0.path().join(output).is_file());
        assert_eq!(tools.0.text("words"), "drafts/plugin.zig\ndrafts/clock.c\n");
        fs::remove_file(tools.0.path().join("words")).unwrap();
    }
    assert!(tools.0.path().join("drafts/.ambit/guest/zig/ambit.zig").is_file());
    assert!(tools.0.path().join("drafts/.ambit/guest/c/include/ambit.h").is_file());
}

#[test]
fn a_builder_ends_when_ambit_is_told_to_and_leaves_nothing() {
    for (signal, name) in [(Signal::SIGTERM, "TERM"), (Signal::SIGINT, "INT"), (Signal::SIGQUIT, "QUIT")] {
        // One that does not obey, with a child that does not either.
        let obeys_not =
            format!("trap '' {name}; echo > \"$TMPDIR/left\"; /bin/sleep 60 & echo $! > child; wait");
        for builds in ["/bin/sleep 60 & echo > \"$TMPDIR/left\"; echo $! > child; wait", &obeys_not] {
            let tools = Tools(Tools::python(builds).0.folder("tmp"));
            let mut ambit = tools.0.ambit();
            ambit.env("PATH", tools.0.path().join("bin")).env("AMBIT_TOOLS", tools.0.path().join("tools"));
            ambit.env("TMPDIR", tools.0.path().join("tmp")).args(["build", "app.py"]);
            let mut running = Running::start(ambit);
            let child = || fs::read_to_string(tools.0.path().join("child")).ok();
            comes("the builder", || child().is_some_and(|id| id.ends_with('\n')));
            running.is_sent(signal);
            assert_eq!(running.ambit.wait().unwrap().signal(), Some(signal as i32));
            let child = child().unwrap().trim().parse().unwrap();
            comes("the end of what the builder started", || is_gone(child));
            assert!(fs::read_dir(tools.0.path().join("tmp")).unwrap().next().is_none());
        }
    }
}

#[test]
fn an_sdk_is_unpacked_once_and_anew_where_that_was_interrupted() {
    let tools = Tools::making(programs::ANSWERS);
    assert_eq!(tools.run(&["build", "app.py"]).status, Some(0));
    let sdk = fs::read_dir(tools.0.path().join("tools")).unwrap().map(|entry| entry.unwrap().path());
    let sdk = sdk.into_iter().find(|path| path.is_dir()).unwrap();
    fs::write(sdk.join("ours"), "").unwrap();
    assert_eq!(tools.run(&["build", "app.py"]).status, Some(0));
    assert!(sdk.join("ours").exists());
    // As one that was killed while it unpacked leaves it.
    fs::rename(&sdk, sdk.with_extension("part")).unwrap();
    fs::remove_dir_all(sdk.with_extension("part").join("wit")).unwrap();
    assert_eq!(tools.run(&["build", "app.py"]).status, Some(0));
    assert!(sdk.join("wit/managers.wit").is_file() && !sdk.join("ours").exists());
}
