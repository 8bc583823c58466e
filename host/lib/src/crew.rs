//! Threads for what the system may hold up for ever: who waits for one of them can give it up.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Missed {
    /// The time was over, and the work was not.
    #[error("it was given up")]
    GivenUp,
    /// It was never begun: as many were given up as may be, and have not ended since.
    #[error("the system holds up {GIVEN_UP} calls already that were given up")]
    TooMany,
    /// It was never begun.
    #[error("no thread can be had: {0}")]
    NoThread(std::io::Error),
    /// It panicked.
    #[error("it panicked")]
    Panicked,
}

/// How long work that is over its time may take to notice that itself. One that does can be told more about.
const GRACE: Duration = Duration::from_millis(50);

/// For how long a thread waits for more work.
const LINGER: Duration = Duration::from_secs(10);

/// As large as that of a main thread mostly is.
const STACK: usize = 8 << 20;

/// What of a thread's stack is for the host.
const OWN: usize = 1 << 20;

/// How much may be given up and not have ended: each has a thread, and whatever it owns.
const GIVEN_UP: usize = 64;

type Work = Box<dyn FnOnce() + Send>;

/// What is to be done, how many threads wait for that, and what of it was given up.
struct Crew {
    work: VecDeque<Work>,
    waiting: usize,
    given_up: Vec<Weak<()>>,
}

static CREW: Mutex<Crew> = Mutex::new(Crew { work: VecDeque::new(), waiting: 0, given_up: Vec::new() });
static CALLED: Condvar = Condvar::new();

/// Does `work`, which takes so many bytes of the stack beside the host's own, on another thread, and waits for it until shortly
/// after the deadline. What is given up then goes on as long as the system holds it up; its thread and all that it owns are kept
/// until that is over. It keeps no process from exiting.
pub(crate) fn run<T: Send + 'static>(
    deadline: &Deadline,
    stack: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    if is_full(&mut crew().given_up) {
        return Err(Missed::TooMany);
    }
    let (done, result) = sync_channel(1);
    let not_ended = Arc::new(());
    let ends = Arc::downgrade(&not_ended);
    let work = move || {
        let _not_ended = not_ended;
        // Nobody waits for what was given up: it is dropped here.
        drop(done.send(work()));
    };
    hand_over(stack, Box::new(work)).map_err(Missed::NoThread)?;
    loop {
        let left = deadline.left();
        match result.recv_timeout(left.saturating_add(GRACE)) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => return Err(Missed::Panicked),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                crew().given_up.push(ends);
                return Err(Missed::GivenUp);
            }
            // The ticks of the deadline's clock are a little longer than they say.
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Whether no more may be given up, and so none be begun.
fn is_full(given_up: &mut Vec<Weak<()>>) -> bool {
    given_up.retain(|not_ended| not_ended.strong_count() > 0);
    given_up.len() >= GIVEN_UP
}

/// Gives work to a thread that waits for some, or to a new one.
fn hand_over(stack: usize, work: Work) -> std::io::Result<()> {
    let new = thread::Builder::new().name("ambit-guest".to_owned());
    if stack > STACK - OWN {
        // None of those that wait is large enough.
        return new.stack_size(stack.saturating_add(OWN)).spawn(work).map(drop);
    }
    let mut crew = crew();
    if crew.waiting > crew.work.len() {
        crew.work.push_back(work);
        CALLED.notify_one();
        return Ok(());
    }
    drop(crew);
    new.stack_size(STACK).spawn(|| serve(work)).map(drop)
}

/// Does one work after another, until there has been none for a while.
fn serve(mut work: Work) {
    loop {
        // Who waits for it sees that it panicked, by the channel that it drops.
        drop(catch_unwind(AssertUnwindSafe(work)));
        let mut crew = crew();
        crew.waiting += 1;
        let waited = CALLED.wait_timeout_while(crew, LINGER, |crew| crew.work.is_empty());
        let (mut crew, _) = waited.unwrap_or_else(PoisonError::into_inner);
        crew.waiting -= 1;
        match crew.work.pop_front() {
            Some(next) => work = next,
            None => return,
        }
    }
}

