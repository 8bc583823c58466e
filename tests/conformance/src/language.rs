//! The languages that have a guest here: [`Language`].

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A language that managers are written in, and that has a guest in `guests/`, or for Rust in `tests/programs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// By `guest/rust`.
    Rust,
    /// The same, with managers that await.
    AsyncRust,
    /// By `guest/python`.
    Python,
    /// By `guest/js`.
    JavaScript,
    /// By `guest/c`.
    C,
    /// By `guest/zig`.
    Zig,
}

/// What a case or a scenario needs, and a language may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// That a manager can yield again, against the contract.
    SecondYield,
    /// That arguments can be released while their scope is live.
    ReleasedArguments,
    /// That a manager can await more than its yield.
    Awaiting,
}

impl Language {
    /// All of them, with managers that do not await.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Python, Self::JavaScript, Self::C, Self::Zig];

    /// The same, and that whose managers await too.
    pub const EACH: [Self; 6] =
        [Self::Rust, Self::AsyncRust, Self::Python, Self::JavaScript, Self::C, Self::Zig];

    /// What it is called on the command line, and in names of tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::AsyncRust => "async-rust",
            Self::Python => "python",
            Self::JavaScript => "js",
            Self::C => "c",
            Self::Zig => "zig",
        }
    }

    /// Why it lacks that; `None` where it does not. This is the one place that knows what a language cannot have.
    #[must_use]
    pub fn lacks(self, need: Need) -> Option<&'static str> {
        match (self, need) {
            (Self::Rust | Self::AsyncRust, Need::SecondYield) => {
                Some("Rust: a `Scope` is used up by its yield, so that a second one does not compile")
            }
            (Self::C, Need::SecondYield) => {
                Some("C: a manager is two functions, enter and exit, and has no place for a second yield")
            }
            (Self::C, Need::ReleasedArguments) => {
                Some("C: arguments live as long as their scope, so that a state may point into them")
            }
            (Self::Zig, Need::SecondYield) => {
                Some("Zig: a manager is two functions, enter and exit, and has no place for a second yield")
            }
            (Self::Zig, Need::ReleasedArguments) => {
                Some("Zig: arguments live as long as their scope, so that a struct may point into them")
            }
            (Self::Rust, Need::Awaiting) => Some("Rust: managers that await are those of async Rust"),
            (Self::Python, Need::Awaiting) => Some("Python: its SDK builds no managers that await"),
            (Self::JavaScript, Need::Awaiting) => Some("JavaScript: its SDK builds no managers that await"),
            (Self::C, Need::Awaiting) => Some("C: its SDK builds no managers that await"),
            (Self::Zig, Need::Awaiting) => Some("Zig: its SDK builds no managers that await"),
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::AsyncRust => "async Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::C => "C",
            Self::Zig => "Zig",
        })
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::EACH.into_iter().find(|each| each.name() == name).ok_or(())
    }
}
