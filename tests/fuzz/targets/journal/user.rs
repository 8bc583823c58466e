//! A host that uses a journal: [`User`].

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ambit::{Cache, Engine, Error, ErrorKind, ExitStack, Journal, Manager, Raised};
use ambit_fuzz::{PUPPET, Script, engine, tiny};
use arbitrary::Arbitrary;
use serde::de::IgnoredAny;

/// What a host does.
#[derive(Debug, Arbitrary)]
pub(crate) enum Act {
    Lost,
    Recover,
    Forget(u8),
    Hold,
    /// Enters a scope, which stays.
    Enter(Script),
    /// Enters and exits one.
    With(Script),
    Exit,
    /// Its process ends, or so it seems to the journal; the next act is that of another.
    End,
}

/// Longer than anything waits.
const LONG: Duration = Duration::from_secs(30);

pub(crate) struct User {
    folder: PathBuf,
    /// Whether the journal is as its hosts left it.
    whole: bool,
    host: Option<Host>,
}

struct Host {
    // Dropped in this order.
    scopes: ExitStack<'static>,
    puppet: Option<Manager>,
    engine: Engine,
}

pub(crate) fn open(folder: &Path) -> Result<Engine, Error> {
    // Each host has an engine of its own: a pool is slow to make, and so is code.
    let cache = Cache::at(folder.with_file_name("cache"));
    engine().pool(false).cache(cache).journal(Journal::at(folder)).build()
}

impl User {
    pub(crate) fn new(folder: PathBuf, whole: bool) -> Self {
        Self { folder, whole, host: None }
    }

    /// From now on it may be damaged.
    pub(crate) fn told_of_harm(&mut self) {
        self.whole = false;
    }

    pub(crate) fn is_open(&self) -> bool {
        self.host.is_some()
    }

    pub(crate) fn act(&mut self, act: &Act) {
        let begin = Instant::now();
        self.do_act(act);
        assert!(begin.elapsed() < LONG, "{act:?} took {:?}", begin.elapsed());
    }

    fn do_act(&mut self, act: &Act) {
        if matches!(act, Act::End) {
            self.host = None;
            return;
        }
        let whole = self.whole;
        let Some(host) = self.host() else { return };
        let engine = &host.engine;
        match act {
            Act::Lost => drop(told(engine.lost(), whole)),
            Act::Recover => {
                let recoveries = told(engine.recover(|_| tiny()), whole);
                for recovered in recoveries.into_iter().flat_map(|recoveries| recoveries.done) {
                    told(recovered, whole);
                }
            }
            // That it is refused is no damage: its host lives.
            Act::Forget(id) => drop(engine.forget(&[u64::from(*id)]).inspect_err(check_error)),
            Act::Hold => drop(told(engine.hold(), whole)),
            Act::Enter(script) => {
                if let Some(puppet) = host.puppet() {
                    let _ = host.scopes.enter::<IgnoredAny>(&puppet, script.inputs());
                }
            }
            Act::With(script) => {
                if let Some(puppet) = host.puppet() {
                    let _ = puppet.with(script.inputs(), |_: IgnoredAny| Ok::<_, Raised>(()));
                }
            }
            Act::Exit => drop(host.scopes.close()),
            Act::End => {}
        }
    }

    fn host(&mut self) -> Option<&mut Host> {
        if self.host.is_none() {
            let engine = told(open(&self.folder), self.whole)?;
            self.host = Some(Host { scopes: ExitStack::new(), puppet: None, engine });
        }
        self.host.as_mut()
    }

    /// The host ends, and another looks at what is left, and clears it up.
    pub(crate) fn end(&mut self) {
        for act in [Act::End, Act::Lost, Act::Recover, Act::Recover] {
            self.act(&act);
        }
        let whole = self.whole;
        let Some(host) = self.host() else { return };
        let left = told(host.engine.lost(), whole).unwrap_or_default();
        for lost in left {
            let forgotten = told(host.engine.forget(&[lost.id]), whole);
            assert!(!whole || forgotten == Some(true), "{lost:?} cannot be forgotten");
        }
        if whole {
            assert!(host.engine.lost().is_ok_and(|lost| lost.is_empty()));
        }
        self.host = None;
    }
}

impl Host {
    fn puppet(&mut self) -> Option<Manager> {
        if self.puppet.is_none() {
            let plugin = self.engine.load_bytes("puppet", PUPPET);
            let puppet = plugin.and_then(|plugin| plugin.manager("puppet"));
            self.puppet = Some(puppet.expect("it is a plugin").limits(tiny()));
        }
        self.puppet.clone()
    }
}

/// What was asked for. An error is told in words, and is none where nothing was harmed.
fn told<T>(asked: Result<T, Error>, whole: bool) -> Option<T> {
    match asked {
        Ok(done) => Some(done),
        Err(error) => {
            check_error(&error);
            assert!(!whole, "a journal that nobody harmed is damaged: {error}");
            None
        }
    }
}

fn check_error(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(error.to_string().len() > 10 && error.help().is_none_or(|help| !help.is_empty()));
}
