//! Running what may panic, and telling what did.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

/// A check, which panics where something is not right.
pub(crate) type Case = Box<dyn FnOnce() + Send>;

/// A check that found something.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) name: String,
    pub(crate) why: String,
}

/// How many run at once: more than a small machine has processors, since some of them wait.
const THREADS: usize = 4;

/// Runs all, several at once.
pub(crate) fn together(cases: Vec<(String, Case)>) -> Vec<Failed> {
    let (cases, failed) = (Mutex::new(cases.into_iter()), Mutex::new(Vec::new()));
    let work = || {
        while let Some((name, case)) = { cases.lock().unwrap().next() } {
            failed.lock().unwrap().extend(one(name, case));
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    failed.into_inner().unwrap()
}

/// Runs all, one after another.
pub(crate) fn in_turn(cases: impl Iterator<Item = (String, Case)>) -> Vec<Failed> {
    cases.filter_map(|(name, case)| one(name, case)).collect()
}

thread_local! {
    /// What the last panic on this thread said, and where.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

fn one(name: String, case: Case) -> Option<Failed> {
    panic::set_hook(Box::new(|info| SAID.set(info.to_string())));
    let caught = catch_unwind(AssertUnwindSafe(case));
    caught.err().map(|_| Failed { name, why: SAID.take() })
}
