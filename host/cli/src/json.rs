//! A JSON value in the middle of a text: [`read`].

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use crate::expression::Spanned;
use crate::problem::Problem;

/// Reads the value that starts at the byte `start`; what follows it is not looked at.
pub(crate) fn read(text: &str, start: usize) -> Result<Spanned<Value>, Problem> {
    let rest = &text[start..];
    let word = word(rest);
    if !word.is_empty() && serde_json::from_str::<Value>(word).is_err() {
        return Err(no_json(text, start, word));
    }
    let raw = <&RawValue>::deserialize(&mut Deserializer::from_str(rest));
    let read = raw.and_then(|raw| Ok((raw.get().len(), serde_json::from_str(raw.get())?)));
    match read {
        Ok((length, value)) => Ok(Spanned { value, span: start..start + length }),
        Err(error) => Err(wrong(text, start, &error)),
    }
}

/// What stands where JSON has a word or a number: up to what JSON gives a meaning, or all between single quotes.
fn word(rest: &str) -> &str {
    if let Some(end) = rest.strip_prefix('\'').and_then(|inner| inner.find('\'')) {
        return &rest[..end + 2];
    }
    &rest[..rest.find(|c: char| c.is_whitespace() || "()[]{}\",=".contains(c)).unwrap_or(rest.len())]
}

/// Most of the time a string without its quotes, which the shell took.
fn no_json(text: &str, start: usize, word: &str) -> Problem {
    let bare = word.trim_matches('\'');
    let help = match bare {
        "True" | "False" | "None" => "JSON writes `true`, `false` and `null`".to_owned(),
        _ => format!(
            "a string stands in double quotes, `\"{bare}\"`, and the whole manager in single ones, for the shell"
        ),
    };
    let wrong = Problem::new(format!("`{word}` is not JSON"));
    wrong.at(text, &(start..start + word.len()), "not a JSON value").help(help)
}

fn wrong(text: &str, start: usize, error: &serde_json::Error) -> Problem {
    let rest = &text[start..];
    let line = rest.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (start + line + error.column().saturating_sub(1)).min(text.len());
    if error.is_eof() {
        at = text.len();
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    let said = error.to_string();
    let said = match said.split(" at line ").next() {
        _ if error.is_eof() => "it ends too early",
        Some(said) => said,
        None => &said,
    };
    Problem::new("an argument is not JSON").at(text, &(at..at + length), said)
}
