//! What managers see of an error of the host's program.

use std::error::Error;
use std::{fmt, io};

use ambit_core::{Describe, Family, Raised, StandsFor};

/// An error of a program's own, which has a source.
#[derive(Debug)]
struct Failed(io::Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed")
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file")
}

/// The kinds and messages of a description and of what it was raised from.
fn lines(raised: &Raised) -> Vec<String> {
    raised.chain().map(|(_, each)| format!("{}: {each}", each.kinds().join(" "))).collect()
}

#[test]
fn an_error_is_its_type_and_its_source_is_its_cause() {
    let failed = concat!("rust:", module_path!(), "::Failed: it failed");
    let raised = Failed(not_found()).describe();
    assert_eq!(raised.family(), Family::Error);
    assert_eq!(lines(&raised), [failed, "rust:std::io::Error not-found: no such file"]);
}

#[test]
fn an_error_in_a_box_is_what_is_inside() {
    let boxed: Box<dyn Error + Send + Sync> = Box::new(not_found());
    assert_eq!(lines(&boxed.describe()), ["rust:std::io::Error not-found: no such file"]);
}

#[test]
fn a_text_is_an_error_too() {
    assert_eq!(lines(&"it failed".describe()), ["rust:&str: it failed"]);
}

#[test]
fn xt08_an_error_in_flight_is_that_very_error() {
    let raised = not_found().describe();
    assert!(raised.describe().is_same(&raised));
    let boxed: Box<dyn Error + Send + Sync> = Box::new(raised.clone());
    assert!(boxed.describe().is_same(&raised));
}

#[test]
fn an_error_that_stands_for_one_in_flight_is_that_one() {
    #[derive(Debug)]
    struct Failure(StandsFor);
    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a scope failed")
        }
    }
    impl Error for Failure {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let raised = not_found().describe();
    assert!(Failure(StandsFor(raised.clone())).describe().is_same(&raised));
}
