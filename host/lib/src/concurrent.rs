//! A store in which many calls of a guest are in flight at once: [`Concurrent`], and the task that drives it.

mod flights;
mod serve;
mod visit;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use ambit_core::{Answer, Raised};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use self::flights::{At, Flight, Flights, later};
use crate::bindings::v0_1::concurrent::{AsyncPluginPre, Functions};
use crate::deadline::Moment;
use crate::driver::Driver;
use crate::exchange::Inputs;
use crate::fault::{Fault, FaultKind, Phase};
use crate::manager::Manager;
use crate::place::Stopped;
use crate::shared;
use crate::state::{State, Visit};

pub(crate) use visit::visit;

/// A plugin whose managers await, linked.
#[derive(Clone)]
pub(crate) struct Pre {
    pub(crate) plugin: AsyncPluginPre<State>,
    pub(crate) functions: Functions,
}

/// A store in which many calls are in flight at once. A [driver](Driver) has it, and ends once
/// nobody has this any more.
pub(crate) struct Concurrent {
    face: Arc<Face>,
    driver: Driver,
}

/// What who calls and who drives both see.
struct Face {
    flights: Flights,
    /// Whether the plugin's instance is there.
    made: AtomicBool,
    /// By what it was lost.
    lost: OnceLock<Fault>,
    /// Whether it is to end, though no call failed.
    ends: AtomicBool,
    /// Whether scopes may still join.
    open: AtomicBool,
    live: AtomicU32,
    capacity: u32,
    /// How many scopes it served.
    uses: AtomicU32,
    /// Until when it serves others, by the clock.
    expires: Moment,
}

/// A call of the guest, for one of its scopes.
pub(crate) struct Request {
    pub(crate) visit: Box<Visit>,
    pub(crate) call: Call,
    pub(crate) caller: Box<dyn Caller>,
}

/// Who asks for a call.
pub(crate) trait Caller: Send {
    /// The manager whose scope it is for.
    fn manager(&self) -> &Manager;

    /// Is told what came of it, whoever waits.
    fn told(self: Box<Self>, called: Called);
}

pub(crate) enum Call {
    /// Of the manager of this name.
    Enter(String, Inputs),
    Exit(ResourceAny, Option<Raised>),
}

/// What came of a call. Where it was stopped its store is dropped by now.
pub(crate) struct Called {
    pub(crate) visit: Box<Visit>,
    pub(crate) given: Result<Given, Stopped>,
}

/// What the guest gave.
pub(crate) enum Given {
    Entered(Result<(ResourceAny, String), Raised>),
    Exited(Answer),
}

impl Call {
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::Enter(..) => Phase::Enter,
            Self::Exit(..) => Phase::Exit,
        }
    }
}

impl Concurrent {
    /// A store with one live scope, which is about to be entered, and room for so many.
    pub(crate) fn new(
        store: Store<State>,
        pre: Pre,
        manager: &Manager,
        capacity: u32,
        expires: Moment,
    ) -> Self {
        let face = Arc::new(Face {
            flights: Flights::default(),
            made: AtomicBool::new(false),
            lost: OnceLock::new(),
            ends: AtomicBool::new(false),
            open: AtomicBool::new(true),
            live: AtomicU32::new(1),
            capacity,
            uses: AtomicU32::new(0),
            expires,
        });
        let engine = manager.plugin().engine().clone();
        let driver = Driver::new(serve::serve(serve::Ends(face.clone()), store, pre, engine));
        Self { face, driver }
    }

    /// Calls the guest, and tells who asks what came of it. Its time begins now.
    pub(crate) fn call(&self, request: Request) {
        let Request { visit, call, caller } = request;
        let phase = call.phase();
        let until = later(caller.manager().terms().limits.budget(phase));
        let flight = Flight { caller, phase, until, at: At::Start(visit) };
        let alone = self.face.live.load(Ordering::Relaxed) == 1;
        self.driver.drive(alone, || match self.face.flights.begin(flight, call) {
            Ok(()) => self.driver.wake(),
            Err(flight) => {
                let gone = self.face.gone(flight.manager(), flight.phase);
                flight.told(Stopped::Gone(gone));
            }
        });
    }

