//! From the arguments of an expression to the parameters of its manager: [`Inputs`].

use ambit::Parameter;
use serde_json::{Map, Value};

use crate::expression::{Expression, Spanned};
use crate::nearest::{list, nearest};
use crate::problem::{Problem, Span};

/// The inputs of a manager, by parameter, and where each was written.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) values: Map<String, Value>,
    spans: Vec<(String, Span)>,
}

impl Inputs {
    /// Gives each argument to its parameter.
    ///
    /// Positional arguments fill the parameters in order. A last parameter whose default is a list takes all that are left,
    /// unless that is one list itself: `rollback("a", "b")` is `rollback(["a", "b"])`.
    pub(crate) fn bind(expression: &Expression, parameters: &[Parameter]) -> Result<Self, Problem> {
        let mut inputs = Self::default();
        let mut positional = expression.positional.iter();
        for (at, parameter) in parameters.iter().enumerate() {
            let is_last = at + 1 == parameters.len();
            if is_last && matches!(parameter.initial, Some(Value::Array(_))) {
                inputs.set_rest(&parameter.name, positional.as_slice());
                positional = [].iter();
            } else if let Some(argument) = positional.next() {
                inputs.set(&parameter.name, argument);
            }
        }
        if let Some(surplus) = positional.next() {
            return Err(too_many(expression, parameters.len(), surplus));
        }
        for (name, value) in &expression.named {
            if !parameters.iter().any(|parameter| parameter.name == name.value) {
                return Err(unknown(expression, parameters, name));
            }
            if inputs.values.contains_key(&name.value) {
                return Err(twice(expression, name));
            }
            inputs.set(&name.value, value);
        }
        match parameters.iter().find(|each| each.initial.is_none() && !inputs.values.contains_key(&each.name))
        {
            Some(missing) => Err(not_given(expression, missing)),
            None => Ok(inputs),
        }
    }

    /// Where the argument for a parameter was written.
    pub(crate) fn span(&self, parameter: &str) -> Option<&Span> {
        self.spans.iter().find(|(name, _)| name == parameter).map(|(_, span)| span)
    }

    fn set(&mut self, parameter: &str, argument: &Spanned<Value>) {
        self.values.insert(parameter.to_owned(), argument.value.clone());
        self.spans.push((parameter.to_owned(), argument.span.clone()));
    }

    fn set_rest(&mut self, parameter: &str, arguments: &[Spanned<Value>]) {
        match arguments {
            [] => {}
            [list] if list.value.is_array() => self.set(parameter, list),
            [first, .., last] | [first @ last] => {
                let value = arguments.iter().map(|argument| argument.value.clone()).collect();
                let span = first.span.start..last.span.end;
                self.set(parameter, &Spanned { value: Value::Array(value), span });
            }
        }
    }
}

fn too_many(expression: &Expression, parameters: usize, surplus: &Spanned<Value>) -> Problem {
    let name = &expression.name.value;
    let takes = match parameters {
        0 => "no arguments".to_owned(),
        1 => "one argument".to_owned(),
        many => format!("{many} arguments"),
    };
    let wrong = Problem::new(format!("`{name}` takes {takes}"));
    expression.underline(wrong, &surplus.span, "one too many")
}

fn unknown(expression: &Expression, parameters: &[Parameter], name: &Spanned<String>) -> Problem {
    let known: Vec<_> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let help = match nearest(&name.value, &known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => "it takes no arguments".to_owned(),
        None => format!("it takes {}", list(&known)),
    };
    let wrong = Problem::new(format!("`{}` has no parameter `{}`", expression.name.value, name.value));
    expression.underline(wrong.help(help), &name.span, "not a parameter")
}

fn twice(expression: &Expression, name: &Spanned<String>) -> Problem {
    let wrong = Problem::new(format!("the argument `{}` is given twice", name.value));
    expression.underline(wrong, &name.span, "a positional argument is this parameter already")
}

fn not_given(expression: &Expression, missing: &Parameter) -> Problem {
    let name = &expression.name;
    let summary = missing.doc.lines().next().filter(|line| !line.is_empty());
    let wrong = Problem::new(format!("`{}` needs the argument `{}`", name.value, missing.name))
        .maybe_help(summary.map(|summary| format!("`{}`: {summary}", missing.name)));
    expression.underline(wrong, &name.span, format!("`{}` is missing", missing.name))
}
