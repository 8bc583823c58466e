//! Whatever is written as a manager on the command line, it is read or told what is wrong with it: each part is where its span
//! says, what is wrong is underlined within the text, and what was read and written again is read as the same.
#![no_main]
#![expect(dead_code, reason = "the modules of the command are there as a whole")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use libfuzzer_sys::fuzz_target;
use miette::{Diagnostic as _, SourceSpan};

/// The parser, and what it needs of the command, which is a program and no library: to make it one would offer all of it as an
/// interface, and compile its plugins here. A module that is missing here does not compile.
#[path = "../../../host/cli/src"]
mod cli {
    pub(crate) mod expression;
    pub(crate) mod json;
    pub(crate) mod problem;
    pub(crate) mod status;
    pub(crate) mod visible;
}

use cli::{expression, json, problem, status, visible};
use expression::{Expression, Spanned};
use problem::{Problem, Span};

fuzz_target!(|bytes: &[u8]| match Expression::read(OsStr::from_bytes(bytes)) {
    Ok(expression) => check(&expression),
    Err(problem) => check_problem(&problem),
});

fn check(expression: &Expression) {
    let text = &*expression.text;
    let Expression { plugin, name, positional, named, variable, .. } = expression;
    let mut last = 0;
    let mut follows = |span: &Span| {
        assert!(last <= span.start && span.start <= span.end, "{span:?} stands behind {last}");
        last = span.end;
    };
    for part in plugin.iter().chain([name]) {
        check_text(text, part);
        follows(&part.span);
    }
    for value in positional {
        check_json(text, value);
        follows(&value.span);
    }
    for (parameter, value) in named {
        check_text(text, parameter);
        follows(&parameter.span);
        check_json(text, value);
        follows(&value.span);
    }
    if let Some(part) = variable {
        check_text(text, part);
        follows(&part.span);
    }
    let written = write(expression);
    let again = Expression::read(OsStr::new(&written)).expect(&written);
    assert_eq!(parts(expression), parts(&again), "{text:?} is written {written:?}");
    // Any part can be underlined.
    check_problem(&expression.underline(Problem::new("it is wrong"), &name.span, "here"));
}

fn check_text(text: &str, part: &Spanned<String>) {
    assert_eq!(text.get(part.span.clone()), Some(&*part.value));
}

fn check_json(text: &str, part: &Spanned<serde_json::Value>) {
    let raw = text.get(part.span.clone()).expect("a span lies between characters");
    assert_eq!(serde_json::from_str::<serde_json::Value>(raw).ok().as_ref(), Some(&part.value));
}

/// The expression with nothing in it that may be left out. Values stay as they were written, since not every number is
/// printed as one that is read as the same.
fn write(expression: &Expression) -> String {
    let raw = |part: &Spanned<serde_json::Value>| expression.text[part.span.clone()].to_owned();
    let positional = expression.positional.iter().map(raw);
    let named = expression.named.iter().map(|(name, value)| format!("{}={}", name.value, raw(value)));
    let arguments: Vec<_> = positional.chain(named).collect();
    let plugin = expression.plugin.as_ref().map_or_else(String::new, |part| format!("{}:", part.value));
    let variable =
        expression.variable.as_ref().map_or_else(String::new, |part| format!(" as {}", part.value));
    format!("{plugin}{}({}){variable}", expression.name.value, arguments.join(","))
}

/// What is read, without where it stands.
fn parts(expression: &Expression) -> impl PartialEq + std::fmt::Debug {
    let text = |part: &Spanned<String>| part.value.clone();
    let named = |(name, value): &(Spanned<String>, Spanned<serde_json::Value>)| {
        (name.value.clone(), value.value.clone())
    };
    (
        expression.plugin.as_ref().map(text),
        expression.name.value.clone(),
        expression.positional.iter().map(|part| part.value.clone()).collect::<Vec<_>>(),
        expression.named.iter().map(named).collect::<Vec<_>>(),
        expression.variable.as_ref().map(text),
    )
}

/// Its message is there, and what it underlines lies within the text that it shows, between characters.
fn check_problem(problem: &Problem) {
    assert!(!problem.to_string().is_empty());
    let Some(source) = problem.source_code() else { return };
    for label in problem.labels().into_iter().flatten() {
        let start = label.offset();
        let shown = source.read_span(&SourceSpan::from((0, start + label.len())), 0, 0);
        let shown = str::from_utf8(shown.expect("a label lies within the text").data());
        assert!(shown.expect("a label ends between characters").is_char_boundary(start));
        source.read_span(label.inner(), 1, 1).expect("a label can be shown with the lines around it");
    }
}
