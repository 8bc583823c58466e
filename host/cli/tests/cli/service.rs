//! The manager `service`, around servers on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use nix::sys::signal::Signal;

use crate::golden;
use crate::place::{Place, Ran};
use crate::running::{DIES, Running, floods};

/// Python's own server, which shows the files of a place at a port of the system's choice.
struct Python {
    server: Child,
    port: String,
}

impl Python {
    fn serves(place: &Place) -> Self {
        let mut python = Command::new("python3");
        python.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]).current_dir(place.path());
        let mut server = python.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // `Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ...`
        let port = line.split(' ').nth(5).unwrap_or_else(|| panic!("it does not say its port: {line}"));
        Self { server, port: port.to_owned() }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

/// A server of a test's own, which does this with each connection, and its address.
fn serves(each: impl FnMut(TcpStream) + Send + 'static) -> (JoinHandle<()>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // It ends with the process.
    let serving = thread::spawn(move || listener.incoming().map(Result::unwrap).for_each(each));
    (serving, address)
}

/// Reads a request to the end of its head, and gives its first line.
fn request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    head.into_iter().next().unwrap_or_default()
}

/// Runs a script inside of a `service` of this argument, to which connections are granted.
fn with(place: &Place, granted: &str, service: &str, script: &str) -> Ran {
    place.with(&["--allow-net", granted, &format!("service({service}) as S")], script)
}

#[test]
fn a_server_that_answers_is_there_for_the_command() {
    let place = Place::new().file("page", "words\n");
    let python = Python::serves(&place);
    let (port, address) = (&python.port, format!("127.0.0.1:{}", python.port));
    let reads = "exec python3 -c 'import os, urllib.request as u; \
        print(u.urlopen(\"http://\" + os.environ[\"S_HOST\"] + \":\" + os.environ[\"S_PORT\"] + \"/page\").read().decode(), end=\"\")'";
    for service in [port.clone(), format!("\"{address}\""), format!("\"http://{address}/page\"")] {
        with(&place, &address, &service, reads).is(0, "words\n");
    }
    with(&place, &address, &format!("\"{address}\""), "echo $S_ADDRESS").is(0, &format!("{address}\n"));
    with(&place, &address, port, "exit 3").is(3, "");
}

#[test]
fn a_name_is_looked_up_where_it_is_granted() {
    let place = Place::new();
    let python = Python::serves(&place);
    let address = format!("localhost:{}", python.port);
    with(&place, &address, &format!("\"http://{address}\""), "echo $S_ADDRESS")
        .is(0, &format!("http://{address}/\n"));
    place
        .with(&[&format!("service(\"{address}\")")], "touch ran")
        .says(112, &[&format!("grant it with `--allow-net {address}`")]);
    place.holds_only(&[]);
}

#[test]
fn a_server_is_asked_until_it_answers_well() {
    let (asked, requests) = channel();
    let mut answers = ["", "HTTP/1.1 503 Busy\r\n\r\n", "HTTP/1.0 204 Well\r\n\r\n"].into_iter();
    let (_serving, address) = serves(move |mut stream| {
        asked.send(request(&stream)).unwrap();
        // Who waits once more than it has to is not answered.
        stream.write_all(answers.next().unwrap_or_default().as_bytes()).unwrap();
    });
    with(&Place::new(), &address, &format!("\"http://{address}/health?deep\""), "exit 0").is(0, "");
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["GET /health?deep HTTP/1.1"; 3]);
}

#[test]
fn a_status_for_the_time_being_is_not_the_answer() {
    let answers = ["HTTP/1.1 503 Busy\r\n\r\n", "", "HTTP/1.1 204 Well\r\n\r\n"];
    let (asked, requests) = channel();
    let mut left = answers.into_iter();
    let (_serving, address) = serves(move |mut stream| {
        asked.send(request(&stream)).unwrap();
        let answer = format!("HTTP/1.1 100 Continue\r\n\r\n{}", left.next().unwrap_or_default());
        stream.write_all(answer.as_bytes()).unwrap();
    });
    with(&Place::new(), &address, &format!("\"http://{address}\""), "exit 0").is(0, "");
    assert_eq!(requests.try_iter().count(), answers.len());
}

