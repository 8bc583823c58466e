//! The managers inside of the binary: [`load`].

use ambit::{Engine, Error, Plugin};

use crate::nearest::{list, nearest};

/// The standard plugins: each offers one manager, of the same name.
const PLUGINS: &[(&str, &[u8])] = &[
    ("lock", include_bytes!(env!("AMBIT_PLUGIN_LOCK"))),
    ("rollback", include_bytes!(env!("AMBIT_PLUGIN_ROLLBACK"))),
    ("service", include_bytes!(env!("AMBIT_PLUGIN_SERVICE"))),
    ("suppress", include_bytes!(env!("AMBIT_PLUGIN_SUPPRESS"))),
    ("tempdir", include_bytes!(env!("AMBIT_PLUGIN_TEMPDIR"))),
    ("timer", include_bytes!(env!("AMBIT_PLUGIN_TIMER"))),
];

/// The names of the standard managers.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|(name, _)| *name)
}

/// What somebody may have meant by a name that is none of a standard manager.
pub(crate) fn meant(written: &str) -> String {
    let known: Vec<_> = names().collect();
    match nearest(written, &known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there is {}; a manager of a plugin is written `PLUGIN.wasm:NAME`", list(&known)),
    }
}

/// The plugin with the standard manager of that name, if there is one.
pub(crate) fn load(engine: &Engine, name: &str) -> Option<Result<Plugin, Error>> {
    let (name, bytes) = PLUGINS.iter().find(|(known, _)| *known == name)?;
    Some(engine.load_bytes(*name, bytes))
}
