//! A plugin whose author relies on guards.

use std::sync::{Arc, Mutex};

use ambit::{Dir, ExitStack, Isolation, Manager};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::{complete, fail, manager};

fn heard(name: &str) -> (Manager, Arc<Mutex<String>>) {
    let heard = Arc::new(Mutex::new(String::new()));
    let told = heard.clone();
    let manager = manager(programs::GUARDS, name)
        .output(move |bytes| told.lock().unwrap().push_str(&String::from_utf8_lossy(bytes)));
    (manager, heard)
}

#[test]
fn guards_run_in_reverse_at_exit() {
    let (says, heard) = heard("says");
    complete(&says).unwrap();
    assert_eq!(*heard.lock().unwrap(), "dropped: second\ndropped: first\n");
}

#[test]
fn guards_run_where_enter_fails() {
    let (says, heard) = heard("says_in_enter");
    let (ended, _) = fail(&says);
    assert!(ended.unwrap_err().raised().is("boom"));
    assert_eq!(*heard.lock().unwrap(), "dropped: first\n");
}

#[test]
fn xt_10_a_store_that_is_lost_runs_no_code_of_the_scopes_that_were_live_in_it() {
    let (says, heard) = heard("says");
    let says = says.isolation(Isolation::shared());
    let mut stack = ExitStack::new();
    for traps in [false, false, true] {
        stack.enter::<IgnoredAny>(&says, [traps]).unwrap();
    }
    assert_eq!(stack.unwind(None).incidents.len(), 3, "each is told");
    assert_eq!(*heard.lock().unwrap(), "");
    complete(&says).unwrap();
    assert_eq!(*heard.lock().unwrap(), "dropped: second\ndropped: first\n");
}

#[test]
fn a_guard_removes_what_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    let file = manager(programs::GUARDS, "file").grant(Dir::read_write(folder.path())).unwrap();
    let ended = file.with(json!({"path": &path}), |_: serde_json::Value| Ok::<_, crate::Own>(path.exists()));
    assert_eq!(ended.unwrap().completed(), Some(true));
    assert!(!path.exists());
}