#[test]
fn an_answer_whose_content_has_no_end_is_an_answer() {
    let (_serving, address) = serves(|mut stream| {
        request(&stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n").unwrap();
        // It does not close it.
        loop {
            thread::park();
        }
    });
    with(&Place::new(), &address, &format!("\"http://{address}/\""), "exit 3").is(3, "");
    let (_serving, address) = serves(|mut stream| {
        request(&stream);
        let _cut = stream.write_all(&[b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 64 << 20]].concat());
    });
    with(&Place::new(), &address, &format!("\"http://{address}/\""), "exit 3").is(3, "");
}

#[test]
fn a_wait_that_is_over_says_for_what_how_long_and_what_was_answered_last() {
    let (_serving, address) = serves(|mut stream| {
        request(&stream);
        stream.write_all(b"HTTP/1.1 404 No\r\n\r\n").unwrap();
    });
    with(&Place::new(), &address, &format!("\"http://{address}/\", wait=0.2"), "touch ran").says(
        112,
        &[&format!("`http://{address}/` was waited for in vain for 0.2 s: it answered with status 404")],
    );
    let (_serving, address) = serves(|mut stream| stream.write_all(b"SSH-2.0-OpenSSH\r\n").unwrap());
    with(&Place::new(), &address, &format!("\"http://{address}/\", wait=0"), "touch ran")
        .says(112, &["answered with what is no HTTP"]);
}

#[test]
fn nobody_listens_and_the_error_says_so() {
    let arguments = ["with", "--allow-net", "127.0.0.1:1", "service(1, wait=0)", "--", "touch", "ran"];
    let place = Place::new();
    assert_eq!(golden::check("service-unready", &place, &arguments).status, Some(112));
    place.holds_only(&[]);
}

#[test]
fn a_wait_that_is_longer_than_the_budget_ends_with_it_and_says_so() {
    let arguments = ["--allow-net", "127.0.0.1:1", "--enter-budget", "300ms", "service(1)"];
    Place::new().with(&arguments, "touch ran").says(112, &["refused", "longer than the host's budget"]);
}

#[test]
fn an_address_that_is_not_granted_is_not_waited_for() {
    let arguments = ["with", "service(1, wait=1000)", "--", "touch", "ran"];
    let place = Place::new();
    assert_eq!(golden::check("service-not-granted", &place, &arguments).status, Some(112));
    place.holds_only(&[]);
}

#[test]
fn an_address_of_no_known_form_is_underlined() {
    let place = Place::new();
    for (name, service) in [
        ("service-no-address", "service(\"localhost\")"),
        ("service-https", "service(\"https://a.example\")"),
        ("service-no-port", "service(70000)"),
    ] {
        assert_eq!(golden::check(name, &place, &["with", service, "--", "true"]).status, Some(110));
    }
}

#[test]
fn a_wait_that_is_none_is_underlined() {
    let place = Place::new();
    for (name, wait) in
        [("service-wait-negative", "-1"), ("service-wait-large", "1e300"), ("service-wait-text", "\"NaN\"")]
    {
        let service = format!("service(80, wait={wait})");
        assert_eq!(golden::check(name, &place, &["with", &service, "--", "true"]).status, Some(110));
    }
}

#[test]
fn exit_waits_until_the_server_has_closed_the_connection_on_which_it_answered() {
    let place = Place::new();
    let (close, closes) = channel::<()>();
    let (_serving, address) = serves(move |mut stream| {
        stream.read_to_end(&mut Vec::new()).unwrap();
        closes.recv().unwrap();
    });
    let busy = "the server has not closed the connection on which it answered";
    let short = format!("\"{address}\", wait=0.2");
    with(&place, &address, &short, "exit 0").says(112, &["service:busy", busy]);
    with(&place, &address, &short, "exit 3").says(3, &["note: ", busy]);
    // From here on it closes those two, and the next.
    for _ in 0..3 {
        close.send(()).unwrap();
    }
    with(&place, &address, &format!("\"{address}\""), "exit 3").is(3, "");
}

#[test]
fn a_server_that_has_ended_meanwhile_is_done() {
    let place = Place::new();
    let python = Python::serves(&place);
    let address = format!("127.0.0.1:{}", python.port);
    with(&place, &address, &python.port, &format!("kill -9 {}", python.server.id())).is(0, "");
}

