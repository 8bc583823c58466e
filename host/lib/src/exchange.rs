//! What goes into a manager and comes out of it: [`Inputs`] and [`Value`].
//!
//! This is the one seam between the host's own types and the form in which they cross. That form is JSON for managers of
//! the interface `managers`; nothing outside of this file knows.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::cell::Cell;
use std::panic::catch_unwind;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::error::{Error, ErrorKind};
use crate::manager::Manager;
use crate::plugin::{Description, Parameter};

/// The arguments of one enter, in the form in which they cross.
#[derive(Clone, Debug)]
pub(crate) struct Inputs(Cow<'static, str>);

/// What enter gave, in the form in which it crossed.
#[derive(Debug)]
pub(crate) struct Value(String);

/// Why the body cannot have a value.
pub(crate) enum Unreadable {
    /// It is not what the contract asks for.
    Broken(String),
    /// It is not of the body's type.
    Unfit(Error),
    /// To read it is the program's own code, which panicked with this.
    Panicked(Box<dyn Any + Send>),
}

thread_local! {
    /// Where it is written that there are no arguments, which takes no memory of its own. It is empty.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Inputs {
    /// Arguments for a manager: an object is keyed by parameter, an array fills the parameters in their order, and null
    /// gives none.
    pub(crate) fn of(inputs: &impl Serialize, manager: &Description) -> Result<Self, Error> {
        let mut json = SPARE.try_with(Cell::take).unwrap_or_default();
        json.reserve(WRITTEN);
        serde_json::to_writer(&mut json, inputs).map_err(|error| unwritable(error, manager))?;
        Self::of_json(json, manager)
    }

    fn of_json(mut json: Vec<u8>, manager: &Description) -> Result<Self, Error> {
        if json.first() == Some(&b'n') {
            json.clear();
            let _ = SPARE.try_with(|spare| spare.set(json));
            return Ok(Self("{}".into()));
        }
        let json = String::from_utf8(json).expect("JSON is written in UTF-8");
        match json.as_bytes().first() {
            Some(b'{') => Ok(Self(json.into())),
            Some(b'[') => positional(&json, manager).map(|json| Self(json.into())),
            _ => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "the arguments of `{}` are {json}, which is neither an object nor an array",
                    manager.name
                ),
            )
            .with_help("give an object keyed by parameter, or an array in the order of the parameters")),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

#[cold]
fn unwritable(error: serde_json::Error, manager: &Description) -> Error {
    let message = format!("the arguments of `{}` cannot be written as JSON", manager.name);
    Error::new(ErrorKind::InvalidArgument, message).with_source(error)
}

/// Checks arguments by name, before anything is entered.
pub(crate) fn check(inputs: &Map<String, Json>, manager: &Description) -> Result<(), Error> {
    let Description { name, parameters, .. } = manager;
    if let Some(unknown) = inputs.keys().find(|key| parameters.iter().all(|known| known.name != **key)) {
        let error = Error::argument(unknown, format!("`{name}` has no parameter `{unknown}`"));
        let names: Vec<_> = parameters.iter().map(|known| format!("`{}`", known.name)).collect();
        return Err(error.with_help(match names.as_slice() {
            [] => "it takes no arguments".to_owned(),
            names => format!("it takes {}", names.join(", ")),
        }));
    }
    match parameters.iter().find(|known| known.initial.is_none() && !inputs.contains_key(&known.name)) {
        Some(Parameter { name: missing, .. }) => {
            let error = Error::argument(missing, format!("`{name}` needs the argument `{missing}`"));
            Err(error.with_help(format!("give it as {name}({missing}=VALUE)")))
        }
        None => Ok(()),
    }
}

fn positional(json: &str, manager: &Description) -> Result<String, Error> {
    let Description { name, parameters, .. } = manager;
    let given: Vec<Json> = serde_json::from_str(json).map_err(|error| {
        Error::new(ErrorKind::InvalidArgument, format!("the arguments of `{name}` are no JSON"))
            .with_source(error)
    })?;
    if given.len() > parameters.len() {
        let message =
            format!("`{name}` takes {} arguments, and {} were given", parameters.len(), given.len());
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let named = parameters.iter().map(|parameter| parameter.name.clone()).zip(given);
    Ok(Json::Object(named.collect()).to_string())
}

/// For how many bytes of arguments there is room from the beginning.
const WRITTEN: usize = 128;

/// How many characters of a value an error shows.
const SHOWN: usize = 200;

/// How deep `serde_json` reads what is nested. It has no kind for what is deeper, only words.
const DEEPEST: usize = 127;

impl Value {
    pub(crate) fn new(crossed: String) -> Self {
        Self(crossed)
    }

    /// The value as the body wants it.
    pub(crate) fn read<V: DeserializeOwned>(self, manager: &Manager) -> Result<V, Unreadable> {
        if self.0.len() > manager.terms().limits.value {
            return Err(self.too_long(manager));
        }
        match catch_unwind(|| serde_json::from_str(&self.0)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.unreadable(manager, type_name::<V>(), error)),
            Err(payload) => Err(Unreadable::Panicked(payload)),
        }
    }

    #[cold]
    fn too_long(&self, manager: &Manager) -> Unreadable {
        let (length, limit) = (self.0.len(), manager.terms().limits.value);
        Unreadable::Broken(format!("its value has {length} bytes, and may have {limit}"))
    }

    #[cold]
    fn unreadable(&self, manager: &Manager, wanted: &str, error: serde_json::Error) -> Unreadable {
        if error.is_syntax() && error.to_string().starts_with("recursion limit exceeded") {
            return Unreadable::Broken(format!("its value is nested more than {DEEPEST} deep"));
        }
        if !error.is_data() {
            return Unreadable::Broken(format!("its value is not JSON: {error}"));
        }
        let (manager, shown) = (manager.name(), self.0.chars().take(SHOWN).collect::<String>());
        let cut = if shown.len() < self.0.len() { "…" } else { "" };
        let message = format!("the value of `{manager}`, {shown}{cut}, is no `{wanted}`");
        let error = Error::new(ErrorKind::InvalidValue, message)
            .with_help("let the body take a type that the value can be read as")
            .with_source(error);
        Unreadable::Unfit(error)
    }
}
