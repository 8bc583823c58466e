//! How a manager expression is read, from left to right: [`Reader`].

use serde_json::Value;

use super::{Expression, Spanned, is_variable};
use crate::json;
use crate::problem::{Problem, Span};

/// Where a manager expression is read.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn expression(mut self) -> Result<Expression, Problem> {
        self.skip_space();
        let plugin = self.plugin();
        let name = self.manager(plugin.as_ref())?;
        let mut expression = Expression {
            text: self.text.to_owned(),
            plugin,
            name,
            positional: Vec::new(),
            named: Vec::new(),
            variable: None,
        };
        self.skip_space();
        if self.rest().starts_with('(') {
            self.arguments(&mut expression)?;
        }
        expression.variable = self.variable()?;
        Ok(expression)
    }

    /// What stands before the colon: up to `.wasm:`, or else up to the last colon before the arguments.
    fn plugin(&mut self) -> Option<Spanned<String>> {
        let rest = self.rest();
        let name = &rest[..name_length(rest)];
        let after = &rest[name.len()..];
        if !name.is_empty()
            && (after.is_empty() || after.starts_with(|c: char| c == '(' || c.is_whitespace()))
        {
            return None;
        }
        let before = |stops: &[char]| &rest[..rest.find(stops).unwrap_or(rest.len())];
        let named = before(&['"']).find(".wasm:").map(|at| at + ".wasm".len());
        let length = named.or_else(|| before(&['(', '"']).rfind(':'))?;
        let plugin = self.take(length);
        self.at += 1;
        Some(plugin)
    }

    fn manager(&mut self, plugin: Option<&Spanned<String>>) -> Result<Spanned<String>, Problem> {
        let whole = self.rest().trim_end();
        if plugin.is_none() && whole.ends_with(".wasm") {
            let wrong = Problem::new("no manager is named");
            let span = self.at..self.at + whole.len();
            let help = format!("add one of its managers: `{whole}:NAME`; `ambit inspect {whole}` lists them");
            return Err(wrong.at(self.text, &span, "this is the whole plugin").help(help));
        }
        let name = self.take(name_length(self.rest()));
        if !name.value.is_empty() {
            return Ok(name);
        }
        let wrong = match plugin {
            Some(plugin) => self
                .wrong("no manager is named", "its name is missing here")
                .help(format!("`ambit inspect {}` lists the managers of that plugin", plugin.value)),
            None if self.rest().is_empty() => Problem::new("a manager is empty").help(FORM),
            None => self.wrong("this is no manager", "its name is missing here").help(FORM),
        };
        Err(wrong)
    }

    fn arguments(&mut self, into: &mut Expression) -> Result<(), Problem> {
        let open = self.at..self.at + 1;
        self.at += 1;
        loop {
            self.skip_space();
            if self.ends_list(&open)? {
                return Ok(());
            }
            if self.is_at_variable() {
                let wrong = Problem::new("the arguments have no end").at(self.text, &open, "never closed");
                return Err(wrong.help(format!("add `)` before `{}`", self.rest().trim_end())));
            }
            match self.parameter() {
                Some(parameter) => self.named(parameter, into)?,
                None => {
                    let value = self.value()?;
                    if !into.named.is_empty() {
                        let wrong = Problem::new("an argument without a name stands behind one with a name");
                        return Err(wrong.at(self.text, &value.span, "give it its name, or put it first"));
                    }
                    into.positional.push(value);
                }
            }
            self.skip_space();
            if self.rest().starts_with(',') {
                self.at += 1;
            } else if !self.ends_list(&open)? {
                return Err(self.wrong("the arguments cannot be read", "`,` or `)` is expected here"));
            } else {
                return Ok(());
            }
        }
    }

    fn named(&mut self, parameter: Spanned<String>, into: &mut Expression) -> Result<(), Problem> {
        if into.named.iter().any(|(earlier, _)| earlier.value == parameter.value) {
            let wrong = Problem::new(format!("the argument `{}` is given twice", parameter.value));
            return Err(wrong.at(self.text, &parameter.span, "for the second time"));
        }
        self.skip_space();
        let value = self.value()?;
        into.named.push((parameter, value));
        Ok(())
    }

    /// A name and its `=`, if that is what comes next.
    fn parameter(&mut self) -> Option<Spanned<String>> {
        let start = self.at;
        let name = self.take(name_length(self.rest()));
        self.skip_space();
        if name.value.is_empty() || !self.rest().starts_with('=') {
            self.at = start;
            return None;
        }
        self.at += 1;
        Some(name)
    }

    fn value(&mut self) -> Result<Spanned<Value>, Problem> {
        let value = json::read(self.text, self.at)?;
        self.at = value.span.end;
        Ok(value)
    }

    /// Takes the parenthesis that closes the arguments, if it comes next.
    fn ends_list(&mut self, open: &Span) -> Result<bool, Problem> {
        if self.rest().is_empty() {
            let wrong = Problem::new("the arguments have no end").at(self.text, open, "never closed");
            return Err(wrong.help("add `)`"));
        }
        let ends = self.rest().starts_with(')');
        self.at += usize::from(ends);
        Ok(ends)
    }

    /// Whether `as VAR` is all that is left: no argument begins so.
    fn is_at_variable(&self) -> bool {
        let mut words = self.rest().split_whitespace();
        words.next() == Some("as") && words.next().is_some_and(is_variable) && words.next().is_none()
    }

    fn variable(&mut self) -> Result<Option<Spanned<String>>, Problem> {
        self.skip_space();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let word = self.take(self.rest().find(char::is_whitespace).unwrap_or(self.rest().len()));
        if word.value != "as" {
            let wrong = Problem::new("a manager is followed by something else");
            return Err(wrong.at(self.text, &word.span, "only `as VAR` can stand here").help(FORM));
        }
        self.skip_space();
        let name = self.take(self.rest().trim_end().len());
        if is_variable(&name.value) {
            return Ok(Some(name));
        }
        let wrong = if name.value.is_empty() {
            self.wrong("no variable is named", "its name is missing here")
        } else {
            Problem::new(format!("`{}` is no name of a variable", name.value)).at(
                self.text,
                &name.span,
                "not a name",
            )
        };
        Err(wrong.help("a name is made of letters of ASCII, digits and `_`, and does not start with a digit"))
    }

    /// A problem with the character that comes next, or with the end.
    fn wrong(&self, message: &str, label: &str) -> Problem {
        let next = self.rest().chars().next().map_or(0, char::len_utf8);
        Problem::new(message).at(self.text, &(self.at..self.at + next), label)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, length: usize) -> Spanned<String> {
        let span = self.at..self.at + length;
        self.at = span.end;
        Spanned { value: self.text[span.clone()].to_owned(), span }
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }
}

const FORM: &str =
    "a manager is written `[PLUGIN.wasm:]NAME(ARGUMENTS) [as VAR]`, as in `tempdir(\"build-\") as DIR`";

/// How long the name at the start of `text` is: of a manager or of a parameter, in any language.
pub(super) fn name_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "()[]{}\"',:=/".contains(c)).unwrap_or(text.len())
}
