#![doc = include_str!("../README.md")]

mod duration;
mod line;

use std::io::{self, Write};
use std::time::Instant;

use ambit_guest::{Result, Scope, manager, plugin};

/// How long the body took, and how it ended: one line on stderr.
///
/// The body's error goes on.
#[manager]
async fn timer(
    /// What stands ahead of the line.
    #[default("")]
    label: String,
    scope: Scope,
) -> Result {
    let timer = Running { label, since: Instant::now(), reported: false };
    let body = scope.yields(()).await;
    timer.report(&body);
    body
}

plugin!(timer);

/// Says something even where the scope is given up, and it is merely dropped.
struct Running {
    label: String,
    since: Instant,
    reported: bool,
}

impl Running {
    fn report(mut self, body: &Result) {
        self.say(&line::ended(&self.label, self.since.elapsed(), body));
    }

    /// A line that cannot be written is none: a timer does not make a body fail.
    fn say(&mut self, line: &str) {
        self.reported = true;
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reported {
            self.say(&line::given_up(&self.label, self.since.elapsed()));
        }
    }
}

#[cfg(test)]
mod tests {
    use ambit_guest::testing::{enter, json, raised};
    use ambit_guest::{Error, Family};

    use super::*;

    #[test]
    fn a_body_that_completes_completes() {
        enter(timer, json!({"label": "tests"})).unwrap().exit(Ok(())).unwrap();
    }

    #[test]
    fn an_error_goes_on_as_the_same() {
        let failed = Error::new("not-found", "nothing there");
        let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
        for error in [failed, cancelled] {
            let ended = enter(timer, ()).unwrap().exit(Err(error.clone()));
            assert!(ended.unwrap_err().is_same(&error));
            assert!(error.notes().is_empty());
        }
    }

    #[test]
    fn the_value_is_nothing() {
        let () = enter(timer, ()).unwrap().value();
    }
}
