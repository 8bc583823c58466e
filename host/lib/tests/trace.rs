//! What a host's operator sees of scopes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ambit::{Cache, Engine, ExitStack, Manager};
use serde::de::IgnoredAny;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged of a body that ends so in this manager, and on which line it is entered.
fn log(manager: &str, fails: bool) -> (String, u32) {
    let body = |_: IgnoredAny| if fails { Err(io::Error::other("boom")) } else { Ok(()) };
    let line = line!() + 1;
    (log_of(manager, |manager| drop(manager.with((), body))), line)
}

/// What is logged as something is done with this manager.
fn log_of(manager: &str, run: impl FnOnce(&Manager)) -> String {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let manager = engine.load(programs::ANSWERS).unwrap().manager(manager).unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("ambit=debug")
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || run(&manager));
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_scope_is_a_span_with_its_phases_their_times_and_its_outcome() {
    for (manager, fails, outcome) in [
        ("reraises", false, "completed"),
        ("reraises", true, "re-raised"),
        ("suppresses", true, "suppressed"),
        ("replaces", true, "replaced"),
        ("raises_after", false, "raised"),
    ] {
        let (log, line) = log(manager, fails);
        for part in [
            &format!("scope{{manager=\"{manager}\""),
            &format!("entered_at={}:{line}:", file!()),
            "}:enter: ambit::trace: ran took_us=",
            "}:body: ambit::trace: ran took_us=",
            "}:exit: ambit::trace: ran took_us=",
            &format!("exited outcome=\"{outcome}\""),
        ] {
            assert!(log.contains(part), "no {part:?} in\n{log}");
        }
        let ran = log.find("}:exit: ambit::trace: ran").unwrap();
        assert!(ran < log.find(" exited outcome=").unwrap(), "it is told once all has run:\n{log}");
        let closed = log.lines().filter(|line| line.contains("close")).count();
        assert_eq!(closed, 4, "the store that waits keeps a span:\n{log}");
    }
    assert!(log("raises_before", false).0.contains("not entered raised=the manager's own"));
}

#[test]
fn a_scope_that_is_dropped_is_a_warning_with_where_it_was_entered() {
    let line = line!() + 3;
    let log = log_of("reraises", |manager| {
        let mut stack = ExitStack::new();
        stack.enter::<IgnoredAny>(manager, ()).unwrap();
    });
    let warning = log.lines().find(|line| line.contains(" WARN ")).unwrap();
    assert!(warning.contains("was dropped in place of being exited"), "{warning}");
    assert!(warning.contains(&format!("entered_at={}:{line}:", file!())), "{warning}");
}
