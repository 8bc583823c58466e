//! A stack of three managers, cancelled at each of its awaits, once and twice.

use std::pin::pin;
use std::time::Duration;

use ambit::{AsyncExitStack, Engine, Manager, Plugin, Raised};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde::de::IgnoredAny;
use tokio_util::sync::CancellationToken;

use super::{Log, load, nothing_goes_on, polled, raised};

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