fn crew() -> MutexGuard<'static, Crew> {
    CREW.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Barrier;

    use super::*;
    use crate::deadline::{Clock, ticks};

    /// A deadline that is so far away.
    fn within(time: Duration) -> (Clock, Deadline) {
        let clock = Clock::start().unwrap();
        let mut deadline = Deadline::over(&clock);
        deadline.begin(ticks(time));
        deadline.hold();
        (clock, deadline)
    }

    #[test]
    fn all_that_is_handed_over_runs_at_once() {
        let (_clock, deadline) = within(Duration::from_secs(60));
        for round in 0..100 {
            let all = Arc::new(Barrier::new(8));
            thread::scope(|scope| {
                for each in 0..8 {
                    let (all, deadline) = (all.clone(), deadline.clone());
                    scope.spawn(move || {
                        let met = run(&deadline, 0, move || {
                            all.wait();
                            each
                        });
                        assert_eq!(met.unwrap(), each, "in round {round}");
                    });
                }
            });
        }
    }

    #[test]
    fn what_needs_a_large_stack_has_one() {
        fn deep(left: usize) -> usize {
            let room = std::hint::black_box([left; 1024]);
            if left == 0 { 0 } else { room[1].wrapping_add(deep(left - 1)) }
        }
        let (_clock, deadline) = within(Duration::from_secs(60));
        // Some 10 MiB, or 20 where they are copied.
        assert!(run(&deadline, 24 << 20, || deep(1300)).is_ok());
    }

    #[test]
    fn what_panics_is_no_thread_less() {
        let (_clock, deadline) = within(Duration::from_secs(60));
        for _ in 0..3 {
            assert!(matches!(run(&deadline, 0, || panic!("as it should")), Err::<(), _>(Missed::Panicked)));
        }
        assert_eq!(run(&deadline, 0, || 7).unwrap(), 7);
    }

    #[test]
    fn what_is_given_up_drops_its_result_when_it_ends() {
        let (_clock, deadline) = within(Duration::ZERO);
        let (release, held) = sync_channel::<()>(0);
        let result = Arc::new(());
        let (weak, kept) = (Arc::downgrade(&result), Arc::new(Barrier::new(2)));
        let ended = kept.clone();
        let missed = run(&deadline, 0, move || {
            let _ = held.recv();
            // Dropped last, behind the result.
            (result, Meet(ended))
        });
        assert!(matches!(missed, Err(Missed::GivenUp)));
        assert!(weak.upgrade().is_some());
        drop(release);
        kept.wait();
        assert!(weak.upgrade().is_none());
    }

    /// All that this process does is refused then, so that it is done in another.
    #[test]
    fn no_more_is_begun_than_may_be_given_up() {
        const ALONE: &str = "AMBIT_TEST_ALONE";
        if std::env::var_os(ALONE).is_none() {
            let mut alone = Command::new(std::env::current_exe().unwrap());
            alone.args(["--exact", "crew::tests::no_more_is_begun_than_may_be_given_up"]).env(ALONE, "");
            let output = alone.output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            // By another name there is no test to run, which is a success too.
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        let (_clock, deadline) = within(Duration::ZERO);
        let held = Arc::new(Barrier::new(GIVEN_UP + 1));
        thread::scope(|scope| {
            for _ in 0..GIVEN_UP {
                let held = held.clone();
                scope.spawn(|| {
                    let missed = run(&deadline, 0, move || held.wait().is_leader());
                    assert!(matches!(missed, Err(Missed::GivenUp)));
                });
            }
        });
        assert!(matches!(run(&deadline, 0, || ()), Err(Missed::TooMany)));
        held.wait();
        // They end when they come to it.
        while is_full(&mut crew().given_up) {
            thread::yield_now();
        }
        assert!(!matches!(run(&deadline, 0, || ()), Err(Missed::TooMany)));
    }

    struct Meet(Arc<Barrier>);

    impl Drop for Meet {
        fn drop(&mut self) {
            self.0.wait();
        }
    }
}
