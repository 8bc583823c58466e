//! Bad input: one clear message, the documented status, and nothing left behind. Messages are in `golden/`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use crate::golden;
use crate::place::{Place, Ran};

const USAGE: i32 = 110;
const SETUP: i32 = 111;
const RAISED: i32 = 112;
const FAULT: i32 = 113;
const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;

/// Runs `ambit with ARGUMENTS -- touch ran`. A tempdir around what is wrong shows whether anything was left.
#[track_caller]
fn check(name: &str, place: &Place, arguments: &[&str], status: i32) {
    check_command(name, place, arguments, &["touch", "ran"], status);
}

#[track_caller]
fn check_command(name: &str, place: &Place, arguments: &[&str], command: &[&str], status: i32) {
    let before = place.names();
    let around = ["with", "--dir", ".", "tempdir(parent=\".\")"];
    let ran = golden::check(name, place, &[&around, arguments, &["--"], command].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(status), ""), "{}", ran.stderr);
    assert_eq!(place.names(), before, "nothing may be left behind");
}

#[test]
fn a_file_that_is_not_there() {
    check("plugin-absent", &Place::new(), &["./absent.wasm:manager"], SETUP);
}

#[test]
fn a_manager_and_its_variable_without_quotes() {
    check("expression-not-quoted", &Place::new(), &["--dir", "/tmp", "tempdir", "as", "DIR"], USAGE);
}

#[test]
fn a_file_that_is_no_component() {
    let place = Place::new().plugin("not.wasm", programs::NOT_WASM);
    check("plugin-text", &place, &["./not.wasm:manager"], SETUP);
}

#[test]
fn a_file_that_is_called_otherwise_and_no_component() {
    let place = Place::new().file("notes.txt", "notes");
    check("plugin-txt", &place, &["notes.txt:manager"], SETUP);
}

#[test]
fn a_source_that_was_not_built() {
    let place = Place::new().file("drafts.py", "from ambit_guest import manager").file("drafts.mts", "");
    check("plugin-source", &place, &["./drafts.py:draft"], SETUP);
    let help = "`ambit build ./drafts.mts` makes `./drafts.wasm` of it";
    place.run(&["inspect", "./drafts.mts"]).says(SETUP, &["no WebAssembly component", help]);
}

#[test]
fn a_component_that_is_cut_off() {
    let place = Place::new().plugin("cut.wasm", programs::TRUNCATED);
    check("plugin-truncated", &place, &["./cut.wasm:manager"], SETUP);
}

#[test]
fn a_core_module() {
    let place = Place::new().plugin("core.wasm", programs::CORE_MODULE);
    check("plugin-core-module", &place, &["./core.wasm:manager"], SETUP);
}

#[test]
fn a_component_of_another_world() {
    let place = Place::new().plugin("tool.wasm", programs::OTHER_WORLD);
    check("plugin-other-world", &place, &["./tool.wasm:manager"], SETUP);
}

#[test]
fn a_component_of_another_version_of_the_contract() {
    let place = Place::new().plugin("newer.wasm", programs::OTHER_VERSION);
    check("plugin-other-version", &place, &["./newer.wasm:manager"], SETUP);
}

#[test]
fn a_plugin_that_imports_what_no_host_has() {
    let place = Place::new().plugin("more.wasm", programs::NEEDS_MORE);
    check("plugin-needs-more", &place, &["./more.wasm:manager"], SETUP);
}

#[test]
fn a_plugin_that_cannot_say_what_it_offers() {
    let place = Place::new().plugin("mute.wasm", programs::DESCRIBE_TRAPS);
    check("plugin-describe-traps", &place, &["./mute.wasm:manager"], SETUP);
}

#[test]
fn a_plugin_without_a_manager_named() {
    check("manager-not-named", &Place::new(), &["./managers.wasm"], USAGE);
}

#[test]
fn a_manager_that_does_not_exist() {
    let place = Place::new().plugin("answers.wasm", programs::ANSWERS);
    check("manager-unknown", &place, &["./answers.wasm:reraise()"], USAGE);
}

