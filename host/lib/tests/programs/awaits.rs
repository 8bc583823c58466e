//! A plugin that awaits more than its yield, and bodies that do.

use std::convert::Infallible;
use std::fs::File;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use ambit::{
    AsyncExitStack, Cache, Dir, Engine, Failure, FaultKind, Isolation, Journal, Limits, Manager, Outcome,
    Phase, Raised,
};
use futures::future::join_all;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

use crate::{Own, manager};

fn awaits(name: &str) -> Manager {
    manager(programs::AWAITS, name)
}

/// What guests have written.
#[derive(Clone, Default)]
struct Heard(Arc<(Mutex<String>, Notify)>);

impl Heard {
    /// It, and who hears.
    fn new() -> (impl Fn(&[u8]) + Send + Sync + 'static, Self) {
        let heard = Self::default();
        let hears = heard.clone();
        let hear = move |bytes: &[u8]| {
            hears.0.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
            hears.0.1.notify_waiters();
        };
        (hear, heard)
    }

    fn text(&self) -> String {
        self.0.0.lock().unwrap().clone()
    }

    /// Waits until that was written.
    async fn wait_for(&self, part: &str) {
        loop {
            let mut told = pin!(self.0.1.notified());
            told.as_mut().enable();
            if self.text().contains(part) {
                return;
            }
            told.await;
        }
    }
}

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn it_says_that_it_awaits() {
    assert!(awaits("sleeps").plugin().awaits());
    assert!(!manager(programs::ANSWERS, "reraises").plugin().awaits());
}

