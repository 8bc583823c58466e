//! Bodies inside of bodies that are cancelled.

use std::time::Duration;

use ambit::{Family, Isolation, Limits, Raised};
use serde::de::IgnoredAny;
use tokio::sync::Barrier;
use tokio_util::sync::CancellationToken;

use super::{Log, in_time, load, nothing_goes_on, polled_until, raised, waits};

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