#[test]
fn a_standard_manager_that_does_not_exist() {
    check("manager-unknown-standard", &Place::new(), &["tmpdir()"], USAGE);
    check("manager-unknown-far", &Place::new(), &["workspace()"], USAGE);
}

#[test]
fn a_missing_argument() {
    check("argument-missing", &Place::new(), &["lock()"], USAGE);
}

#[test]
fn an_unknown_argument() {
    check("argument-unknown", &Place::new(), &["lock(\"x\", stale_afer=1)"], USAGE);
}

#[test]
fn an_argument_too_many() {
    check("argument-too-many", &Place::new(), &["timer(\"a\", \"b\")"], USAGE);
}

#[test]
fn an_argument_that_is_given_twice() {
    check("argument-twice", &Place::new(), &["timer(\"a\", label=\"b\")"], USAGE);
}

#[test]
fn an_ill_typed_argument() {
    check("argument-ill-typed", &Place::new(), &["lock(\"x\", wait=\"long\")"], USAGE);
    check("argument-ill-typed-positional", &Place::new(), &["timer(5)"], USAGE);
}

#[test]
fn an_argument_that_is_not_json() {
    check("json-bare-word", &Place::new(), &["tempdir(prefix=build)"], USAGE);
    check("json-single-quotes", &Place::new(), &["tempdir(prefix='a b')"], USAGE);
    check("json-broken", &Place::new(), &["tempdir(prefix=[\"a\",])"], USAGE);
    check("json-cut-off", &Place::new(), &["tempdir(prefix={\"a\": )"], USAGE);
}

#[test]
fn an_expression_that_does_not_parse() {
    check("expression-not-closed", &Place::new(), &["tempdir(\"build-\" as DIR"], USAGE);
    check("expression-goes-on", &Place::new(), &["tempdir() DIR"], USAGE);
    check("expression-empty", &Place::new(), &[""], USAGE);
    check("expression-positional-last", &Place::new(), &["lock(wait=1, \"x\")"], USAGE);
}

#[test]
fn a_variable_that_is_no_name() {
    check("variable-no-name", &Place::new(), &["tempdir() as 1-DIR"], USAGE);
    check("variable-missing", &Place::new(), &["tempdir() as"], USAGE);
}

#[test]
fn a_variable_that_is_bound_twice() {
    check("variable-twice", &Place::new(), &["timer() as T", "timer(\"b\") as T"], USAGE);
}

#[test]
fn a_directory_that_was_not_granted() {
    check("right-dir", &Place::new(), &["tempdir(parent=\"/tmp\")"], RAISED);
}

#[test]
fn a_value_that_is_not_json() {
    let place = Place::new().plugin("raw.wasm", programs::RAW);
    check("value-not-json", &place, &["./raw.wasm:value_is_no_json as V"], FAULT);
}

#[test]
fn a_command_that_is_not_found() {
    check_command("command-not-found", &Place::new(), &[], &["no-such-command"], NOT_FOUND);
    check_command("command-not-there", &Place::new(), &[], &["./no-such-command"], NOT_FOUND);
    check_command("command-empty", &Place::new(), &[], &[""], NOT_FOUND);
}

#[test]
fn a_command_that_is_not_executable() {
    let place = Place::new().file("text", "words");
    check_command("command-not-executable", &place, &[], &["./text"], NOT_EXECUTABLE);
    check_command("command-directory", &place, &[], &["/"], NOT_EXECUTABLE);
}

#[test]
fn a_command_that_the_system_cannot_start() {
    let place = Place::new().script("odd", "").file("odd", "#!/no/such/interpreter\n");
    check_command("command-no-interpreter", &place, &[], &["./odd"], NOT_FOUND);
    let place = Place::new().script("odd", "").file("odd", b"\x7fELF, but no more");
    check_command("command-no-program", &place, &[], &["./odd"], NOT_EXECUTABLE);
}

