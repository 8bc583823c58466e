//! Bodies that are cancelled while they await: their managers see it, and exit once, in order, to the end.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use ambit::{
    AsyncExitStack, Cache, Engine, Failure, Family, Isolation, Limits, Manager, Outcome, Plugin, Raised,
};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;
use tokio_util::sync::CancellationToken;

use crate::{Own, manager};

/// An engine of a test's own, which is settled when that test's scopes are, and a plugin on it.
fn load(path: &str) -> (Engine, Plugin) {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let plugin = engine.load(path).unwrap();
    (engine, plugin)
}

/// What guests and bodies log, line by line.
#[derive(Clone, Default)]
struct Log {
    text: Arc<Mutex<String>>,
    /// What is cancelled once there are so many lines.
    cancels: Arc<[(usize, CancellationToken)]>,
}

impl Log {
    fn add(&self, text: &str) {
        let mut all = self.text.lock().unwrap();
        all.push_str(text);
        let lines = all.lines().count();
        let due = self.cancels.iter().filter(|(at, _)| *at <= lines);
        due.for_each(|(_, token)| token.cancel());
    }

    fn lines(&self) -> Vec<String> {
        self.text.lock().unwrap().lines().map(str::to_owned).collect()
    }

    /// A manager that logs its phases here.
    fn tells(&self, plugin: &Plugin) -> Manager {
        let log = self.clone();
        plugin.manager("tells").unwrap().output(move |bytes| log.add(&String::from_utf8_lossy(bytes)))
    }
}

fn raised<R>(failure: Failure<R, Raised>) -> Raised {
    failure.raised().clone()
}

/// Three managers around a body that awaits.
type Program = for<'a> fn(&'a Manager, &'a Log) -> LocalBoxFuture<'a, Result<(), Raised>>;

const PROGRAMS: [Program; 2] =
    [|tells, log| nested(tells, log).boxed_local(), |tells, log| stacked(tells, log).boxed_local()];

/// Inside of each other.
async fn nested(tells: &Manager, log: &Log) -> Result<(), Raised> {
    let innermost = async |_: IgnoredAny| body(log).await;
    let middle = async |_: IgnoredAny| tells.with_async(["c"], innermost).await.map(drop).map_err(raised);
    let outer = async |_: IgnoredAny| tells.with_async(["b"], middle).await.map(drop).map_err(raised);
    tells.with_async(["a"], outer).await.map(drop).map_err(raised)
}

/// In a stack.
async fn stacked(tells: &Manager, log: &Log) -> Result<(), Raised> {
    let with_stack = async |stack: AsyncExitStack| {
        for name in ["a", "b", "c"] {
            let _: IgnoredAny = stack.enter(tells, [name]).await?;
        }
        body(log).await
    };
    AsyncExitStack::with(with_stack).await.map(drop).map_err(raised)
}

async fn body(log: &Log) -> Result<(), Raised> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    log.add("body: ended\n");
    Ok(())
}

/// How often it awaits until it ends, where nothing cancels it.
async fn awaits(program: Program, plugin: &Plugin) -> usize {
    let log = Log::default();
    let tells = log.tells(plugin);
    let (mut program, mut times) = (program(&tells, &log), 0);
    let counted = std::future::poll_fn(|context| {
        let polled = program.as_mut().poll(context);
        times += usize::from(polled.is_pending());
        polled
    });
    counted.await.unwrap();
    drop(program);
    check(&log.lines());
    assert!(times >= 5, "it awaits three enters, a body and what exits, and did so {times} times");
    times
}

/// Polls a future so often, whenever it is woken; what it gives if it ends by then.
async fn polled<T>(mut future: Pin<&mut impl Future<Output = T>>, mut times: usize) -> Option<T> {
    std::future::poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(None);
        }
        times -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if times == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Each scope whose enter began has entered and exited once, in order; those of a body that did not end saw why.
