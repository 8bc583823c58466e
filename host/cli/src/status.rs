//! What `ambit` ends with where it does not end as the command did: [`Status`].

use std::fmt::Write;

/// An exit status of `ambit`'s own: one for each family of failure.
///
/// They lie between the statuses that commands use for themselves (0 to 2, `sysexits.h` at 64 to 78), Rust's 101 for a
/// panic, and 124 to 255, which shells, `timeout`, `env`, `xargs` and `ssh` give a meaning. 124 is what `timeout` says, and
/// 126 and 127 what all of these say of a command that cannot be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    Usage = 110,
    Setup = 111,
    Raised = 112,
    Fault = 113,
    Lost = 114,
    TimedOut = 124,
    NotExecutable = 126,
    NotFound = 127,
}

impl Status {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// What each status means; the lines of one stand below each other.
const MANUAL: &[(&str, &[&str])] = &[
    (
        "the command's",
        &[
            "managers changed nothing about how the command ended; one may",
            "have been stopped as it exited, which stderr tells",
        ],
    ),
    ("0", &["the command succeeded, or a manager suppressed its failure"]),
    (
        "110",
        &["the command line is wrong: an option, a manager, an argument,", "JSON, the name of a variable"],
    ),
    ("111", &["set-up failed: a plugin, a right that cannot be granted, a", "value that cannot be used"]),
    ("112", &["a manager raised an error: when it was entered, or in place of", "the command's own"]),
    (
        "113",
        &[
            "a manager failed: it trapped, spent its budget or its memory,",
            "or broke the contract, as one that yields twice",
        ],
    ),
    (
        "114",
        &[
            "the command succeeded, but a manager was stopped as it exited,",
            "as by a trap: something may be left behind",
        ],
    ),
    ("124", &["the command took longer than `--timeout` allows"]),
    ("126", &["the command cannot be executed"]),
    ("127", &["the command was not found"]),
    (
        "128+n",
        &[
            "the command died of signal n, or `ambit` was told to stop by it;",
            "where no command ran then, only if nothing else failed",
        ],
    ),
];

/// The part of the help that lists all of them.
pub(crate) fn manual(heading: &str) -> String {
    let mut text = format!("{heading}\n");
    for (status, meaning) in MANUAL {
        for (line, words) in meaning.iter().enumerate() {
            let status = if line == 0 { status } else { "" };
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {status:<15}{words}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_manual_stand_apart() {
        for line in manual("Exit status:").lines().skip(1) {
            assert!(line.trim_start().contains("  ") || line.starts_with(&" ".repeat(17)), "{line}");
        }
    }

    #[test]
    fn each_status_is_in_the_manual() {
        use Status as S;
        let own = [S::Usage, S::Setup, S::Raised, S::Fault, S::Lost];
        for status in own.into_iter().chain([S::TimedOut, S::NotExecutable, S::NotFound]).map(Status::code) {
            assert!(MANUAL.iter().any(|(number, _)| *number == status.to_string()), "{status}");
        }
    }
}