#[test]
fn no_command() {
    let place = Place::new();
    assert_eq!(golden::check("command-missing", &place, &["with", "tempdir()"]).status, Some(USAGE));
}

#[test]
fn no_manager() {
    let place = Place::new();
    assert_eq!(golden::check("manager-missing", &place, &["with", "--", "ls"]).status, Some(USAGE));
}

#[test]
fn an_option_that_does_not_exist() {
    let place = Place::new();
    let ran = golden::check("option-unknown", &place, &["with", "--dirs", ".", "tempdir()", "--", "ls"]);
    assert_eq!(ran.status, Some(USAGE));
}

#[test]
fn an_amount_that_is_none() {
    for (name, option, amount) in [
        ("amount-time", "--enter-budget", "soon"),
        ("amount-size", "--memory", "0"),
        ("amount-none", "--exit-budget", "0s"),
        ("amount-stack", "--stack", "1GiB"),
    ] {
        check(name, &Place::new(), &[option, amount], USAGE);
    }
}

#[test]
fn a_directory_that_cannot_be_granted() {
    check("grant-dir", &Place::new(), &["--dir", "absent"], SETUP);
}

#[test]
fn a_variable_that_cannot_be_granted() {
    check("grant-env", &Place::new(), &["--env", "NOT_SET"], SETUP);
}

#[test]
fn an_address_that_cannot_be_granted() {
    let place = Place::new();
    let ran = place.with(&["--allow-net", "no-such-host.invalid:80", "tempdir"], "touch ran");
    ran.says(SETUP, &["the address `no-such-host.invalid:80` cannot be granted"]);
    place.holds_only(&[]);
}

#[test]
fn a_right_that_is_malformed() {
    check("grant-net", &Place::new(), &["--allow-net", "localhost"], USAGE);
    check("grant-env-unnamed", &Place::new(), &["--env", ""], USAGE);
    check("grant-dir-unnamed", &Place::new(), &["--dir", ".::"], USAGE);
}

#[test]
fn a_manager_that_is_not_utf8() {
    let place = Place::new();
    let manager = OsStr::from_bytes(b"tempdir(\"\xff\")");
    let mut ambit = place.ambit();
    let ran = Ran::of(ambit.arg("with").arg(manager).args(["--", "touch", "ran"]).output().unwrap());
    golden::compare("not-utf8", &place, &["with", "tempdir(\"\u{fffd}\")", "--", "touch", "ran"], &ran);
    assert_eq!(ran.status, Some(USAGE));
    place.holds_only(&[]);
}

#[test]
fn an_option_that_is_not_utf8() {
    let place = Place::new();
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir"]).arg(OsStr::from_bytes(b"\xff")).args(["tempdir", "--", "touch", "ran"]);
    Ran::of(ambit.output().unwrap()).says(USAGE, &["invalid UTF-8"]);
    place.holds_only(&[]);
}

#[test]
fn an_argument_that_was_not_given_and_is_needed_all_the_same() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("inner")).unwrap();
    check("argument-needed", &place, &["--dir", "inner", "tempdir(\"b-\")"], USAGE);
}

#[test]
fn a_cache_folder_that_cannot_be_used_is_told_and_does_no_harm() {
    let place = Place::new().file("cache", "a file").folder("work");
    let arguments = ["with", "--cache", "cache", "--dir", "work", "tempdir() as DIR", "--", "true"];
    assert_eq!(golden::check("cache-is-a-file", &place, &arguments).status, Some(0));
    place.holds_only(&["cache", "work"]);
}

#[test]
fn a_cache_folder_that_others_may_write_in_is_not_used() {
    let place = Place::new().folder("cache").folder("work");
    fs::set_permissions(place.path().join("cache"), fs::Permissions::from_mode(0o777)).unwrap();
    let arguments = ["with", "--cache", "cache", "--dir", "work", "tempdir() as DIR", "--", "true"];
    assert_eq!(golden::check("cache-is-open", &place, &arguments).status, Some(0));
    place.holds_only(&["cache", "work"]);
}
