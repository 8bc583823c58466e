//! A manager as it is written on the command line: [`Expression`].
//!
//! ```text
//! [PLUGIN.wasm:]NAME[(ARGUMENTS)] [as VAR]        ARGUMENTS: JSON values, then NAME=JSON
//! ```

use std::ffi::OsStr;

use serde_json::Value;

use self::reader::{Reader, name_length};
use crate::problem::{Problem, Span};

mod reader;
#[cfg(test)]
mod tests;

/// A manager expression, read but not looked up. It keeps where each part stands, to underline it.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) plugin: Option<Spanned<String>>,
    pub(crate) name: Spanned<String>,
    pub(crate) positional: Vec<Spanned<Value>>,
    pub(crate) named: Vec<(Spanned<String>, Spanned<Value>)>,
    pub(crate) variable: Option<Spanned<String>>,
}

/// A part of an expression, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl Expression {
    /// Reads an argument of the program.
    pub(crate) fn read(argument: &OsStr) -> Result<Self, Problem> {
        let Some(text) = argument.to_str() else {
            let shown = argument.to_string_lossy();
            let at = shown.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
            return Err(Problem::new("a manager is not written in UTF-8")
                .at(&shown, &(at..at + char::REPLACEMENT_CHARACTER.len_utf8()), "not UTF-8 from here on")
                .help("managers and their arguments are UTF-8; only the command's own arguments may be any bytes"));
        };
        Reader::new(text).expression()
    }

    /// Underlines a part of this expression.
    pub(crate) fn underline(&self, problem: Problem, span: &Span, label: impl Into<String>) -> Problem {
        problem.at(&self.text, span, label)
    }
}

/// Whether it can be written as the name of a manager or of a parameter.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

/// What cannot be written as the name of a manager or of a parameter, in words.
pub(crate) const NAMES: &str =
    "a name has no spaces, no quotes, no brackets, and none of `,`, `:`, `=` and `/`";

/// Whether POSIX shells take it as the name of a variable.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
