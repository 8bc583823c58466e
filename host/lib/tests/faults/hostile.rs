//! The hostile program, loaded as a cell asks for it.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;

use ambit::{Cache, Engine, EngineBuilder, Error, Limits, Manager, Plugin};
use serde_json::{Value, json};

use crate::cause::Cause;
use crate::cell::Cell;
use crate::kind::Kind;
use crate::phase::Phase;

/// How long a phase may take that never ends. What does end has half a minute, so that no cell asks for a fast machine.
const SHORT: Duration = Duration::from_millis(50);

/// The same, where the budget is also that of what goes well: a load, or an exit ahead of a drop.
const SHARED: Duration = Duration::from_millis(250);

/// The limits of space of all cells. The hostile program knows how much is too much.
fn limits() -> Limits {
    Limits::default().memory(4 << 20).value(64 << 10)
}

/// The engine of all plugins that are loaded as they should be.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| cached().build().unwrap())
}

/// The engines of plugins that do something as they are loaded: with time enough, and with little.
fn loading(cause: Cause) -> &'static Engine {
    static ENGINES: OnceLock<[Engine; 2]> = OnceLock::new();
    // A pool would keep a place warm for each load, so that what they leak could not be told.
    let build = |limits| cached().pool(false).limits(limits).build().unwrap();
    let engines = ENGINES.get_or_init(|| [limits(), limits().enter(SHARED)].map(build));
    &engines[usize::from(cause.is_endless())]
}

/// All have a cache of their own, since one program is loaded again and again.
fn cached() -> EngineBuilder {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().unwrap());
    Engine::builder().cache(Cache::at(folder.path()))
}

/// The program of this kind.
fn bytes(kind: Kind) -> &'static [u8] {
    static BYTES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let read = || [programs::HOSTILE, programs::HOSTILE_AWAITS].map(|path| fs::read(path).unwrap());
    &BYTES.get_or_init(read)[kind as usize]
}

/// Loads the program that does this as it is loaded.
pub(crate) fn load(cell: &Cell) -> Result<Plugin, Error> {
    let asked = format!("{}/{}", cell.cause.name(), cell.phase.name());
    loading(cell.cause).load_bytes("hostile.wasm", &marked(cell.kind, &asked))
}

/// Loads the program that does nothing as it is loaded, where [`load`] loads those that do.
pub(crate) fn load_innocent(cell: &Cell) -> Plugin {
    loading(cell.cause).load_bytes("hostile.wasm", bytes(cell.kind)).unwrap()
}

/// The bytes of the program, with this in its marker.
fn marked(kind: Kind, asked: &str) -> Vec<u8> {
    const MARKER: &[u8] = b"AMBIT-HOSTILE:..";
    let mut bytes = bytes(kind).to_vec();
    let places: Vec<_> = bytes.windows(MARKER.len()).enumerate().filter(|(_, it)| *it == MARKER).collect();
    let [(place, _)] = places[..] else { panic!("there are {} markers", places.len()) };
    let begin = place + MARKER.len() - 2;
    bytes[begin..begin + asked.len()].copy_from_slice(asked.as_bytes());
    bytes
}

/// Its manager, with limits and a policy as the cell asks for.
pub(crate) fn manager(cell: &Cell) -> Manager {
    static PLUGINS: OnceLock<[Plugin; 2]> = OnceLock::new();
    let load = |kind| engine().load_bytes("hostile.wasm", bytes(kind)).unwrap();
    let plugin = &PLUGINS.get_or_init(|| Kind::ALL.map(load))[cell.kind as usize];
    let limits = limits();
    let limits = match cell.phase {
        _ if !cell.cause.is_endless() => limits,
        Phase::Load | Phase::Describe => limits,
        Phase::Enter => limits.enter(SHORT),
        Phase::Exit => limits.exit(SHORT),
        Phase::Drop => limits.exit(SHARED),
        Phase::Body => limits.enter(SHARED).exit(SHARED),
    };
    plugin.manager("hostile").unwrap().limits(limits).isolation(cell.policy.isolation())
}

/// What makes a scope of it do this.
pub(crate) fn asks(cause: Cause, phase: Phase) -> Value {
    json!({"cause": cause.name(), "phase": phase.name()})
}

/// What makes a scope of it behave.
pub(crate) fn asks_nothing() -> Value {
    json!({"cause": "nothing", "phase": "never"})
}