#[tokio::test]
async fn a_manager_that_awaits_waits_before_its_body_and_after_it() {
    let began = Instant::now();
    let inputs = json!({"enter": 20, "exit": 20});
    let ended = awaits("sleeps").with_async(inputs, async |value: u64| Ok::<_, Infallible>(value)).await;
    assert_eq!(ended.unwrap(), Outcome::Completed(20));
    assert!(began.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn what_enter_began_to_await_exit_awaits() {
    let began = Instant::now();
    let body = async |_: IgnoredAny| Ok::<_, Infallible>(());
    awaits("spans").with_async([30], body).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_body_that_does_not_await_may_have_a_manager_that_does() {
    let ended = awaits("sleeps").with([1, 1], |value: u64| Ok::<_, Infallible>(value));
    assert_eq!(ended.unwrap(), Outcome::Completed(1));
}

#[test]
fn the_same_on_any_thread_of_any_runtime() {
    let scope = async || {
        let ended = awaits("sleeps").with([1, 1], |value: u64| Ok::<_, Infallible>(value));
        assert_eq!(ended.unwrap(), Outcome::Completed(1));
    };
    let current = Builder::new_current_thread().build().unwrap();
    let several = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for runtime in [current, several] {
        runtime.block_on(scope());
        runtime.block_on(runtime.spawn(scope())).unwrap();
        LocalSet::new().block_on(&runtime, scope());
        LocalSet::new().block_on(&runtime, async { spawn_local(scope()).await.unwrap() });
        let handle = runtime.handle().clone();
        runtime.block_on(runtime.spawn_blocking(move || handle.block_on(scope()))).unwrap();
    }
}

#[tokio::test]
async fn the_error_of_a_body_comes_back_as_it_is() {
    let own = Own("own".into());
    let failure =
        awaits("sleeps").with_async([1, 1], async |_: u64| Err::<Infallible, _>(own)).await.unwrap_err();
    assert_eq!(failure.into_body().unwrap(), Own("own".into()));
}

#[tokio::test]
async fn a_manager_that_awaits_may_suppress() {
    let body = async |_: IgnoredAny| Err::<Infallible, _>(Own("own".into()));
    let ended = awaits("suppresses").with_async((), body).await;
    assert_eq!(ended.unwrap(), Outcome::Suppressed(Own("own".into())));
}

#[tokio::test]
async fn many_scopes_wait_at_once_in_stores_of_their_own_or_in_one() {
    for isolation in [Isolation::lease(), Isolation::Fresh, Isolation::shared()] {
        let sleeps = awaits("sleeps").isolation(isolation);
        let began = Instant::now();
        let scope = async |_| sleeps.with_async([200, 200], async |_: u64| Ok::<_, Infallible>(())).await;
        for ended in join_all((0..50).map(scope)).await {
            ended.unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{isolation:?}: {:?}", began.elapsed());
    }
}

/// Each with its own checkpoint and its own end, though the guest's tasks follow upon each other.
#[tokio::test]
async fn many_scopes_come_and_go_at_once_in_one_store() {
    let sleeps = awaits("sleeps").isolation(Isolation::shared());
    for _ in 0..20 {
        let scope = async |value: u64| {
            let inputs = json!({"enter": value % 2, "exit": value % 3 / 2});
            sleeps.with_async(inputs, async |value: u64| Ok::<_, Infallible>(value)).await
        };
        for (value, ended) in join_all((0..200).map(scope)).await.into_iter().enumerate() {
            assert_eq!(ended.unwrap(), Outcome::Completed(value as u64 % 2));
        }
    }
}

#[track_caller]
fn check_fault<R: std::fmt::Debug>(failure: &Failure<R, Raised>, phase: Phase, kind: FaultKind) {
    let fault = failure.faults().next().unwrap_or_else(|| panic!("no fault: {failure:?}"));
    assert_eq!((fault.phase(), fault.kind()), (phase, kind), "{fault}");
}

async fn fails(manager: Manager, inputs: impl serde::Serialize) -> Failure<(), Raised> {
    manager.with_async(inputs, async |_: IgnoredAny| Ok::<_, Raised>(())).await.unwrap_err()
}

#[tokio::test]
async fn what_waits_for_ever_ends_with_its_budget() {
    let limits = Limits::default().enter(SHORT).exit(SHORT);
    let never = awaits("never").limits(limits);
    check_fault(&fails(never.clone(), [true]).await, Phase::Enter, FaultKind::Budget);
    let failure = fails(never, [false]).await;
    check_fault(&failure, Phase::Exit, FaultKind::Budget);
    assert!(matches!(failure.into_outcome(), Ok(Outcome::Completed(()))));
}

#[tokio::test]
async fn xt_04_a_manager_that_awaits_and_computes_for_ever_ends_with_its_budget() {
    let limits = Limits::default().enter(SHORT).exit(SHORT);
    let computes = awaits("computes").limits(limits);
    check_fault(&fails(computes.clone(), [true]).await, Phase::Enter, FaultKind::Budget);
    check_fault(&fails(computes, [false]).await, Phase::Exit, FaultKind::Budget);
}

#[tokio::test]
async fn a_panic_of_an_exit_is_told_with_its_message() {
    let failure = fails(awaits("panics"), ()).await;
    check_fault(&failure, Phase::Exit, FaultKind::Panic);
    assert!(failure.to_string().contains("on purpose"), "{failure}");
}

#[tokio::test]
async fn xt_10_those_that_share_a_store_with_a_fault_are_told() {
    let panics = awaits("panics").isolation(Isolation::shared());
    let failure = panics
        .with_async((), async |_: IgnoredAny| {
            check_fault(&fails(panics.clone(), ()).await, Phase::Exit, FaultKind::Panic);
            Ok::<_, Raised>(())
        })
        .await
        .unwrap_err();
    check_fault(&failure, Phase::Exit, FaultKind::Lost);
}

#[tokio::test]
async fn a_manager_that_does_not_await_is_used_the_same_way() {
    let suppress = manager(programs::ANSWERS, "reraises");
    let ended = suppress.with_async((), async |_: IgnoredAny| {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok::<_, Raised>(1)
    });
    assert_eq!(ended.await.unwrap().completed(), Some(1));
}

#[tokio::test]
async fn those_that_share_a_store_are_told_the_time_that_they_have_themselves() {
    let asks = awaits("asks")
        .isolation(Isolation::shared())
        .limits(Limits::default().enter(Duration::from_secs(60)));
    let left = async |millis: u64| {
        asks.with_async([millis], async |left: u64| Ok::<_, Infallible>(left))
            .await
            .unwrap()
            .completed()
            .unwrap()
    };
    let (soon, late) = tokio::join!(left(1), left(500));
    assert!(late <= 59_501 && soon > late, "{soon} and {late} ms are left");
}

/// More than the machine has threads, all of which wait for the journal.
#[tokio::test]
async fn managers_that_leave_checkpoints_do_not_hold_up_others_and_their_budgets_hold() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::builder().cache(Cache::none()).journal(Journal::at(folder.path())).build().unwrap();
    let plugin = engine.load(programs::AWAITS).unwrap();
    let [leaves, sleeps] = ["leaves", "sleeps"].map(|name| plugin.manager(name).unwrap());
    let short = leaves.clone().limits(Limits::default().enter(SHORT));
    // It makes the database.
    let leave = async |_| leaves.with_async(["it"], async |_: IgnoredAny| Ok::<_, Infallible>(())).await;
    leave(0).await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("journal.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let count = 4 * std::thread::available_parallelism().unwrap().get();
    let goes_on = async {
        // By then all of them wait.
        sleeps.with_async([200, 1], async |_: u64| Ok::<_, Infallible>(())).await.unwrap();
        let failed = fails(short, ["it"]).await;
        other.execute_batch("COMMIT").unwrap();
        failed
    };
    let (ended, failed) = tokio::join!(join_all((0..count).map(leave)), goes_on);
    assert!(ended.into_iter().all(|ended| ended.is_ok()));
    assert!(!failed.raised().message().is_empty());
}

#[tokio::test]
async fn a_recovery_of_a_manager_that_awaits_is_told_the_time_that_it_has() {
    let (heard, said) = Heard::new();
    let leaves = awaits("leaves").limits(Limits::default().recover(Duration::from_secs(5000))).output(heard);
    let failure = fails(leaves, json!({"name": "it", "panics": true})).await;
    assert!(failure.faults().next().unwrap().recovery().unwrap().is_released());
    assert!(said.text().contains("\n49"), "{}", said.text());
}

#[tokio::test]
async fn those_that_share_a_store_leave_checkpoints_of_their_own() {
    let recovered = Arc::new(Mutex::new(String::new()));
    let heard = recovered.clone();
    let leaves = awaits("leaves")
        .isolation(Isolation::shared())
        .output(move |bytes| heard.lock().unwrap().push_str(&String::from_utf8_lossy(bytes)));
    let body = async |_: IgnoredAny| {
        let failure = fails(leaves.clone(), json!({"name": "inner", "panics": true})).await;
        check_fault(&failure, Phase::Exit, FaultKind::Panic);
        assert!(failure.faults().next().unwrap().recovery().unwrap().is_released());
        Ok::<_, Raised>(())
    };
    let inputs = json!({"name": "outer", "panics": false});
    check_fault(&leaves.with_async(inputs, body).await.unwrap_err(), Phase::Exit, FaultKind::Lost);
    let recovered = recovered.lock().unwrap();
    assert!(
        recovered.contains("recovered inner\n") && recovered.contains("recovered outer\n"),
        "{recovered}"
    );
}

/// An enter of which the guest has run is not begun anew elsewhere: it may hold what nobody would know of.
#[tokio::test]
async fn xt_10_an_enter_that_left_a_checkpoint_is_told_and_recovered_where_its_store_is_lost() {
    let (heard, said) = Heard::new();
    let limits = Limits::default().enter(Duration::from_secs(10)).exit(SHORT);
    let leaves = awaits("leaves").isolation(Isolation::shared()).limits(limits).output(heard);
    let entering = async {
        // Once the other is in its body.
        said.wait_for("left never exits\n").await;
        fails(leaves.clone(), json!({"name": "inner", "waits": true})).await
    };
    let outer = leaves.with_async(json!({"name": "never exits"}), async |_: IgnoredAny| {
        said.wait_for("left inner\n").await;
        Ok::<_, Raised>(())
    });
    let (outer, inner) = tokio::join!(outer, entering);
    check_fault(&outer.unwrap_err(), Phase::Exit, FaultKind::Budget);
    check_fault(&inner, Phase::Enter, FaultKind::Lost);
    assert!(inner.faults().next().unwrap().recovery().unwrap().is_released());
    assert_eq!(said.text().matches("left inner\n").count(), 1, "{}", said.text());
    assert!(said.text().contains("recovered inner\n"));
}

#[tokio::test]
async fn those_that_share_a_store_make_errors_within_limits_of_their_own() {
    let (heard, said) = Heard::new();
    let limits = Limits::default().errors(5);
    let errs = awaits("errs").isolation(Isolation::shared()).limits(limits).output(heard);
    let scope = async |errors: u64, millis: u64| {
        errs.with_async([errors, millis], async |_: IgnoredAny| Ok::<_, Raised>(())).await
    };
    for ended in join_all((0..10).map(|_| scope(2, 20))).await {
        ended.unwrap();
    }
    let later = async {
        said.wait_for("made 3\n").await;
        scope(1, 0).await.unwrap();
    };
    let (ended, ()) = tokio::join!(scope(3, 100), later);
    let failure = ended.unwrap_err();
    check_fault(&failure, Phase::Enter, FaultKind::Errors);
    // What it wrote ahead of the call that began meanwhile is told, too.
    assert_eq!(failure.faults().next().unwrap().stderr(), "made 3\nmade 1\n");
}

/// How many scopes its instance had entered before.
async fn served(goes_on: &Manager, goes: &str) -> u32 {
    let ended = goes_on.with_async([goes], async |served: u32| Ok::<_, Infallible>(served)).await;
    ended.unwrap().completed().unwrap()
}

#[tokio::test]
async fn a_store_in_which_the_guest_goes_on_after_its_exit_serves_no_other_scope() {
    let goes_on = awaits("goes_on");
    assert_eq!([served(&goes_on, "").await, served(&goes_on, "").await], [0, 1], "what ends is kept");
    assert_eq!(served(&goes_on, "waits").await, 2);
    assert_eq!(served(&goes_on, "").await, 0);
    assert_eq!(served(&goes_on, "computes").await, 1);
    assert_eq!(served(&goes_on, "").await, 0);
}

/// The outer scope's store is kept by it while the inner one's exit has left something that goes on.
#[tokio::test]
async fn a_store_that_serves_no_call_stands_still_whatever_the_guest_has_begun() {
    let (heard, said) = Heard::new();
    let goes_on = awaits("goes_on").isolation(Isolation::shared()).output(heard);
    let ended = goes_on.with_async([""], async |_: u32| {
        assert_eq!(served(&goes_on, "waits").await, 1, "they share a store");
        let before = said.text();
        // Time goes by, elsewhere.
        awaits("sleeps").with_async([50], async |_: u64| Ok::<_, Infallible>(())).await.unwrap();
        assert_eq!(said.text(), before);
        Ok::<_, Infallible>(())
    });
    ended.await.unwrap();
}

/// Wasmtime would go on with it where no task of the guest is left, too.
#[test]
fn what_the_host_does_for_a_guest_goes_on_only_in_the_time_of_a_call() {
    const LARGE: u64 = 2 << 30;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endless");
    std::fs::write(&file, vec![7; 1 << 20]).unwrap();
    let size = || std::fs::metadata(&file).unwrap().len();
    let stands_still = || {
        // What the system was asked for before may still be done.
        thread::sleep(Duration::from_millis(100));
        let before = size();
        thread::sleep(Duration::from_millis(200));
        assert_eq!(size(), before);
    };
    let copies = awaits("copies").grant(Dir::read_write(folder.path())).unwrap();
    let copies = copies.limits(Limits::default().exit(Duration::from_millis(100)));
    let body = |_: IgnoredAny| {
        stands_still();
        Ok::<_, Raised>(())
    };
    let (before, ended) = (size(), AtomicBool::new(false));
    let is_endless = thread::scope(|threads| {
        let watch = threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) && size() < LARGE {
                thread::sleep(Duration::from_millis(1));
            }
            // It comes to its end where the file does.
            let is_large = size() >= LARGE;
            is_large && File::options().write(true).open(&file).and_then(|file| file.set_len(0)).is_ok()
        });
        // Its exit may come to its end, or to that of its budget.
        drop(copies.with((), body));
        ended.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(!is_endless, "its exit ends");
    assert!(size() > before, "it goes on while the guest is called");
    stands_still();
}

#[tokio::test]
async fn xt_04_what_a_guest_has_begun_computes_only_in_the_time_of_a_call_and_ends_with_its_budget() {
    let limits = Limits::default().enter(SHORT).exit(SHORT);
    let goes_on = awaits("goes_on").isolation(Isolation::shared()).limits(limits);
    let ended = goes_on.with_async([""], async |_: u32| {
        assert_eq!(served(&goes_on, "computes").await, 1, "they share a store");
        let failure = fails(goes_on.clone(), json!({"goes": "", "millis": 20})).await;
        check_fault(&failure, Phase::Enter, FaultKind::Budget);
        Ok::<_, Raised>(())
    });
    check_fault(&ended.await.unwrap_err(), Phase::Exit, FaultKind::Lost);
    assert_eq!(served(&goes_on, "").await, 0);
}

/// A timer of the runtime, while 64 managers that do not await take 10 ms each for their exits. `make bench` measures by how much it is
/// late; here it must be less than what they take, on a machine that has much else to do.
#[tokio::test]
async fn managers_that_do_not_await_do_not_hold_up_the_runtime() {
    let naps = crate::manager(programs::ANSWERS, "naps");
    let scope = async |_| naps.with_async([10], async |_: IgnoredAny| Ok::<_, Infallible>(())).await;
    let mut all = pin!(join_all((0..64).map(scope)));
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    let ended = loop {
        let ended = tokio::select! {
            ended = &mut all => Some(ended),
            () = tokio::time::sleep(Duration::from_millis(1)) => None,
        };
        longest = longest.max(last.elapsed());
        last = Instant::now();
        if let Some(ended) = ended {
            break ended;
        }
    };
    assert!(ended.into_iter().all(|ended| ended.is_ok()));
    assert!(longest < Duration::from_millis(200), "the runtime was held up for {longest:?}");
}

/// Tokio has a task yield after 128 steps, which one that does not await never does.
#[tokio::test]
async fn a_task_has_scopes_of_a_manager_that_awaits_one_after_another_without_an_end() {
    let sleeps = awaits("sleeps");
    for _ in 0..200 {
        sleeps.with((), |_: u64| Ok::<_, Infallible>(())).unwrap();
    }
}

/// One that enters may wait for what another gives up in its exit.
#[tokio::test]
async fn managers_that_do_not_await_exit_however_many_wait_to_enter() {
    let (given_up, waited_in_vain) =
        (Arc::new((Mutex::new(false), Condvar::new())), Arc::new(AtomicBool::new(false)));
    let (gives_up, waits, in_vain) = (given_up.clone(), given_up, waited_in_vain.clone());
    let says = crate::manager(programs::OUTPUT, "says");
    let holds = says.clone().output(move |bytes| {
        if bytes.starts_with(b"exit") {
            *gives_up.0.lock().unwrap() = true;
            gives_up.1.notify_all();
        }
    });
    let waits = says.output(move |_| {
        let (given_up, told) = &*waits;
        let long = if in_vain.load(Ordering::Relaxed) { Duration::ZERO } else { Duration::from_secs(20) };
        let waited =
            told.wait_timeout_while(given_up.lock().unwrap(), long, |given_up| !*given_up).unwrap().1;
        in_vain.fetch_or(waited.timed_out(), Ordering::Relaxed);
    });
    let stack = AsyncExitStack::new();
    let _: IgnoredAny = stack.enter(&holds, ()).await.unwrap();
    let scope = async |_| waits.with_async((), async |_: IgnoredAny| Ok::<_, Infallible>(())).await;
    let (ended, closed) = tokio::join!(join_all((0..1500).map(scope)), stack.close());
    assert!(!waited_in_vain.load(Ordering::Relaxed), "an exit found no thread");
    assert!(closed.is_ok() && ended.into_iter().all(|ended| ended.is_ok()));
}

/// What is called from inside of a call of a shared store enters another.
#[tokio::test(flavor = "multi_thread")]
async fn xt_12_a_guest_that_leads_back_to_its_own_store_is_served_by_another() {
    let (cell, entered) = (Arc::new(OnceLock::<Manager>::new()), Arc::new(Mutex::new(Vec::new())));
    let (inner, seen) = (cell.clone(), entered.clone());
    let outer = awaits("tells").isolation(Isolation::shared()).output(move |_| {
        if seen.lock().unwrap().is_empty() {
            seen.lock().unwrap().push("inner");
            inner.get().unwrap().with(["inner"], |_: IgnoredAny| Ok::<_, Infallible>(())).unwrap();
        }
    });
    cell.set(outer.clone()).unwrap();
    outer.with_async(["outer"], async |_: IgnoredAny| Ok::<_, Infallible>(())).await.unwrap();
    assert_eq!(*entered.lock().unwrap(), ["inner"]);
}

/// Futures are moved before they are awaited, and thousands of them held.
#[test]
fn the_future_of_a_scope_has_room_for_its_body_once() {
    const LARGE: usize = 1 << 16;
    let sleeps = awaits("sleeps");
    let small = async |_: IgnoredAny| {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(())
    };
    let large = async |_: IgnoredAny| {
        let held = [0_u8; LARGE];
        tokio::task::yield_now().await;
        std::hint::black_box(&held);
        Ok::<_, Infallible>(())
    };
    let small = size_of_val(&sleeps.with_async((), small));
    let large = size_of_val(&sleeps.with_async((), large));
    assert!(large < small + LARGE * 3 / 2, "{small} and {large} bytes");
    assert!(small < 1024, "{small} bytes");
}
