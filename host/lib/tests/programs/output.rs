//! A plugin that writes on its stdout and stderr.

use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::{complete, fail_with, manager};

#[test]
fn what_a_guest_writes_is_heard_in_its_order() {
    let heard = Arc::new(Mutex::new(String::new()));
    let told = heard.clone();
    let says = manager(programs::OUTPUT, "says")
        .output(move |bytes| told.lock().unwrap().push_str(&String::from_utf8_lossy(bytes)));
    complete(&says).unwrap();
    let lines = heard.lock().unwrap().clone();
    assert_eq!(lines, "enter, on stdout\nenter, on stderr\nexit, on stdout\nexit, on stderr\n");
}

#[test]
fn a_flood_is_survived() {
    let floods = manager(programs::OUTPUT, "floods");
    let (ended, own) = fail_with(&floods, json!({"lines": 20_000}));
    assert_eq!(ended.unwrap_err().into_body().unwrap().0, own);
}

#[test]
fn a_listener_that_panics_harms_no_scope() {
    let says = manager(programs::OUTPUT, "says").output(|_| panic!("deaf"));
    assert_eq!(complete(&says).unwrap().completed(), Some(7));
}
