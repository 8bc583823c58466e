//! A test's way to stop what runs in its thread ahead of a change of the file system, as a host stops a guest whose time is over, or
//! dies with it.

/// A place to be stopped at: whatever changes the file system calls it first. In a component it does nothing.
#[cfg(target_arch = "wasm32")]
pub fn here() {}

#[cfg(not(target_arch = "wasm32"))]
pub use native::{after, here};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    struct Stopped;

    /// Runs `work` until it has changed something `changes` times, and would once more; `None` if it was stopped then.
    ///
    /// It is stopped by an unwinding: what is dropped in that is not to change anything, as nothing does in a guest that is
    /// stopped.
    pub fn after<R>(changes: usize, work: impl FnOnce() -> R) -> Option<R> {
        LEFT.set(Some(changes));
        let done = catch_unwind(AssertUnwindSafe(work));
        LEFT.set(None);
        match done {
            Ok(done) => Some(done),
            Err(panic) if panic.is::<Stopped>() => None,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// A place to be stopped at: whatever changes the file system calls it first.
    pub fn here() {
        match LEFT.get() {
            Some(0) => resume_unwind(Box::new(Stopped)),
            left => LEFT.set(left.map(|left| left - 1)),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_runs_is_stopped_ahead_of_the_change_that_is_one_too_many() {
            let done = Cell::new(0);
            let work = || {
                for _ in 0..3 {
                    here();
                    done.set(done.get() + 1);
                }
            };
            assert_eq!(after(2, work), None);
            assert_eq!(done.take(), 2);
            assert_eq!(after(3, work), Some(()));
            here();
        }
    }
}
