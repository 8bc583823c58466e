//! A JSON value in the middle of a text: [`read`].

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use crate::expression::Spanned;
use crate::problem::{Problem, Span};

/// Reads the value that starts at the byte `start`; what follows it is not looked at.
pub(crate) fn read(text: &str, start: usize) -> Result<Spanned<Value>, Problem> {
    let rest = &text[start..];
    let word = word(rest);
    // Ahead of all else, to which a number without end is no number.
    if let Some(number) = inexact(word) {
        return Err(too_large(text, start + number.start..start + number.end));
    }
    if !word.is_empty() && serde_json::from_str::<Value>(word).is_err() {
        return Err(no_json(text, start, word));
    }
    let raw = <&RawValue>::deserialize(&mut Deserializer::from_str(rest));
    if let Ok(raw) = raw
        && let Some(number) = inexact(raw.get())
    {
        let start = start + (rest.len() - rest.trim_start().len());
        return Err(too_large(text, start + number.start..start + number.end));
    }
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

/// A number in this JSON that would not cross as it is written: an integer that has no 64 bits, or what is beyond all floats.
fn inexact(json: &str) -> Option<Span> {
    let mut at = 0;
    while at < json.len() {
        let rest = &json[at..];
        let length = match rest.as_bytes()[0] {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                let length = rest.find(|c| !NUMERIC.contains(c)).unwrap_or(rest.len());
                if is_inexact(&rest[..length]) {
                    return Some(at..at + length);
                }
                length
            }
            // Digits of a word are none of a number.
            _ => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()).max(1),
        };
        at += rest.ceil_char_boundary(length);
    }
    None
}

const NUMERIC: &str = "+-.0123456789eE";

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 2)
}

fn is_inexact(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return !digits.is_empty() && number.parse::<i64>().is_err() && number.parse::<u64>().is_err();
    }
    number.parse::<f64>().is_ok_and(f64::is_infinite)
}

fn too_large(text: &str, span: Span) -> Problem {
    let help = "integers go from -9223372036854775808 to 18446744073709551615, and floats to 1.7e308; give a larger number as a string";
    let wrong = Problem::new("a number is too large to be passed on as it is");
    wrong.at(text, &span, "too large").help(help)
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
