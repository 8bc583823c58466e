//! Who plays the managers of scenarios: [`Guest`], [`Guests`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ambit::{Cache, Engine, Isolation, Plugin};

use crate::{BuildError, Language, Need, Sandbox, builder};

/// Who plays the managers of scenarios in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guest {
    /// The guest of a language.
    One(Language),
    /// The guests of all languages: of one scenario, each manager is played by another.
    Mixed,
    /// A plugin, in whatever language, that has a manager `scripted`.
    File(PathBuf),
}

impl Guest {
    /// The guests of each language, and all of them together, none of which awaits.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Language::ALL.map(Self::One).into_iter().chain([Self::Mixed]).collect()
    }

    /// Those that a word of the command line means.
    ///
    /// # Errors
    /// There is no such language.
    pub fn named(word: &str) -> Result<Vec<Self>, String> {
        match (word, word.parse()) {
            ("all", _) => Ok(Self::all()),
            ("mixed", _) => Ok(vec![Self::Mixed]),
            (_, Ok(language)) => Ok(vec![Self::One(language)]),
            _ if word.contains(['.', '/']) => Ok(vec![Self::File(word.into())]),
            _ => {
                let names = Language::EACH.map(Language::name).join(", ");
                Err(format!("there is no such guest: it is {names}, mixed, all, or the path of a plugin"))
            }
        }
    }

    fn languages(&self) -> &[Language] {
        match self {
            Self::One(language) => std::slice::from_ref(language),
            Self::Mixed => &Language::ALL,
            Self::File(_) => &[],
        }
    }

    /// Why it does not play some scenarios to their end.
    pub fn skips(&self) -> impl Iterator<Item = &'static str> {
        self.languages().iter().filter_map(|language| language.lacks(Need::SecondYield))
    }

    /// Whether it may skip scenarios that come to a second yield. Of a plugin that somebody brings nobody knows.
    #[must_use]
    pub fn may_skip(&self) -> bool {
        matches!(self, Self::File(_)) || self.skips().next().is_some()
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(language) => language.fmt(f),
            Self::Mixed => f.write_str("all, mixed"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Why a guest cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// It was not built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] ambit::Error),
}

/// The guests of all languages, each built and loaded when it is first asked for. Compiled code is kept beside them.
#[derive(Debug)]
pub struct Guests {
    engine: Engine,
    loaded: Mutex<BTreeMap<Language, Result<Plugin, Arc<GuestError>>>>,
}

impl Guests {
    /// None of them is loaded yet.
    ///
    /// # Errors
    /// Wasmtime cannot be set up.
    pub fn new() -> Result<Self, ambit::Error> {
        let engine = Engine::builder().cache(Cache::at(builder::folder().join("cache"))).build()?;
        Ok(Self { engine, loaded: Mutex::default() })
    }

    /// The plugin of a language.
    ///
    /// # Errors
    /// It cannot be built or loaded; then it is not tried again.
    pub fn plugin(&self, language: Language) -> Result<Plugin, Arc<GuestError>> {
        let load = || Ok(self.engine.load(builder::build(language)?)?);
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.entry(language).or_insert_with(|| load().map_err(Arc::new)).clone()
    }

    /// What plays scenarios with this guest, whose scopes are to be kept apart so.
    ///
    /// # Errors
    /// It cannot be built or loaded.
    pub fn sandbox(&self, guest: &Guest, isolation: Isolation) -> Result<Sandbox, Arc<GuestError>> {
        let plugins = match guest {
            Guest::File(path) => vec![self.engine.load(path).map_err(GuestError::from)?],
            _ => guest.languages().iter().map(|&each| self.plugin(each)).collect::<Result<_, _>>()?,
        };
        Ok(Sandbox::new(&plugins, isolation).map_err(GuestError::from)?)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}
