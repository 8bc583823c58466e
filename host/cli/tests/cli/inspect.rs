//! `ambit inspect`.

use serde_json::Value;

use crate::golden;
use crate::place::{Place, Ran};

#[test]
fn a_manager_that_no_command_line_can_name_is_told() {
    let place = Place::new().plugin("raw.wasm", programs::RAW);
    let ran = place.run(&["inspect", "./raw.wasm"]);
    ran.says(
        0,
        &["warning: no command line can name the manager `not to be named(1)`", "a name has no spaces"],
    );
    assert_eq!(ran.stderr.matches("warning").count(), 1, "{}", ran.stderr);
    place.with(&["./raw.wasm:not to be named(1)"], "touch ran").says(110, &["followed by something else"]);
}

#[test]
fn a_plugin_is_shown_with_all_that_it_offers() {
    let place = Place::new().plugin("guards.wasm", programs::GUARDS);
    let ran = place.run(&["inspect", "./guards.wasm"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    for words in [
        "./guards.wasm: ",
        " KiB\n",
        "\n  says(traps=false)\n      Two guards around its yield, which say when they are dropped.\n",
        "\n  file(path)\n",
        "\n  imports\n      ambit:scope/errors@0.1.0\n",
    ] {
        assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
    }
}

#[test]
fn whether_managers_await_is_shown() {
    let place = Place::new().plugin("awaits.wasm", programs::AWAITS).plugin("guards.wasm", programs::GUARDS);
    let first_line = |ran: Ran| ran.stdout.lines().next().unwrap().to_owned();
    assert!(first_line(place.run(&["inspect", "./awaits.wasm"])).ends_with(" KiB, managers that await"));
    assert!(first_line(place.run(&["inspect", "./guards.wasm"])).ends_with(" KiB"));
    assert_eq!(json(&place, &["inspect", "./awaits.wasm", "--json"])["awaits"], true);
    assert_eq!(json(&place, &["inspect", "./guards.wasm", "--json"])["awaits"], false);
}

#[test]
fn parameters_are_shown_as_they_are_written() {
    let ran = Place::new().run(&["inspect", "tempdir"]);
    assert!(
        ran.stdout.contains("tempdir(prefix=\"tmp-\", parent=null, keep_on_error=false)"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n      prefix\n          What its name begins with.\n"), "{}", ran.stdout);
}

#[test]
fn json_has_the_same_for_programs() {
    let place = Place::new().plugin("guards.wasm", programs::GUARDS);
    let shown = json(&place, &["inspect", "./guards.wasm", "--json"]);
    assert_eq!(shown["name"], "./guards.wasm");
    assert_eq!(shown["size"], std::fs::metadata(programs::GUARDS).unwrap().len());
    assert!(shown["imports"].as_array().unwrap().contains(&"ambit:scope/errors@0.1.0".into()));
    let file =
        shown["managers"].as_array().unwrap().iter().find(|manager| manager["name"] == "file").unwrap();
    assert_eq!(file["doc"], "Makes a file, whose guard removes it.");
    assert_eq!(file["parameters"], serde_json::json!([{ "name": "path", "doc": "" }]));
}

#[test]
fn a_default_is_told_from_none_in_json() {
    let shown = json(&Place::new(), &["inspect", "tempdir", "--json"]);
    let initial = |at: usize| shown["managers"][0]["parameters"][at].get("initial").cloned();
    assert_eq!(
        (initial(0), initial(1), initial(2)),
        (Some("tmp-".into()), Some(Value::Null), Some(false.into()))
    );
}

#[test]
fn all_standard_managers_are_shown_by_default() {
    let place = Place::new();
    let shown = json(&place, &["inspect", "--json"]);
    let names: Vec<_> = shown.as_array().unwrap().iter().map(|plugin| plugin["name"].clone()).collect();
    assert_eq!(names, ["lock", "rollback", "service", "suppress", "tempdir", "timer"]);
    let text = place.run(&["inspect"]).stdout;
    assert!(["  lock(path", "  rollback(", "  timer("].iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn each_standard_manager_and_parameter_says_what_it_is_for() {
    for plugin in json(&Place::new(), &["inspect", "--json"]).as_array().unwrap() {
        for manager in plugin["managers"].as_array().unwrap() {
            assert_ne!(manager["doc"], "", "{manager}");
            assert!(
                manager["parameters"].as_array().unwrap().iter().all(|each| each["doc"] != ""),
                "{manager}"
            );
        }
    }
}

#[test]
fn what_is_no_plugin_is_told_as_everywhere() {
    let place = Place::new().plugin("core.wasm", programs::CORE_MODULE);
    assert_eq!(golden::check("inspect-core-module", &place, &["inspect", "./core.wasm"]).status, Some(111));
    assert_eq!(golden::check("inspect-unknown", &place, &["inspect", "tmpdir"]).status, Some(111));
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(arguments);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ran.stdout).unwrap()
}
