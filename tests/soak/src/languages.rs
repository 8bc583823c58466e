//! Scopes of a guest of each language, one after another: what the guest keeps of them, and what the process.

use std::convert::Infallible;
use std::{fmt, io};

use ambit::{Engine, Manager};
use languages::{Guest, MANAGER};
use scope_bench::bare::{Bare, Instance};
use serde_json::Value;

use crate::held::Held;

/// What the scopes of a guest came to.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// What it is written in.
    pub language: &'static str,
    scopes: usize,
    /// The bytes of memory that one instance has which serves all scopes: after a tenth of them, and after all.
    instance: [usize; 2],
    /// The most that the process holds during the first tenth of the scopes, and during the last, where Ambit renews instances.
    process: [Held; 2],
}

/// Why the scopes of a guest did not come to their end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It cannot be compiled or called.
    #[error("the guest cannot be called")]
    Call(#[from] wasmtime::Error),
    /// It cannot be loaded.
    #[error("the guest cannot be loaded")]
    Load(#[from] ambit::Error),
    /// The system does not say what the process holds.
    #[error("the system does not say what the process holds: there is no /proc")]
    Held(#[from] io::Error),
}

/// Enters and exits so many scopes of a guest, of which every other one fails: in one instance, by bare calls, and then by Ambit.
///
/// # Errors
/// It cannot be loaded, or called.
///
/// # Panics
/// The guest does not let the body's error go on.
pub fn scopes_of(guest: &Guest, scopes: usize) -> Result<Kept, Trouble> {
    let tenth = scopes / 10;
    let instance = {
        let mut instance = Bare::new(&guest.path)?.instance()?;
        run_bare(&mut instance, tenth)?;
        let before = instance.memory();
        run_bare(&mut instance, scopes - tenth)?;
        [before, instance.memory()]
    };
    let manager = Engine::new()?.load(&guest.path)?.manager(MANAGER)?;
    let first = peak(&manager, tenth)?;
    run(&manager, scopes - 2 * tenth);
    let last = peak(&manager, tenth)?;
    Ok(Kept { language: guest.language, scopes, instance, process: [first, last] })
}

fn run_bare(instance: &mut Instance, scopes: usize) -> wasmtime::Result<()> {
    for number in 0..scopes {
        let failure = (number % 2 == 0).then(|| io::Error::from(io::ErrorKind::NotFound));
        let fails = failure.is_some();
        assert_eq!(instance.scope(MANAGER, "{}", failure)?, fails, "the body's error goes on");
    }
    Ok(())
}

fn run(manager: &Manager, scopes: usize) {
    for number in 0..scopes {
        let failure = (number % 2 == 0).then(|| io::Error::from(io::ErrorKind::NotFound));
        let fails = failure.is_some();
        let failed = match failure {
            Some(error) => manager.with((), |_: Value| Err::<(), _>(error)).is_err(),
            None => manager.with((), |_: Value| Ok::<_, Infallible>(())).is_err(),
        };
        assert_eq!(failed, fails, "the body's error goes on");
    }
}

/// What the process holds when it has most memory, while so many scopes run.
fn peak(manager: &Manager, scopes: usize) -> io::Result<Held> {
    let mut peak = Held::now()?;
    for _ in 0..20 {
        run(manager, scopes / 20);
        let held = Held::now()?;
        if held.resident > peak.resident {
            peak = held;
        }
    }
    Ok(peak)
}

impl Kept {
    /// How many bytes a guest keeps of each scope, if its instance serves all.
    #[must_use]
    pub fn leaks(&self) -> f64 {
        let [before, after] = self.instance;
        after.saturating_sub(before) as f64 / (self.scopes - self.scopes / 10) as f64
    }

    /// What of the process grew by more than 5 %; and the memory of the guest, where that keeps more of a scope than is known.
    #[must_use]
    pub fn growing(&self) -> Vec<&'static str> {
        let [before, after] = self.process.map(Held::named);
        let rows = before.into_iter().zip(after);
        let grown =
            rows.filter(|((_, before), (_, after))| after * 20 > before * 21).map(|((name, _), _)| name);
        grown.chain((self.leaks() > KNOWN_LEAK).then_some("the guest's memory")).collect()
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, after] = self.instance.map(|bytes| bytes >> 16);
        let [first, last] = self.process.map(|held| held.resident);
        write!(f, "{:12} {before:>8} {after:>8} {:>14.1} {first:>14} {last:>10}", self.language, self.leaks())
    }
}

/// How many bytes of a scope a guest may keep: one in Python keeps 139, for the object that componentize-py never frees. Memory grows by
/// pages of 64 KiB, so that a short run is not exact.
const KNOWN_LEAK: f64 = 200.0;

/// What stands above the columns.
pub const HEAD: &str = "             one instance, in pages of 64 KiB    the process, KiB at most
              a tenth   all of   bytes a scope    the first   the last
             of them     them                        tenth      tenth";
