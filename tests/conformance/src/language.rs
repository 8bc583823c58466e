//! The languages that have a guest here: [`Language`].

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A language that managers are written in, and that has a guest in `guests/`, or for Rust in `tests/programs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// By `guest/rust`.
    Rust,
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
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Python, Self::JavaScript, Self::C, Self::Zig];

    /// What it is called on the command line, and in names of tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
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
            (Self::Rust, Need::SecondYield) => {
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
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
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
        Self::ALL.into_iter().find(|each| each.name() == name).ok_or(())
    }
}
