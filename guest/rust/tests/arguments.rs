//! What an enter reads, and what it refuses before any code of the manager has run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ambit_guest::testing::{enter, json};
use ambit_guest::{Result, Scope, manager};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize, Serialize)]
struct Retry {
    after: f64,
    times: Vec<u32>,
}

const LIMIT: u32 = 60;

/// Gives back what it was given.
#[manager]
async fn echo(
    path: PathBuf,
    #[default("tmp-")] prefix: String,
    #[default(null)] label: Option<String>,
    #[default(LIMIT * 2)] limit: u32,
    #[default({"after": 0.5, "times": [1, 2]})] retry: Retry,
    #[default({})] more: BTreeMap<String, Value>,
    scope: Scope<Value>,
) -> Result {
    let given = json!({
        "path": path, "prefix": prefix, "label": label, "limit": limit, "retry": retry, "more": more,
    });
    scope.yields(given).await
}

/// Takes nothing.
#[manager]
async fn nothing(scope: Scope) -> Result {
    scope.yields(()).await
}

fn given(arguments: Value) -> Value {
    enter(echo, arguments).expect("it enters").value()
}

#[track_caller]
fn refused(arguments: Value, argument: &str, message: &str) {
    let error = enter(echo, arguments).expect_err("it is refused");
    let detailed = format!("invalid-argument:{argument}");
    assert_eq!(error.kinds(), ["rust:ambit_guest::InvalidArgument", &detailed, "invalid-argument"]);
    assert_eq!(error.message(), message);
    assert_eq!(error.detail("invalid-argument"), Some(argument));
}

#[test]
fn what_is_left_out_has_its_default() {
    let expected = json!({
        "path": "/a", "prefix": "tmp-", "label": null, "limit": 120,
        "retry": {"after": 0.5, "times": [1, 2]}, "more": {},
    });
    assert_eq!(given(json!({"path": "/a"})), expected);
}

#[test]
fn what_is_given_is_read_in_any_order_and_with_escapes() {
    let given = given(json!({
        "more": {"ü\n\"": [1.5, null]}, "label": "\u{1f600}\\", "retry": {"times": [], "after": 1}, "path": "a b",
    }));
    assert_eq!(given["more"], json!({"ü\n\"": [1.5, null]}));
    assert_eq!(given["label"], "\u{1f600}\\");
    assert_eq!(given["retry"], json!({"times": [], "after": 1.0}));
    assert_eq!(given["path"], "a b");
}

#[test]
fn a_missing_argument_is_refused() {
    refused(json!({}), "path", "argument `path` is missing, and has no default");
}

#[test]
fn an_unknown_argument_is_refused_with_those_that_there_are() {
    refused(
        json!({"path": "/a", "perfix": "b"}),
        "perfix",
        "there is no argument `perfix`: `echo` takes `path`, `prefix`, `label`, `limit`, `retry`, `more`",
    );
    let error = enter(nothing, json!({"a": 1})).unwrap_err();
    assert_eq!(error.message(), "there is no argument `a`: `nothing` takes no arguments");
}

#[test]
fn an_argument_of_the_wrong_type_is_refused_with_the_place_in_it() {
    refused(
        json!({"path": "/a", "prefix": 5}),
        "prefix",
        "argument `prefix`: invalid type: integer `5`, expected a string",
    );
    refused(
        json!({"path": "/a", "retry": {"after": 1, "times": [1, "b"]}}),
        "retry",
        "argument `retry` at `.times[1]`: invalid type: string \"b\", expected u32",
    );
    refused(json!({"path": "/a", "retry": {"after": 1}}), "retry", "argument `retry`: missing field `times`");
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    let error = enter(echo, json!(["/a"])).unwrap_err();
    assert_eq!(error.kinds(), ["rust:ambit_guest::InvalidArgument", "invalid-argument"]);
    assert!(error.message().starts_with("the arguments are no JSON object: invalid type: sequence"));
}

#[track_caller]
fn refused_text(text: &str, message: &str) {
    let arguments = RawValue::from_string(text.to_owned()).expect("it is JSON");
    assert_eq!(enter(echo, arguments).expect_err("it is refused").message(), message);
}

#[test]
fn an_argument_that_is_given_twice_is_refused() {
    refused_text(r#"{"path": "/a", "pat\u0068": "/b"}"#, "argument `path` is given twice");
}

#[test]
fn an_argument_that_is_nested_too_deep_is_refused() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let error = enter(
        echo,
        RawValue::from_string(format!("{{\"path\": \"/a\", \"more\": {{\"a\": {deep}}}}}")).unwrap(),
    );
    assert!(error.unwrap_err().message().ends_with("recursion limit exceeded"));
}

#[test]
fn a_place_is_found_across_lines() {
    refused_text(
        "{\"path\": \"/a\", \"retry\": {\n  \"after\": 1,\n  \"times\": [1,\n -1]}}",
        "argument `retry` at `.times[1]`: invalid value: integer `-1`, expected u32",
    );
}

#[test]
fn a_manager_says_what_it_takes() {
    let parameters: Vec<_> =
        echo().parameters().iter().map(|each| (each.name(), each.initial().map(String::from))).collect();
    assert_eq!(parameters[0], ("path", None));
    assert_eq!(parameters[1], ("prefix", Some("\"tmp-\"".to_owned())));
    assert_eq!(parameters[2], ("label", Some("null".to_owned())));
    assert_eq!(parameters[3], ("limit", Some("120".to_owned())));
    assert_eq!(parameters[4], ("retry", Some("{\"after\":0.5,\"times\":[1,2]}".to_owned())));
    assert_eq!(parameters.len(), 6);
}