#[track_caller]
fn check(lines: &[String]) {
    let mut live = Vec::new();
    let mut entering = None;
    let body_ended = lines.iter().any(|line| line == "body: ended");
    for line in lines {
        let (name, what) = line.split_once(": ").unwrap();
        match what {
            "enter" => entering = Some(name),
            "entered" => {
                assert_eq!(entering.take(), Some(name), "{lines:#?}");
                live.push(name);
            }
            "exited" => assert_eq!(live.pop(), Some(name), "{lines:#?}"),
            "ended" | "enter sees that it is cancelled" => {}
            exit => {
                assert_eq!(live.last(), Some(&name), "{lines:#?}");
                let cancelled =
                    ["exit, abandoned, cancelled", "exit, interrupted, cancelled"].contains(&exit);
                assert!(cancelled || (body_ended && exit == "exit, completed"), "{lines:#?}");
            }
        }
    }
    assert!(live.is_empty() && entering.is_none(), "{lines:#?}");
    for name in ["a", "b", "c"] {
        let exits = lines.iter().filter(|line| line.starts_with(&format!("{name}: exit,"))).count();
        let enters = lines.iter().filter(|line| **line == format!("{name}: enter")).count();
        assert!(exits == enters && enters <= 1, "{lines:#?}");
    }
}

/// Wakes a thread that parks.
struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_body_that_is_cancelled_once_its_enter_has_ended_does_not_run() {
    let (manager, token) = (waits_long(), CancellationToken::new());
    let body = async |_: IgnoredAny| -> Result<(), Raised> { panic!("it was cancelled") };
    let scope = ambit::until_cancelled(token.clone(), manager.with_async([LATE], body));
    let waker = Arc::new(Unparks(thread::current())).into();
    let (mut scope, mut context) = (pin!(scope), Context::from_waker(&waker));
    assert!(scope.as_mut().poll(&mut context).is_pending());
    // Its enter wakes it as it ends.
    thread::park();
    token.cancel();
    let ended = loop {
        if let Poll::Ready(ended) = scope.as_mut().poll(&mut context) {
            break ended;
        }
        thread::park();
    };
    assert!(ended.is_err() || ended.is_ok_and(|ended| ended.is_err()));
}

#[tokio::test]
async fn xt_05_a_future_that_is_dropped_at_any_await_exits_all_that_it_entered() {
    let (engine, plugin) = load(programs::AWAITS);
    for program in PROGRAMS {
        for times in 0..=awaits(program, &plugin).await {
            let log = Log::default();
            let tells = log.tells(&plugin);
            {
                let mut program = pin!(program(&tells, &log));
                polled(program.as_mut(), times).await;
            }
            nothing_goes_on(&engine).await;
            check(&log.lines());
        }
    }
    assert_eq!(engine.leak_count(), 0);
}

#[tokio::test]
async fn xt_05_a_token_that_is_cancelled_at_any_await_and_a_second_cancel_after_it_change_no_exit() {
    let (engine, plugin) = load(programs::AWAITS);
    for program in PROGRAMS {
        for times in 0..=awaits(program, &plugin).await {
            for more in [None, Some(0), Some(1), Some(2), Some(4)] {
                cancelled_at(program, &engine, &plugin, times, more).await;
            }
        }
    }
    assert_eq!(engine.leak_count(), 0);
}

/// Cancels a program when it has awaited so many times; and, if it is to be cancelled twice, drops it so many times later.
async fn cancelled_at(program: Program, engine: &Engine, plugin: &Plugin, times: usize, more: Option<usize>) {
    let log = Log::default();
    let (tells, token) = (log.tells(plugin), CancellationToken::new());
    let ended = {
        let mut program = pin!(ambit::until_cancelled(token.clone(), program(&tells, &log)));
        let early = polled(program.as_mut(), times).await;
        token.cancel();
        match (early, more) {
            (Some(ended), _) => Some(ended),
            (None, Some(more)) => polled(program.as_mut(), more).await,
            (None, None) => Some(program.await),
        }
    };
    nothing_goes_on(engine).await;
    let lines = log.lines();
    check(&lines);
    if let Some(ended) = ended {
        let error = ended.and_then(|ended| ended).err();
        let body_ended = lines.iter().any(|line| line == "body: ended");
        assert!(body_ended || error.is_some_and(|raised| raised.is("interrupted")), "{lines:#?}");
    }
}