#[cfg(target_os = "linux")]
#[test]
fn exit_waits_for_connections_of_others_where_the_tables_of_the_system_are_granted() {
    let place = Place::new();
    let python = Python::serves(&place);
    let (port, address) = (&python.port, format!("127.0.0.1:{}", python.port));
    let open = TcpStream::connect(&address).unwrap();
    let counting = |wait: &str, script: &str| {
        let service = format!("service({port}, wait={wait})");
        place.with(&["--allow-net", &address, "--dir", "/proc/net", &service], script)
    };
    counting("0.2", "exit 0").says(112, &["service:busy", "within 0.2 s: a connection is open"]);
    let second = TcpStream::connect(&address).unwrap();
    counting("0.2", "exit 0").says(112, &["2 connections are open"]);
    // Nothing can be known of them where that is not granted.
    with(&place, &address, port, "exit 0").is(0, "");
    drop((open, second));
    counting("60", "exit 0").is(0, "");
}

#[test]
fn a_command_that_is_cancelled_ends_as_it_does_without() {
    let place = Place::new().script("command", DIES);
    let python = Python::serves(&place);
    let address = format!("127.0.0.1:{}", python.port);
    let managers = ["--allow-net", &address, &format!("service({})", python.port), "tempdir"];
    let running = Running::ready(&place, &managers);
    running.is_sent(Signal::SIGTERM);
    running.ends().is(143, "");
    place.holds_only(&["command"]);
}

#[test]
fn a_server_is_waited_for_no_longer_once_a_signal_came() {
    let place = Place::new();
    let (asked, asks) = channel();
    let (_serving, address) = serves(move |stream| {
        request(&stream);
        asked.send(()).unwrap();
    });
    let service = format!("service(\"http://{address}\", wait=100000)");
    let mut command = place.ambit();
    command.args(["with", "--enter-budget", "24h", "--allow-net", &address, "--dir", ".", "tempdir"]);
    command.args([&*service, "--", "touch", "ran"]);
    let running = Running::start(command);
    asks.recv().unwrap();
    running.is_sent(Signal::SIGTERM);
    assert_eq!(running.ends().status, Some(143));
    place.holds_only(&[]);
}

#[test]
fn a_signal_that_comes_while_a_server_is_waited_for_lets_no_command_run() {
    let place = Place::new();
    let (asked, asks) = channel();
    let (answer, answers) = channel::<()>();
    let (_serving, address) = serves(move |mut stream| {
        request(&stream);
        asked.send(()).unwrap();
        answers.recv().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    });
    let service = format!("service(\"http://{address}\")");
    let mut command = place.ambit();
    command.args(["with", "--allow-net", &address, "--dir", ".", "tempdir", &service, "--", "touch", "ran"]);
    let mut running = Running::start(command);
    asks.recv().unwrap();
    running.is_sent(Signal::SIGTERM);
    let mut said = String::new();
    while !said.contains("SIGTERM came while `service` is being entered") {
        assert_ne!(running.stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    answer.send(()).unwrap();
    assert_eq!(running.ends().status, Some(143));
    place.holds_only(&[]);
}

/// Of a server that does not close its connections, and an inner manager that says on stderr that it exits.
#[test]
fn a_signal_while_managers_exit_is_answered_at_once_by_which_one_does_and_cuts_none_short() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    let (close, closes) = channel::<()>();
    let (_serving, address) = serves(move |mut stream| {
        stream.read_to_end(&mut Vec::new()).unwrap();
        closes.recv().unwrap();
    });
    let service = format!("service(\"{address}\", wait=60)");
    let mut command = place.ambit();
    command.args(["with", "--allow-net", &address, "--dir", ".", "tempdir"]);
    command.args([&*service, &floods("nowhere"), "--", "touch", "ran"]);
    let mut running = Running::start(command);
    let reads = |running: &mut Running| {
        let mut line = String::new();
        assert_ne!(running.stderr.read_line(&mut line).unwrap(), 0, "it ended");
        line
    };
    assert_eq!([reads(&mut running), reads(&mut running)], ["s: enter\n", "s: exit\n"]);
    // The answer to one has two lines, so that there are at least as many as are read, though several may have one.
    let answered = |running: &mut Running, signal, words: &str| loop {
        running.is_sent(signal);
        let line = reads(running);
        if line.contains(words) {
            break line;
        }
    };
    assert_eq!(
        answered(&mut running, Signal::SIGHUP, "`service`"),
        "ambit: warning: SIGHUP came while `service` exits: `ambit` ends when all have exited\n"
    );
    assert_eq!(reads(&mut running), "  help: `--exit-budget TIME` bounds how long each may take\n");
    answered(&mut running, Signal::SIGTERM, "SIGTERM came while `service` exits");
    close.send(()).unwrap();
    running.ends().says(129, &["the command had succeeded before SIGHUP came: its result stands"]);
    place.holds_only(&["ran", "scripted.wasm"]);
}
