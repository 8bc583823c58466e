//! Results, on stdout: [`print()`], [`as_json`].

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::problem::{Failure, Problem};
use crate::status::Status;

/// Writes a result. Whoever reads it may stop reading, as `head` does: that is no failure.
pub(crate) fn print(result: &[u8]) -> Result<u8, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(result).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::new("the result cannot be written").because_of(&error).ends(Status::Setup))
        }
        _ => Ok(0),
    }
}

/// A result for programs.
pub(crate) fn as_json(shown: &impl Serialize) -> String {
    // Text, numbers and JSON values can always be written.
    serde_json::to_string_pretty(shown).unwrap_or_default() + "\n"
}