/// A guest logs a line ahead of each of its awaits, so that it is cancelled while it awaits.
#[tokio::test]
async fn xt_05_a_cancel_at_any_await_of_the_managers_and_a_second_after_it_change_no_exit() {
    let (engine, plugin) = load(programs::AWAITS);
    for program in PROGRAMS {
        let log = Log::default();
        program(&log.tells(&plugin), &log).await.unwrap();
        let all = log.lines();
        assert_eq!(all.len(), 3 * 4 + 1, "{all:#?}");
        for first in 1..=all.len() {
            for second in (first + 1..=all.len()).map(Some).chain([None]) {
                let tokens = [(); 2].map(|()| CancellationToken::new());
                let [inner, outer] = tokens.clone();
                let at = [Some(first), second].into_iter().flatten();
                let log = Log { cancels: at.zip(tokens).collect(), ..Log::default() };
                let tells = log.tells(&plugin);
                let ended = ambit::until_cancelled(inner, program(&tells, &log));
                let ended = ambit::until_cancelled(outer, ended).await;
                nothing_goes_on(&engine).await;
                let lines = log.lines();
                check(&lines);
                let error = ended.and_then(|ended| ended).and_then(|ended| ended).err();
                let body_ended = lines.iter().any(|line| line == "body: ended");
                assert!(body_ended || error.is_some_and(|raised| raised.is("interrupted")), "{lines:#?}");
            }
        }
    }
    assert_eq!(engine.leak_count(), 0);
}

/// All that goes on by itself comes to its end.
async fn nothing_goes_on(engine: &Engine) {
    let unsettled = engine.settled_within(Duration::from_secs(30)).await;
    assert!(unsettled.is_empty(), "{unsettled:?}");
}

#[tokio::test]
async fn xt_05_an_enter_that_is_cancelled_runs_to_its_end_and_is_told() {
    let ((_engine, plugin), token) = (load(programs::AWAITS), CancellationToken::new());
    // As soon as it logs that it enters.
    let log = Log { cancels: [(1, token.clone())].into(), ..Log::default() };
    let tells = log.tells(&plugin);
    let ended = ambit::until_cancelled(token, async {
        tells.with_async(["a"], async |_: IgnoredAny| unreachable_body()).await
    });
    let failure = ended.await.unwrap().unwrap_err();
    assert!(failure.raised().is("interrupted"), "{failure}");
    let expected =
        ["enter", "enter sees that it is cancelled", "entered", "exit, interrupted, cancelled", "exited"];
    assert_eq!(log.lines(), expected.map(|line| format!("a: {line}")));
}

fn unreachable_body() -> Result<(), Raised> {
    panic!("no body runs where the enter was cancelled")
}

#[tokio::test]
async fn xt_04_a_body_that_awaits_and_is_over_its_time_is_cancelled() {
    let limits = Limits::default().body(Some(Duration::from_millis(20)));
    for (path, name) in [(programs::AWAITS, "suppresses"), (programs::ANSWERS, "suppresses")] {
        let failure = manager(path, name)
            .limits(limits)
            .with_async((), async |_: IgnoredAny| std::future::pending::<Result<(), Own>>().await)
            .await
            .unwrap_err();
        assert_eq!(failure.raised().family(), Family::Cancelled);
        assert!(failure.raised().is("timed-out"), "{failure}");
        assert!(failure.body().is_none());
        assert_eq!(failure.incidents().len(), 1, "the suppression was refused: {failure:?}");
    }
}

