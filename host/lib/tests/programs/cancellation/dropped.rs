//! Futures that are dropped, with the runtime or without: their scopes exit by themselves.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ambit::{AsyncExitStack, Isolation, Limits, Manager, Raised};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;

use super::{LATE, Log, load, nothing_goes_on, polled, polled_until, waits, waits_long};
use crate::manager;

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
