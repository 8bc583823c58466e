//! Bodies that are cancelled while they await: their managers see it, and exit once, in order, to the end.

mod dropped;
mod every_await;
mod inside;

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::Duration;

use ambit::{AsyncExitStack, Cache, Engine, Failure, Family, Limits, Manager, Outcome, Plugin, Raised};
use serde::de::IgnoredAny;
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

/// Polls a body until it has logged this line, and leaves it there.
async fn polled_until<T>(mut future: Pin<&mut impl Future<Output = T>>, log: &Log, line: &str) {
    while !log.lines().iter().any(|logged| logged == line) {
        assert!(polled(future.as_mut(), 1).await.is_none(), "it goes on");
        tokio::task::yield_now().await;
    }
}

/// All that goes on by itself comes to its end.
async fn nothing_goes_on(engine: &Engine) {
    let unsettled = engine.settled_within(Duration::from_secs(30)).await;
    assert!(unsettled.is_empty(), "{unsettled:?}");
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

fn unreachable_body() -> Result<(), Raised> {
    panic!("no body runs where the enter was cancelled")
}

/// So many milliseconds a manager waits, so that what is polled once meanwhile has not come to its end.
const LATE: u64 = 300;

/// It waits so long before its body, and so long after it.
fn waits_long() -> Manager {
    manager(programs::AWAITS, "sleeps")
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
