//! What a person is told when something is wrong: [`Problem`], and [`Failure`], which ends the program.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};

use crate::status::Status;
use crate::visible;

/// A part of a text, in bytes.
pub(crate) type Span = Range<usize>;

/// Something that is wrong: a whole sentence, where it is wrong, what to do, and why.
///
/// Any part of it may have words of a plugin in it: all are shown as [`visible::text`].
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    place: Option<Box<Place>>,
    help: Option<String>,
    because: Option<Box<Because>>,
    is_warning: bool,
}

/// The part of a manager expression that is underlined.
#[derive(Debug)]
struct Place {
    text: String,
    label: LabeledSpan,
}

/// What stands behind a problem, itself with something behind it.
#[derive(Debug)]
pub(crate) struct Because {
    message: String,
    because: Option<Box<Because>>,
}

/// Why the program ends, and with which status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) problem: Problem,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, help: None, because: None, is_warning: false }
    }

    /// Something that does not end the program.
    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self { is_warning: true, ..Self::new(message) }
    }

    /// Underlines a part of `text`, and says what it is. An empty part is a point, which may stand behind the end.
    pub(crate) fn at(self, text: &str, span: &Span, label: impl Into<String>) -> Self {
        let end = if span.start == text.len() { " " } else { "" };
        // Escaped part by part, so that the label stands where the part has moved to.
        let [before, part, after] =
            [&text[..span.start], &text[span.clone()], &text[span.end..]].map(visible::text);
        let label = visible::text(&label.into()).into_owned();
        let label = LabeledSpan::new(Some(label), before.len(), part.len().max(1));
        Self { place: Some(Box::new(Place { text: format!("{before}{part}{after}{end}"), label })), ..self }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        Self { help: help.map(Into::into).or(self.help), ..self }
    }

    /// Adds a line to what is said.
    pub(crate) fn line(self, line: &str) -> Self {
        Self { message: format!("{}\n{line}", self.message), ..self }
    }

    /// Puts a chain of reasons behind it, the nearest first.
    pub(crate) fn because(
        self,
        messages: impl IntoIterator<Item = String, IntoIter: DoubleEndedIterator>,
    ) -> Self {
        let chain = messages
            .into_iter()
            .rev()
            .fold(None, |because, message| Some(Box::new(Because { message, because })));
        Self { because: chain.or(self.because), ..self }
    }

    /// Puts the sources of an error behind it, and the error itself in front of them.
    pub(crate) fn because_of(self, error: &(dyn Error + 'static)) -> Self {
        let sources = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
        self.because(sources.map(ToString::to_string).collect::<Vec<_>>())
    }

    /// The failure that ends the program for this problem.
    pub(crate) fn ends(self, status: Status) -> Failure {
        Failure { status, problem: self }
    }
}

#[cfg(test)]
impl Problem {
    /// Where it is underlined: from which byte on, how many, and what stands there.
    pub(crate) fn place(&self) -> Option<(usize, usize, &str)> {
        let label = &self.place.as_ref()?.label;
        Some((label.offset(), label.len(), label.label().unwrap_or_default()))
    }

    pub(crate) fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible::text(&self.message))
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.because.as_deref().map(|because| because as _)
    }
}

impl Diagnostic for Problem {
    fn severity(&self) -> Option<Severity> {
        Some(if self.is_warning { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_deref().map(|help| Box::new(visible::text(help)) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.text as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(std::iter::once(place.label.clone())))
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible::text(&self.message))
    }
}

impl Error for Because {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.because.as_deref().map(|because| because as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_in_every_part() {
        let bell = || "a\x07\nb".to_owned();
        let problem = Problem::new(bell()).help(bell()).because([bell(), bell()]);
        let shown = r"a\u{7}".to_owned() + "\nb";
        assert_eq!(problem.to_string(), shown);
        assert_eq!(Diagnostic::help(&problem).unwrap().to_string(), shown);
        let behind = problem.source().unwrap();
        assert_eq!([behind.to_string(), behind.source().unwrap().to_string()], [shown.clone(), shown]);
    }

    #[test]
    fn a_label_stands_under_its_part_where_what_is_ahead_was_escaped() {
        let problem = Problem::new("it is wrong").at("\x1b[1m(no\x07pe)", &(5..10), "the \x07 part");
        assert_eq!(problem.place.as_ref().unwrap().text, r"\u{1b}[1m(no\u{7}pe)");
        assert_eq!(problem.place(), Some((10, 9, r"the \u{7} part")));
    }
}
