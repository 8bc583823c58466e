//! What managers may reach, and how what they may not is said.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::golden;
use crate::place::{Place, Ran};

fn rights() -> Place {
    Place::new().plugin("rights.wasm", programs::RIGHTS)
}

#[test]
fn a_manager_reaches_nothing_by_default() {
    let place = rights().file("data", "secret");
    for manager in ["reads(\"data\")", "writes(\"new\", \"x\")", "lists(\".\")"] {
        let ran = place.with(&[&format!("./rights.wasm:{manager} as V")], "echo $V");
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(112), ""), "{}", ran.stderr);
    }
    place.with(&["./rights.wasm:variable(\"PATH\") as V"], "echo $V").is(0, "null\n");
}

#[test]
fn a_directory_is_granted_with_all_in_it() {
    let place = rights().file("data", "words");
    place.with(&["--dir", ".", "./rights.wasm:reads(\"data\") as V"], "echo $V").is(0, "words\n");
    let here = place.path().to_str().unwrap();
    let manager = format!("./rights.wasm:reads(\"{here}/data\") as V");
    place.with(&["--dir", here, &manager], "echo $V").is(0, "words\n");
}

#[test]
fn a_directory_may_have_another_name_inside() {
    let place = rights().file("data", "words");
    place
        .with(&["--dir", ".::/mine", "./rights.wasm:reads(\"/mine/data\") as V"], "echo $V")
        .is(0, "words\n");
}

#[test]
fn what_lies_outside_of_a_granted_directory_is_not_reached() {
    let place = rights().file("data", "secret");
    std::fs::create_dir(place.path().join("inner")).unwrap();
    std::os::unix::fs::symlink("../data", place.path().join("inner/link")).unwrap();
    for path in ["data", "inner/../data", "inner/link"] {
        let manager = format!("./rights.wasm:reads(\"{path}\") as V");
        assert_eq!(place.with(&["--dir", "inner", &manager], "echo $V").status, Some(112), "{path}");
    }
}

#[test]
fn a_variable_is_granted_with_the_value_that_it_has() {
    let place = rights();
    let mut ambit = place.ambit();
    ambit.env("TOKEN", "abc").args(["with", "--env", "TOKEN", "./rights.wasm:variable(\"TOKEN\") as V"]);
    Ran::of(ambit.args(["--", "sh", "-c", "echo $V"]).output().unwrap()).is(0, "abc\n");
}

#[test]
fn a_variable_is_granted_with_another_value_and_for_managers_alone() {
    let arguments = ["--env", "TOKEN=a=b", "./rights.wasm:variable(\"TOKEN\") as V"];
    rights().with(&arguments, "echo $V${TOKEN}").is(0, "a=b\n");
}

#[test]
fn an_address_is_granted() {
    let (listener, address) = listen();
    let manager = format!("./rights.wasm:connects(\"{address}\") as V");
    let arguments = ["--allow-net", &address, &manager];
    if !programs::have_sockets() {
        return rights().with(&arguments, "echo $V").says(112, &["unsupported"]);
    }
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut ping = [0; 4];
        stream.read_exact(&mut ping).unwrap();
        stream.write_all(b"pong").unwrap();
    });
    rights().with(&arguments, "echo $V").is(0, "pong\n");
    server.join().unwrap();
}

#[test]
fn an_address_that_is_not_granted_is_said_with_the_option_that_grants_it() {
    let (_listener, address) = listen();
    let ran = rights().with(&[&format!("./rights.wasm:connects(\"{address}\") as V")], "echo $V");
    if !programs::have_sockets() {
        return ran.says(112, &["unsupported"]);
    }
    ran.says(112, &["`connects` was not allowed to connect to", &format!("`--allow-net {address}`")]);
}

#[test]
fn a_directory_that_is_not_granted_is_said_with_the_option_that_grants_it() {
    let place = Place::new().file("app.conf", "");
    let ran = golden::check("right-file", &place, &["with", "rollback(\"app.conf\")", "--", "true"]);
    assert_eq!(ran.status, Some(112));
    place.run(&["with", "lock(\"/tmp/x.lock\")", "--", "true"]).says(112, &["`--dir /tmp`"]);
}

#[test]
fn rights_are_for_all_managers_of_a_command() {
    let place = rights().file("data", "words");
    let managers = ["--dir", ".", "tempdir as DIR", "./rights.wasm:reads(\"data\") as V"];
    place.with(&managers, "echo $V > $DIR/x; cat $DIR/x").is(0, "words\n");
}

/// A server at a port that nobody else has.
fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
