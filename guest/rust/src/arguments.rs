//! The arguments of an enter: [`Arguments`] finds each in the JSON text, and reads it straight from there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::manager::{Manager, Parameter};
use crate::place::place;
use crate::{Error, Result};

/// What was given for the parameters of a manager.
#[derive(Debug)]
pub struct Arguments<'a> {
    parameters: &'static [Parameter],
    given: Object<'a>,
}

impl<'a> Arguments<'a> {
    pub(crate) fn read(manager: &Manager, inputs: &'a str) -> Result<Self> {
        let given: Object<'a> = serde_json::from_str(inputs)
            .map_err(|error| invalid(None, &format!("the arguments are no JSON object: {error}")))?;
        let parameters = manager.parameters();
        for (at, (name, _)) in given.0.iter().enumerate() {
            if !parameters.iter().any(|parameter| parameter.name() == name) {
                return Err(unknown(manager, name));
            }
            if given.0.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(invalid(Some(name), &format!("argument `{name}` is given twice")));
            }
        }
        Ok(Self { parameters, given })
    }

    /// The argument for the parameter of that index.
    pub fn get<T: DeserializeOwned>(&self, index: usize) -> Result<T> {
        let (parameter, text) = self.find(index)?;
        serde_json::from_str(&text).map_err(|error| ill_typed(parameter, &text, &error))
    }

    fn find(&self, index: usize) -> Result<(&'static Parameter, Cow<'_, str>)> {
        let parameter = &self.parameters[index];
        let given = self.given.0.iter().find(|(name, _)| name == parameter.name());
        match given.map(|(_, text)| Cow::Borrowed(text.get())).or_else(|| parameter.initial()) {
            Some(text) => Ok((parameter, text)),
            None => {
                let name = parameter.name();
                Err(invalid(Some(name), &format!("argument `{name}` is missing, and has no default")))
            }
        }
    }
}

fn unknown(manager: &Manager, name: &str) -> Error {
    let known: Vec<_> = manager.parameters().iter().map(|each| format!("`{}`", each.name())).collect();
    let known = if known.is_empty() { "no arguments".to_owned() } else { known.join(", ") };
    invalid(Some(name), &format!("there is no argument `{name}`: `{}` takes {known}", manager.name()))
}

fn ill_typed(parameter: &Parameter, json: &str, error: &serde_json::Error) -> Error {
    let name = parameter.name();
    let text = error.to_string();
    // Nobody sees the argument's JSON, so that its lines and columns say nothing.
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    let lines = json.split_inclusive('\n').take(error.line().saturating_sub(1));
    let place = place(json, lines.map(str::len).sum::<usize>() + error.column());
    let at = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    invalid(Some(name), &format!("argument `{name}`{at}: {text}"))
}

fn invalid(argument: Option<&str>, message: &str) -> Error {
    let mut kinds = vec!["rust:ambit_guest::InvalidArgument".to_owned()];
    kinds.extend(argument.map(|name| format!("{}:{name}", ambit_kinds::INVALID_ARGUMENT)));
    kinds.push(ambit_kinds::INVALID_ARGUMENT.to_owned());
    Error::new(kinds, message)
}

/// A JSON object whose values are not read yet, in its own order.
#[derive(Debug)]
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    entries.push((key, map.next_value()?));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
