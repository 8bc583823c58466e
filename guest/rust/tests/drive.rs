//! What a manager's function does, and what becomes of it.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use ambit_guest::testing::{Entered, enter, json, raised, with};
use ambit_guest::{Error, Family, Result, Scope, manager};

thread_local! {
    static LOG: Cell<Vec<&'static str>> = const { Cell::new(Vec::new()) };
}

fn log(line: &'static str) {
    LOG.set([LOG.take(), vec![line]].concat());
}

struct Logged(&'static str);

impl Drop for Logged {
    fn drop(&mut self) {
        log(self.0);
    }
}

/// Logs, and does with the body's error what it is asked to.
#[manager]
async fn logged(#[default("reraise")] then: String, scope: Scope<u32>) -> Result {
    let _local = Logged("dropped");
    log("enter");
    let body = scope.yields(7).await;
    log("exit");
    match (then.as_str(), body) {
        ("suppress", Err(_)) => Ok(()),
        ("replace", Err(_)) => Err(Error::new("replaced", "another")),
        ("replace from it", Err(error)) => Err(Error::new("replaced", "another").caused_by(error)),
        ("replace by all", Err(_)) => Err(Error::new("replaced", "another").without_context()),
        ("fail", Ok(())) => Err(Error::new("cleanup", "failed")),
        (_, body) => body,
    }
}

fn entered(then: &str) -> Entered {
    enter(logged, json!({"then": then})).expect("it enters")
}

fn failed() -> Error {
    Error::new("boom", "failed")
}

#[test]
fn enter_runs_to_the_yield_and_exit_to_the_end() {
    let entered = entered("reraise");
    assert_eq!(LOG.take(), ["enter"]);
    assert_eq!(entered.value::<u32>(), 7);
    entered.exit(Ok(())).unwrap();
    assert_eq!(LOG.take(), ["exit", "dropped"]);
}

#[test]
fn the_error_of_the_body_goes_on_as_the_same() {
    let error = failed();
    let ended = entered("reraise").exit(Err(error.clone())).unwrap_err();
    assert!(ended.is_same(&error));
    assert!(ended.context().is_none());
}

#[test]
fn the_error_of_the_body_is_suppressed() {
    entered("suppress").exit(Err(failed())).unwrap();
}

#[test]
fn another_error_takes_its_place_and_keeps_it_as_context() {
    let error = failed();
    let ended = entered("replace").exit(Err(error.clone())).unwrap_err();
    assert!(ended.is("replaced"));
    assert!(ended.context().unwrap().is_same(&error));
    assert!(!ended.hides_context());
}

#[test]
fn an_error_that_is_raised_from_it_has_it_as_cause_and_context() {
    let error = failed();
    let ended = entered("replace from it").exit(Err(error.clone())).unwrap_err();
    assert!(ended.cause().unwrap().is_same(&error));
    assert!(ended.context().unwrap().is_same(&error));
}

#[test]
fn an_error_without_a_context_stays_without() {
    let ended = entered("replace by all").exit(Err(failed())).unwrap_err();
    assert!(ended.context().is_none());
}

#[test]
fn an_exit_can_fail_after_a_body_that_completed() {
    assert!(entered("fail").exit(Ok(())).unwrap_err().is("cleanup"));
}

#[test]
fn a_scope_that_is_dropped_drops_the_locals_and_runs_no_exit() {
    drop(entered("reraise"));
    assert_eq!(LOG.take(), ["enter", "dropped"]);
}

#[test]
fn each_enter_is_a_scope_of_its_own() {
    let (one, other) = (entered("suppress"), entered("reraise"));
    other.exit(Err(failed())).unwrap_err();
    one.exit(Err(failed())).unwrap();
}

#[test]
fn with_tells_completed_from_suppressed() {
    let completed = with(logged, json!({}), |value: u32| Ok::<_, Error>(value + 1));
    assert_eq!(completed.unwrap(), Some(8));
    let suppressed = with(logged, json!({"then": "suppress"}), |_: u32| Err::<u32, _>(failed()));
    assert_eq!(suppressed.unwrap(), None);
    let failed = with(logged, (), |_: u32| Err::<u32, _>(std::io::Error::other("of the body")));
    assert_eq!(failed.unwrap_err().message(), "of the body");
}

#[test]
fn a_body_that_was_told_to_stop_is_told_from_one_that_failed() {
    let stopped = raised(Family::Cancelled, "interrupted", "stop");
    let ended = entered("reraise").exit(Err(stopped)).unwrap_err();
    assert!(ended.is_cancelled());
    assert!(!failed().is_cancelled());
}

/// Fails ahead of its yield.
#[manager]
async fn unready(scope: Scope) -> Result {
    let _local = Logged("dropped");
    std::fs::read("/no/such/file")?;
    scope.yields(()).await
}

#[test]
fn an_error_ahead_of_the_yield_is_that_of_the_enter() {
    let error = enter(unready, ()).unwrap_err();
    assert_eq!(error.kinds(), ["rust:std::io::Error", "not-found"]);
    assert_eq!(LOG.take(), ["dropped"]);
}

/// Ends, and has not yielded.
#[manager]
async fn silent(yields: bool, scope: Scope) -> Result {
    if yields { scope.yields(()).await } else { Ok(()) }
}

#[test]
fn ending_without_a_yield_is_a_fault() {
    let error = enter(silent, json!({"yields": false})).unwrap_err();
    assert!(error.is("did-not-yield"));
    assert_eq!(error.family(), Family::Fault);
    assert!(error.notes().is_empty());
    enter(silent, json!({"yields": true})).unwrap().exit(Ok(())).unwrap();
}

/// Awaits what nothing wakes.
#[manager]
async fn stuck(ahead: bool, scope: Scope) -> Result {
    let _local = Logged("dropped");
    if ahead {
        pending::<()>().await;
    }
    scope.yields(()).await?;
    pending().await
}

#[test]
fn awaiting_something_else_ahead_of_the_yield_is_a_fault_that_says_so() {
    let error = enter(stuck, json!({"ahead": true})).unwrap_err();
    assert!(error.is("did-not-yield"));
    assert!(error.notes()[0].starts_with("it awaited something else than its yield"));
    assert_eq!(LOG.take(), ["dropped"]);
}

#[test]
fn awaiting_something_else_after_the_yield_is_a_fault_that_says_so() {
    let error = enter(stuck, json!({"ahead": false})).unwrap().exit(Ok(())).unwrap_err();
    assert!(error.is("did-not-stop"));
    assert!(error.notes()[0].starts_with("it awaited something else than its yield"));
    assert_eq!(LOG.take(), ["dropped"]);
}

/// Polls its yield once, and ends.
#[manager]
async fn impatient(scope: Scope) -> Result {
    let mut body = pin!(scope.yields(()));
    poll_fn(|context| Poll::Ready(body.as_mut().poll(context).is_ready())).await;
    Ok(())
}

#[test]
fn ending_without_waiting_for_the_body_is_a_fault() {
    assert!(enter(impatient, ()).unwrap_err().is("did-not-yield"));
}

#[cfg(unix)]
mod unwritable {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;

    use super::*;

    /// Yields a path that is not UTF-8, and forgives that if asked to.
    #[manager]
    async fn odd(#[default(false)] forgives: bool, scope: Scope<PathBuf>) -> Result {
        let body = scope.yields(PathBuf::from(OsStr::from_bytes(b"/tmp/\xff"))).await;
        log("cleaned up");
        if forgives { Ok(()) } else { body }
    }

    #[test]
    fn a_value_that_cannot_be_written_is_an_error_at_the_yield() {
        let error = enter(odd, ()).unwrap_err();
        assert_eq!(error.message(), "path contains invalid UTF-8 characters");
        assert_eq!(error.notes(), ["the value of the yield cannot be written as JSON"]);
        assert_eq!(LOG.take(), ["cleaned up"]);
    }

    #[test]
    fn forgiven_it_is_the_cause_of_the_fault() {
        let error = enter(odd, json!({"forgives": true})).unwrap_err();
        assert!(error.is("did-not-yield"));
        assert_eq!(error.cause().unwrap().message(), "path contains invalid UTF-8 characters");
    }
}

/// Keeps its handle of the error beyond its end.
#[manager]
async fn keeper(scope: Scope) -> Result {
    thread_local!(static KEPT: Cell<Option<Error>> = const { Cell::new(None) });
    let body = scope.yields(()).await;
    KEPT.set(body.clone().err());
    body
}

#[test]
fn an_error_that_is_kept_goes_on_all_the_same() {
    let error = failed();
    assert!(enter(keeper, ()).unwrap().exit(Err(error.clone())).unwrap_err().is_same(&error));
}

#[test]
fn what_a_manager_holds_is_dropped_with_it() {
    thread_local!(static HELD: Rc<()> = Rc::default());
    #[manager]
    async fn holder(scope: Scope) -> Result {
        let _held = HELD.with(Rc::clone);
        scope.yields(()).await
    }
    let holders = || HELD.with(Rc::strong_count);
    let entered = enter(holder, ()).unwrap();
    assert_eq!(holders(), 2);
    entered.exit(Ok(())).unwrap();
    assert_eq!(holders(), 1);
}
