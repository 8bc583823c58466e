//! A plugin that uses rights.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use ambit::{Dir, Env, ErrorKind, FaultKind, Limits, Manager, Net, Phase};
use serde_json::{Value, json};

use crate::{Own, check_not_entered, manager};

fn rights(name: &str) -> Manager {
    manager(programs::RIGHTS, name)
}

/// Gives the value that enter gives, or the error.
fn enter(manager: &Manager, inputs: Value) -> Result<Value, ambit::Raised> {
    let ended = manager.with(inputs, Ok::<Value, Own>);
    ended.map(|outcome| outcome.completed().unwrap()).map_err(|failure| failure.raised().clone())
}

#[test]
fn nothing_is_reached_that_is_not_granted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "secret").unwrap();
    let raised = enter(&rights("reads"), json!({"path": &path})).unwrap_err();
    assert!(raised.is("not-found"), "{raised:?}");
    assert_eq!(enter(&rights("variable"), json!({"name": "PATH"})).unwrap(), Value::Null);
    assert_eq!(enter(&rights("program_arguments"), json!({})).unwrap(), json!([]));
}

#[test]
fn a_granted_directory_is_reached_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let same = rights("reads").grant(Dir::read_only(folder.path())).unwrap();
    assert_eq!(enter(&same, json!({"path": folder.path().join("file")})).unwrap(), "text");
    let other = rights("reads").grant(Dir::read_only(folder.path()).at("/data")).unwrap();
    assert_eq!(enter(&other, json!({"path": "/data/file"})).unwrap(), "text");
    assert!(enter(&other, json!({"path": "/data/../etc/passwd"})).is_err());
}

#[test]
fn a_name_is_granted_once() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let granted = rights("lists").grant(Dir::read_only(one.path()).at("data/")).unwrap();
    assert!(granted.clone().grant(Dir::read_write(one.path()).at("data")).is_ok());
    let error = granted.grant(Dir::read_only(other.path()).at("data")).unwrap_err();
    assert!(error.to_string().starts_with("`data` is the name of"), "{error}");
    for grant in [ambit::Grant::from(Env::new("", "x")), Dir::read_only(one.path()).at("").into()] {
        assert_eq!(rights("lists").grant(grant).unwrap_err().kind(), ErrorKind::Grant);
    }
}

#[test]
fn a_directory_granted_for_reading_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let writes = rights("writes").grant(Dir::read_only(folder.path()).at("/data")).unwrap();
    let raised = enter(&writes, json!({"path": "/data/file", "text": "x"})).unwrap_err();
    assert!(raised.is("permission-denied"), "{raised:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_granted_variable_has_its_value() {
    let given = rights("variable").grant(Env::new("COLOUR", "red")).unwrap();
    assert_eq!(enter(&given, json!({"name": "COLOUR"})).unwrap(), "red");
    let inherited = rights("variable").grant(Env::inherit("PATH")).unwrap();
    assert_eq!(enter(&inherited, json!({"name": "PATH"})).unwrap(), std::env::var("PATH").unwrap());
}

#[test]
fn a_right_that_cannot_be_granted_is_refused_at_once() {
    let rights = rights("reads");
    for grant in [
        ambit::Grant::from(Dir::read_only("/not/there")),
        Env::inherit("AMBIT_NOT_SET").into(),
        Net::connect("no port").into(),
    ] {
        let error = rights.clone().grant(grant).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Grant, "{error}");
        assert!(error.help().is_some(), "{error}");
    }
}

#[test]
fn only_a_granted_address_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let denied = rights("connects");
    let raised = enter(&denied, json!({"address": &address})).unwrap_err();
    if !programs::have_sockets() {
        return assert!(raised.is("unsupported"), "{raised:?}");
    }
    assert!(raised.is("permission-denied"), "{raised:?}");
    assert_eq!(denied.denied(), std::slice::from_ref(&address));

    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut ping = [0; 4];
        stream.read_exact(&mut ping).unwrap();
        stream.write_all(b"pong").unwrap();
    });
    let granted = rights("connects").grant(Net::connect(&address)).unwrap();
    assert_eq!(enter(&granted, json!({"address": &address})).unwrap(), "pong");
    server.join().unwrap();
}

#[test]
fn nobody_listens_whatever_is_granted() {
    let expected = if programs::have_sockets() { "permission-denied" } else { "unsupported" };
    // Port 0 is one of the system's choice: such as a socket is bound to that connects.
    for address in ["127.0.0.1:0", "0.0.0.0:0", "127.0.0.1:1"] {
        let granted = rights("listens").grant(Net::connect(address)).unwrap();
        let raised = enter(&granted, json!({"address": address})).unwrap_err();
        assert!(raised.is(expected), "{raised:?}");
    }
}

#[test]
fn a_guest_that_waits_for_an_answer_ends_with_its_budget() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let granted = rights("connects").grant(Net::connect(&address)).unwrap();
    if !programs::have_sockets() {
        return;
    }
    let short = granted.limits(Limits::default().enter(Duration::from_millis(30)));
    check_not_entered(&short, json!({"address": &address}), Phase::Enter, FaultKind::Budget);
    drop(listener);
}

#[test]
fn what_is_granted_to_one_manager_is_not_granted_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let one = rights("lists").grant(Dir::read_only(folder.path())).unwrap();
    let other = rights("lists");
    let inputs = json!({"path": folder.path()});
    assert_eq!(enter(&one, inputs.clone()).unwrap(), json!([]));
    assert!(enter(&other, inputs).is_err());
}