    /// Takes room for a scope, if there is some, and this thread is not in the store, further up: it would wait for itself.
    pub(crate) fn join(&self) -> bool {
        let more = |live| (live < self.face.capacity).then_some(live + 1);
        self.is_open()
            && !self.is_entered()
            && self.face.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Whether this thread is in it, further up.
    pub(crate) fn is_entered(&self) -> bool {
        shared::is_entered(self.face.address())
    }

    /// Whether scopes may still join.
    pub(crate) fn is_open(&self) -> bool {
        self.face.open.load(Ordering::Relaxed)
    }

    /// Gives the room of a scope back, and says how many it has served.
    pub(crate) fn leave(&self) -> u32 {
        self.face.live.fetch_sub(1, Ordering::Relaxed);
        self.face.uses.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Lets no more scopes join, and leaves. If no other is in it, the store is gone when this returns, which blocks: whoever else has
    /// this, such as who is about to let go of it.
    pub(crate) fn close(self: Arc<Self>) {
        self.face.open.store(false, Ordering::Relaxed);
        if self.face.live.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.end();
            self.driver.gone();
        }
    }

    /// Drops the store, which saw this fault: it is gone when this returns, which blocks. Those that are in it are lost.
    pub(crate) fn condemn(self: Arc<Self>, fault: &Fault) {
        // Where a call was stopped by it, the store was lost by that.
        if self.face.lost.set(fault.clone()).is_ok() {
            self.end();
        }
        self.driver.gone();
        self.close();
    }

    /// Has it end, with all that are in flight.
    fn end(&self) {
        self.face.ends.store(true, Ordering::Release);
        self.driver.wake();
    }

    /// Until when it serves others.
    pub(crate) fn expires(&self) -> Moment {
        self.face.expires
    }
}

impl Drop for Concurrent {
    fn drop(&mut self) {
        self.face.flights.leave();
        self.driver.wake();
    }
}

impl Face {
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// What a scope is told whose store was lost, or came to its end as it joined.
    fn gone(&self, manager: &str, phase: Phase) -> Fault {
        let why = self.lost.get().map_or_else(|| "nobody drives it".to_owned(), ToString::to_string);
        let reason = format!("the store that it shared was lost: {why}");
        Fault::new(manager, phase, FaultKind::Lost, reason)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::thread;
    use std::time::{Duration, Instant};

    use serde::de::IgnoredAny;
    use serde_json::json;

    use super::*;
    use crate::{Cache, Engine};

    fn manager(engine: &Engine, name: &str) -> Manager {
        engine.load(programs::AWAITS).unwrap().manager(name).unwrap()
    }

    /// What it holds must not be in the way of a recovery.
    #[test]
    fn a_store_that_its_last_scope_leaves_for_good_is_gone_whoever_still_has_its_home() {
        let engine = Engine::builder().cache(Cache::none()).build().unwrap();
        let sleeps = manager(&engine, "sleeps");
        let home = sleeps.terms().concurrent_home(&sleeps, sleeps.plugin().concurrent().unwrap());
        let other = home.clone();
        home.close();
        assert_eq!(Arc::strong_count(&other.face), 1, "who drives it is gone");
    }

    #[test]
    fn the_clock_sleeps_while_a_scope_that_left_a_checkpoint_waits_for_its_body() {
        let engine = Engine::builder().cache(Cache::none()).build().unwrap();
        let leaves = manager(&engine, "leaves");
        let body = |_: IgnoredAny| {
            let began = Instant::now();
            while !engine.clock().is_asleep() {
                assert!(began.elapsed() < Duration::from_secs(20), "something holds it");
                thread::yield_now();
            }
            Ok::<_, Infallible>(())
        };
        leaves.with(json!({"name": "it"}), body).unwrap();
    }
}