#[tokio::test]
async fn the_time_of_an_outer_body_cancels_the_inner_one_first() {
    let ((_engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let tells = log.tells(&plugin);
    let limited = tells.clone().limits(Limits::default().body(Some(Duration::from_millis(30))));
    let outer = async |_: IgnoredAny| {
        let inner = async |_: IgnoredAny| std::future::pending::<Result<(), Raised>>().await;
        let inner = tells.with_async(["b"], inner).await.map(drop).map_err(raised);
        log.add("body: ended\n");
        inner
    };
    let failure = limited.with_async(["a"], outer).await.unwrap_err();
    assert!(failure.into_body().unwrap().is("timed-out"));
    let lines = log.lines();
    let exits: Vec<_> =
        lines.iter().filter(|line| line.contains(": exit") || line.starts_with("body")).collect();
    let expected = [
        "b: exit, timed-out, cancelled",
        "b: exited",
        "body: ended",
        "a: exit, timed-out, cancelled",
        "a: exited",
    ];
    assert_eq!(exits, expected);
}

#[tokio::test]
async fn a_body_that_takes_no_notice_is_cancelled_where_it_awaits_next() {
    let token = CancellationToken::new();
    let (reached, tells) = (Arc::new(Mutex::new(false)), manager(programs::AWAITS, "sleeps"));
    let flag = reached.clone();
    let ended = ambit::until_cancelled(token.clone(), async {
        tells
            .with_async((), async |_: u64| {
                let inner = tells.with_async((), async |_: u64| {
                    token.cancel();
                    std::future::pending::<Result<(), Raised>>().await
                });
                assert!(inner.await.unwrap_err().raised().is("interrupted"));
                *flag.lock().unwrap() = true;
                std::future::pending::<Result<(), Raised>>().await
            })
            .await
    });
    assert!(ended.await.unwrap().unwrap_err().raised().is("interrupted"));
    assert!(*reached.lock().unwrap());
}

#[tokio::test]
async fn a_body_that_panics_is_exited_and_the_panic_goes_on() {
    let ((_engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let tells = log.tells(&plugin);
    let panics = async move |_: IgnoredAny| -> Result<(), Raised> { panic!("on purpose") };
    let ended = tokio::spawn(async move { tells.with_async(["a"], panics).await.map(drop).map_err(raised) });
    assert!(ended.await.unwrap_err().is_panic());
    assert_eq!(log.lines()[2], "a: exit, panic");
}

/// Runs a body that waits for ever, and drops it when it has begun.
async fn drop_in_its_body(manager: &Manager, inputs: Json) {
    let begun = tokio::sync::Notify::new();
    let body = async |_: IgnoredAny| {
        begun.notify_one();
        std::future::pending::<Result<(), Raised>>().await
    };
    tokio::select! {
        ended = manager.with_async(inputs, body) => panic!("it waits for ever: {ended:?}"),
        () = begun.notified() => {}
    }
}

#[tokio::test]
async fn a_manager_that_does_not_await_is_exited_too_where_its_future_is_dropped() {
    let (engine, plugin) = load(programs::ANSWERS);
    drop_in_its_body(&plugin.manager("reraises").unwrap(), json!({})).await;
    assert!(engine.settled_within(Duration::from_secs(30)).await.is_empty());
    assert_eq!(engine.leak_count(), 0);
}

#[tokio::test]
async fn what_is_not_settled_in_time_is_named() {
    let (engine, plugin) = load(programs::AWAITS);
    let limits = Limits::default().exit(Duration::from_millis(300));
    let never = plugin.manager("never").unwrap().limits(limits);
    drop_in_its_body(&never, json!([false])).await;
    let unsettled = engine.settled_within(Duration::from_millis(1)).await;
    assert_eq!(unsettled.len(), 1, "{unsettled:?}");
    assert!(
        unsettled[0].to_string().starts_with("the exit of a scope of `never`, entered at "),
        "{}",
        unsettled[0]
    );
    engine.settled().await;
}

#[tokio::test]
async fn a_completed_body_has_completed_though_its_token_is_cancelled() {
    let token = CancellationToken::new();
    let sleeps = manager(programs::AWAITS, "sleeps");
    let ended = ambit::until_cancelled(token.clone(), async {
        sleeps
            .with_async([0, 20], async |_: u64| {
                token.cancel();
                Ok::<_, Own>(1)
            })
            .await
    });
    assert_eq!(ended.await.unwrap().unwrap(), Outcome::Completed(1));
}

/// Polls a body until it has logged this line, and leaves it there.
async fn polled_until<T>(mut future: Pin<&mut impl Future<Output = T>>, log: &Log, line: &str) {
    while !log.lines().iter().any(|logged| logged == line) {
        assert!(polled(future.as_mut(), 1).await.is_none(), "it goes on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn several_that_are_entered_at_once_and_dropped_half_way_exit_by_themselves() {
    let ((engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let limits = Limits::default().enter(Duration::from_millis(300));
    let (tells, never) = (log.tells(&plugin), plugin.manager("never").unwrap().limits(limits));
    let stack = AsyncExitStack::new();
    let mut entering =
        Box::pin(stack.enter_all::<IgnoredAny, _>([(&tells, json!(["a"])), (&never, json!([true]))]));
    polled_until(entering.as_mut(), &log, "a: entered").await;
    while engine.settled_within(Duration::ZERO).await.len() > 1 {
        tokio::task::yield_now().await;
    }
    // Now it has the scope of the first.
    assert!(polled(entering.as_mut(), 1).await.is_none());
    drop(entering);
    nothing_goes_on(&engine).await;
    assert_eq!(log.lines()[2..], ["a: exit, abandoned, cancelled", "a: exited"]);
    assert_eq!(engine.leak_count(), 0);
}

/// Such a time is for a test that would wait for ever where it fails.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it comes to its end")
}

/// Logs that it has begun, and waits for ever.
async fn waits(log: &Log) -> Result<(), Raised> {
    log.add("body: began\n");
    std::future::pending().await
}

#[tokio::test]
async fn a_body_is_cancelled_though_it_holds_another_that_it_polls_no_more() {
    let (engine, plugin) = load(programs::AWAITS);
    // While the other has its body, and while it exits.
    for line in ["body: began", "b: exit, replaced"] {
        let (log, token) = (Log::default(), CancellationToken::new());
        let tells = log.tells(&plugin);
        let outer = async |_: IgnoredAny| {
            let inner = tells.with_async(["b"], async |_: IgnoredAny| {
                if line == "body: began" {
                    return waits(&log).await;
                }
                Err(Raised::new(Family::Error, ["replaced"], "it ends"))
            });
            let mut inner = Box::pin(inner);
            polled_until(inner.as_mut(), &log, line).await;
            token.cancel();
            std::future::pending::<Result<(), Raised>>().await
        };
        let ended = in_time(ambit::until_cancelled(token.clone(), tells.with_async(["a"], outer))).await;
        assert!(ended.unwrap().unwrap_err().raised().is("interrupted"));
        nothing_goes_on(&engine).await;
        let lines = log.lines();
        let exits: Vec<_> = lines.iter().filter(|line| line.contains(": exit")).collect();
        let first = if line == "body: began" { "b: exit, interrupted, cancelled" } else { line };
        assert_eq!(exits, [first, "b: exited", "a: exit, interrupted, cancelled", "a: exited"]);
    }
}

/// Also where bodies are polled by who polls only what was woken.
#[tokio::test]
async fn a_cancellation_comes_back_only_when_all_inside_have_exited() {
    let (_engine, plugin) = load(programs::AWAITS);
    for _ in 0..20 {
        let (log, token, began) = (Log::default(), CancellationToken::new(), Barrier::new(101));
        let tells = log.tells(&plugin).isolation(Isolation::shared());
        let scope = async |_| {
            let outer = async |_: IgnoredAny| {
                let inner = async |_: IgnoredAny| {
                    began.wait().await;
                    std::future::pending::<Result<(), Raised>>().await
                };
                tells.with_async(["b"], inner).await.map(drop).map_err(raised)
            };
            tells.with_async(["a"], outer).await.map(drop).map_err(raised)
        };
        let cancel = async {
            began.wait().await;
            let token = token.clone();
            tokio::task::spawn_blocking(move || token.cancel()).await.unwrap();
        };
        let all = ambit::until_cancelled(token.clone(), futures::future::join_all((0..100).map(scope)));
        let (ended, ()) = in_time(async { tokio::join!(all, cancel) }).await;
        assert_eq!(log.lines().iter().filter(|line| line.ends_with(": exited")).count(), 200);
        assert!(ended.unwrap().into_iter().all(|ended| ended.unwrap_err().is("interrupted")));
    }
}

#[tokio::test]
async fn an_exit_does_not_wait_for_a_body_that_whoever_waits_for_it_holds() {
    let ((engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let tells = log.tells(&plugin);
    let mut held = None;
    let ended = tells.with_async(["a"], async |_: IgnoredAny| {
        let mut inner = Box::pin(tells.with_async(["b"], async |_: IgnoredAny| waits(&log).await));
        polled_until(inner.as_mut(), &log, "body: began").await;
        held = Some(inner);
        Ok::<_, Raised>(())
    });
    in_time(ended).await.unwrap();
    assert_eq!(log.lines().last().unwrap(), "a: exited");
    drop(held);
    nothing_goes_on(&engine).await;
    assert_eq!(log.lines().last().unwrap(), "b: exited");
}

#[tokio::test]
async fn a_body_that_begins_others_again_and_again_ends_where_it_is_cancelled() {
    let ((engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let (tells, token) = (log.tells(&plugin), CancellationToken::new());
    let again = async |cancel: &CancellationToken| -> Result<(), Raised> {
        loop {
            let body = async |_: IgnoredAny| {
                cancel.cancel();
                std::future::pending::<Result<(), Raised>>().await
            };
            drop(tells.with_async(["b"], body).await);
        }
    };
    let ended = in_time(ambit::until_cancelled(token.clone(), again(&token))).await;
    assert!(ended.unwrap_err().is("interrupted"));

    let limited = tells.clone().limits(Limits::default().body(Some(Duration::from_millis(30))));
    let outer = async |_: IgnoredAny| again(&CancellationToken::new()).await;
    let failure = in_time(limited.with_async(["a"], outer)).await.unwrap_err();
    assert!(failure.raised().is("timed-out"), "{failure}");

    nothing_goes_on(&engine).await;
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|line| **line == "b: enter").count(), 2, "{lines:#?}");
}

#[tokio::test]
async fn what_was_cancelled_enters_nothing_any_more() {
    let ((_engine, plugin), log) = (load(programs::AWAITS), Log::default());
    let (tells, token) = (log.tells(&plugin), CancellationToken::new());
    token.cancel();
    let stack = AsyncExitStack::new();
    let one =
        async || tells.with_async(["a"], async |_: IgnoredAny| unreachable_body()).await.map_err(raised);
    let entered = async || stack.enter::<IgnoredAny, _>(&tells, ["a"]).await;
    let all = async || stack.enter_all::<IgnoredAny, _>([(&tells, ["a"])]).await;
    for ended in [
        ambit::until_cancelled(token.clone(), one()).await.and_then(|ended| ended.map(drop)),
        ambit::until_cancelled(token.clone(), entered()).await.and_then(|ended| ended.map(drop)),
        ambit::until_cancelled(token.clone(), all()).await.and_then(|ended| ended.map(drop)),
    ] {
        assert!(ended.unwrap_err().is("interrupted"));
    }
    assert!(log.lines().is_empty() && stack.is_empty());
}

/// So many milliseconds a manager waits, so that what is polled once meanwhile has not come to its end.
const LATE: u64 = 300;

/// It waits so long before its body, and so long after it.
fn waits_long() -> Manager {
    manager(programs::AWAITS, "sleeps")
}

/// What goes on in a stack when the body around it is dropped.
type Stacked = for<'a> fn(&'a Manager, &'a Log) -> LocalBoxFuture<'a, ()>;

#[tokio::test]
async fn stacks_of_a_body_that_is_dropped_exit_ahead_of_it() {
    let (engine, plugin) = load(programs::AWAITS);
    let is_held: Stacked = |tells, log| {
        async move {
            let stack = AsyncExitStack::new();
            let _: IgnoredAny = stack.enter(tells, ["b"]).await.unwrap();
            waits(log).await.unwrap();
        }
        .boxed_local()
    };
    let unwinds: Stacked = |tells, log| {
        async move {
            let stack = AsyncExitStack::new();
            let _: IgnoredAny = stack.enter(tells, ["b"]).await.unwrap();
            let _: IgnoredAny = stack.enter(&waits_long(), [0, LATE]).await.unwrap();
            let mut unwinding = Box::pin(stack.close());
            assert!(polled(unwinding.as_mut(), 1).await.is_none());
            waits(log).await.unwrap();
        }
        .boxed_local()
    };
    let fails: Stacked = |tells, log| {
        async move {
            let (stack, raises) = (AsyncExitStack::new(), manager(programs::ANSWERS, "raises_before"));
            let late = waits_long();
            let all = [(tells, json!(["b"])), (&late, json!([0, LATE])), (&raises, json!([]))];
            let mut entering = Box::pin(stack.enter_all::<IgnoredAny, _>(all));
            while !log.lines().iter().any(|line| line.starts_with("b: exit, ")) {
                assert!(polled(entering.as_mut(), 1).await.is_none());
                tokio::task::yield_now().await;
            }
            waits(log).await.unwrap();
        }
        .boxed_local()
    };
    for (what, body) in [("is held", is_held), ("unwinds", unwinds), ("fails", fails)] {
        let log = Log::default();
        let tells = log.tells(&plugin);
        let outer = async |_: IgnoredAny| {
            body(&tells, &log).await;
            Ok::<_, Raised>(())
        };
        let mut scope = Box::pin(tells.with_async(["a"], outer));
        polled_until(scope.as_mut(), &log, "body: began").await;
        drop(scope);
        // Its exit is not settled, and it is behind the stack's.
        nothing_goes_on(&engine).await;
        let lines = log.lines();
        let at = |line: &str| lines.iter().position(|logged| logged.starts_with(line)).unwrap();
        assert!(at("b: exited") < at("a: exit, abandoned"), "{what}: {lines:#?}");
    }
}

/// Their exits begin as their futures are dropped with the runtime that drives their stores, and go on elsewhere.
#[test]
fn xt_05_scopes_exit_though_the_runtime_that_awaits_them_shuts_down() {
    let shut_down: [fn(Runtime); 3] =
        [drop, Runtime::shutdown_background, |runtime| runtime.shutdown_timeout(Duration::from_millis(100))];
    let builders = [Builder::new_current_thread, || {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2);
        builder
    }];
    let (engine, plugin) = load(programs::AWAITS);
    let another = Builder::new_current_thread().enable_all().build().unwrap();
    for isolation in [Isolation::lease(), Isolation::shared()] {
        for new in builders {
            for shut_down in shut_down {
                for count in [1, 2, 20] {
                    let log = Log::default();
                    let tells = log.tells(&plugin).isolation(isolation);
                    let runtime = new().enable_all().build().unwrap();
                    let all_are_entered = Arc::new(Barrier::new(count + 1));
                    for _ in 0..count {
                        let (tells, all_are_entered) = (tells.clone(), all_are_entered.clone());
                        runtime.spawn(async move {
                            let body = async |_: IgnoredAny| {
                                all_are_entered.wait().await;
                                std::future::pending::<Result<(), Infallible>>().await
                            };
                            tells.with_async(["it"], body).await.map(drop)
                        });
                    }
                    runtime.block_on(all_are_entered.wait());
                    shut_down(runtime);
                    let exited = || log.lines().iter().filter(|line| line.contains("exited")).count();
                    let began = Instant::now();
                    // Some ways to shut down do not wait until the futures are dropped.
                    while exited() < count {
                        assert!(began.elapsed() < Duration::from_secs(20), "{count}: {:#?}", log.lines());
                        thread::yield_now();
                    }
                    another.block_on(nothing_goes_on(&engine));
                    assert_eq!(exited(), count, "{:#?}", log.lines());
                }
            }
        }
    }
    assert_eq!(engine.leak_count(), 0);
}
