//! Exit stacks of bodies that await.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ambit::{
    Answer, AsyncExitStack, Cache, Engine, ErrorKind, Family, Fault, FaultKind, Isolation, Limits, Outcome,
    Phase, Raised, Released,
};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, manager};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn callback(&self, stack: &AsyncExitStack, text: &'static str) {
        let log = self.clone();
        stack.callback(async move || {
            tokio::time::sleep(Duration::from_millis(1)).await;
            log.add(text);
            Ok(())
        });
    }
}

#[tokio::test]
async fn managers_of_either_kind_and_functions_exit_last_in_first_out() {
    let log = Log::default();
    let ended = AsyncExitStack::with(async |stack| {
        log.callback(&stack, "first");
        let slept: u64 = stack.enter(&manager(programs::AWAITS, "sleeps"), [1, 1]).await?;
        let _: IgnoredAny = stack.enter(&manager(programs::ANSWERS, "reraises"), ()).await?;
        let seen = log.clone();
        stack.push(async move |pending: Option<Raised>| {
            seen.add(pending.map_or("nothing".into(), |raised| raised.message().to_owned()));
            Answer::Passed
        });
        log.callback(&stack, "last");
        assert_eq!(stack.len(), 5);
        Ok::<_, Raised>(slept)
    });
    assert_eq!(ended.await.unwrap().completed(), Some(1));
    assert_eq!(log.lines(), ["last", "nothing", "first"]);
}

#[tokio::test]
async fn the_error_of_the_body_may_be_suppressed_or_comes_back() {
    let body = async |stack: AsyncExitStack| {
        let _: IgnoredAny = stack.enter(&manager(programs::AWAITS, "suppresses"), ()).await.unwrap();
        Err::<(), _>(Own("own".into()))
    };
    assert_eq!(AsyncExitStack::with(body).await.unwrap(), Outcome::Suppressed(Own("own".into())));
    let body = async |stack: AsyncExitStack| {
        let _: IgnoredAny = stack.enter(&manager(programs::AWAITS, "sleeps"), ()).await.unwrap();
        Err::<(), _>(Own("own".into()))
    };
    assert_eq!(AsyncExitStack::with(body).await.unwrap_err().into_body().unwrap(), Own("own".into()));
}

#[tokio::test]
async fn what_is_popped_exits_when_it_is_closed_and_with_the_outcome_that_is_chosen() {
    let log = Log::default();
    let mut kept = None;
    let ended = AsyncExitStack::with(async |stack| {
        log.callback(&stack, "popped");
        kept = Some(stack.pop_all());
        Ok::<_, Raised>(())
    });
    ended.await.unwrap();
    log.add("after");
    let raised = Raised::new(Family::Error, ["kind"], "chosen");
    let ending = kept.unwrap().unwind(Some(raised.clone())).await;
    assert!(ending.pending.unwrap().is_same(&raised));
    assert_eq!(log.lines(), ["after", "popped"]);
}

#[tokio::test]
async fn tasks_share_a_stack() {
    let log = Log::default();
    let shared = log.clone();
    let ended = AsyncExitStack::with(async |stack| {
        let enter = |millis: u64| {
            let (stack, log) = (stack.clone(), shared.clone());
            tokio::spawn(async move {
                let _: u64 = stack.enter(&manager(programs::AWAITS, "sleeps"), [millis]).await?;
                log.add(millis.to_string());
                Ok::<_, Raised>(())
            })
        };
        let tasks = [enter(60), enter(1)];
        for task in tasks {
            task.await.unwrap()?;
        }
        assert_eq!(stack.len(), 2);
        Ok::<_, Raised>(())
    });
    ended.await.unwrap();
    assert_eq!(log.lines(), ["1", "60"]);
}

#[tokio::test]
async fn a_finalizer_is_told_that_the_exit_was_lost() {
    let log = Log::default();
    let seen = log.clone();
    let failure = AsyncExitStack::with(async |stack| {
        let _: IgnoredAny = stack.enter(&manager(programs::AWAITS, "panics"), ()).await?;
        stack.finalizer(async move |released: Released| {
            seen.add(released.fault().map_or("exited".into(), |fault| fault.kinds()[1].clone()));
            Ok(())
        })?;
        Ok::<_, Raised>(())
    });
    assert_eq!(failure.await.unwrap_err().faults().count(), 1);
    assert_eq!(log.lines(), ["guest-panic"]);
    let none = AsyncExitStack::new().finalizer(async |_| Ok(())).unwrap_err();
    assert_eq!(none.native::<ambit::Error>().unwrap().kind(), ErrorKind::NoScope);
}

#[tokio::test]
async fn a_panic_of_a_callback_skips_no_exit_and_goes_on() {
    let log = Log::default();
    let seen = log.clone();
    let panicked = tokio::spawn(async move {
        AsyncExitStack::with(async |stack| {
            seen.callback(&stack, "ran");
            stack.callback(async || panic!("on purpose"));
            Ok::<_, Raised>(())
        })
        .await
        .map(drop)
        .map_err(|failure| failure.raised().clone())
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(log.lines(), ["ran"]);
}

#[tokio::test]
async fn a_stack_whose_future_is_dropped_unwinds_by_itself() {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let sleeps = engine.load(programs::AWAITS).unwrap().manager("sleeps").unwrap();
    let log = Log::default();
    let body = async |stack: AsyncExitStack| {
        let seen = log.clone();
        stack.push(async move |pending: Option<Raised>| {
            seen.add(pending.map_or("nothing".into(), |raised| raised.kinds()[0].clone()));
            Answer::Passed
        });
        let _: u64 = stack.enter(&sleeps, [0, 20]).await?;
        std::future::pending::<Result<(), Raised>>().await
    };
    let within = tokio::time::timeout(Duration::from_millis(500), AsyncExitStack::with(body));
    assert!(within.await.is_err());
    // This waits for the function, too, which lies beneath the scope.
    engine.settled().await;
    assert_eq!(log.lines(), ["abandoned"]);
    assert_eq!(engine.leak_count(), 0);
}

#[tokio::test]
async fn xt_10_a_stack_whose_last_handle_is_dropped_unwinds_and_is_told_as_a_leak() {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let sleeps = engine.load(programs::AWAITS).unwrap().manager("sleeps").unwrap();
    let stack = AsyncExitStack::new();
    let _: u64 = stack.enter(&sleeps, ()).await.unwrap();
    drop(stack.clone());
    assert_eq!(stack.len(), 1);
    drop(stack);
    engine.settled().await;
    assert_eq!(engine.leaks()[0].manager, "sleeps");
}

#[tokio::test]
async fn what_a_stack_has_still_to_exit_is_listed_once() {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let sleeps = engine.load(programs::AWAITS).unwrap().manager("sleeps").unwrap();
    let (stack, (tell, told)) = (AsyncExitStack::new(), tokio::sync::oneshot::channel());
    let phases = async |engine: &Engine| {
        let listed = engine.settled_within(Duration::ZERO).await;
        listed.into_iter().map(|listed| (listed.manager, listed.phase)).collect::<Vec<_>>()
    };
    let _: u64 = stack.enter(&sleeps, [0, 1]).await.unwrap();
    let inner = engine.clone();
    stack.callback(async move || {
        // What lies above has exited.
        drop(tell.send(phases(&inner).await));
        Ok(())
    });
    let _: Vec<u64> = stack.enter_all([(&sleeps, [0, 200]), (&sleeps, [0, 200])]).await.unwrap();
    let closing = tokio::spawn(async move { stack.close().await });
    while phases(&engine).await.is_empty() {
        tokio::task::yield_now().await;
    }
    let exit = || ("sleeps".to_owned(), Phase::Exit);
    assert_eq!(phases(&engine).await, [exit(), exit(), exit()]);
    assert_eq!(told.await.unwrap(), [exit()]);
    closing.await.unwrap().unwrap();
    engine.settled().await;
    assert_eq!(phases(&engine).await, []);
}

#[tokio::test]
async fn the_body_of_a_stack_has_the_time_of_the_scope_that_gives_it_least() {
    let limits = |millis| Limits::default().body(Some(Duration::from_millis(millis)));
    let sleeps = manager(programs::AWAITS, "sleeps");
    let began = Instant::now();
    let failure = AsyncExitStack::with(async |stack| {
        let _: u64 = stack.enter(&sleeps.clone().limits(limits(60_000)), ()).await?;
        let _: u64 = stack.enter(&sleeps.clone().limits(limits(30)), ()).await?;
        std::future::pending::<Result<(), Raised>>().await
    });
    assert!(failure.await.unwrap_err().raised().is("timed-out"));
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn an_enter_that_fails_is_not_in_the_stack() {
    let stack = AsyncExitStack::new();
    let error =
        stack.enter::<u64, _>(&manager(programs::AWAITS, "sleeps"), json!({"no": 1})).await.unwrap_err();
    assert!(error.is("invalid-argument"), "{error}");
    assert!(stack.is_empty());
}

#[tokio::test]
async fn several_are_entered_at_once_and_exit_at_once() {
    let sleeps = manager(programs::AWAITS, "sleeps");
    let began = Instant::now();
    let ended = AsyncExitStack::with(async |stack| {
        let all = (0..20).map(|_| (&sleeps, [200, 200]));
        stack.enter_all::<u64, _>(all).await
    });
    assert_eq!(ended.await.unwrap().completed().unwrap(), [200; 20]);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn where_one_of_several_is_not_entered_the_others_exit_and_none_is_in_the_stack() {
    let stack = AsyncExitStack::new();
    let (sleeps, raises) =
        (manager(programs::AWAITS, "suppresses"), manager(programs::ANSWERS, "raises_before"));
    let raised =
        stack.enter_all::<IgnoredAny, _>([(&sleeps, ()), (&raises, ()), (&sleeps, ())]).await.unwrap_err();
    assert!(raised.members().is_empty() && stack.is_empty(), "{raised}");
    let raised =
        stack.enter_all::<IgnoredAny, _>([(&raises, ()), (&sleeps, ()), (&raises, ())]).await.unwrap_err();
    assert_eq!(raised.members().len(), 2, "{raised}");
}

#[tokio::test]
async fn all_errors_of_those_that_exit_at_once_are_kept() {
    let raises = manager(programs::ANSWERS, "raises_after");
    let failure = AsyncExitStack::with(async |stack| {
        let _: Vec<IgnoredAny> = stack.enter_all([(&raises, ()), (&raises, ())]).await?;
        Ok::<_, Raised>(())
    });
    assert_eq!(failure.await.unwrap_err().raised().members().len(), 2);
}

/// As of a scope that is entered by itself.
#[tokio::test]
async fn one_of_several_that_gives_what_is_no_value_loses_the_store_that_it_shares() {
    let limits = Limits::default().value(1);
    let sleeps = manager(programs::AWAITS, "sleeps").isolation(Isolation::shared()).limits(limits);
    let ended = sleeps.with_async([1], async |_: u64| {
        let stack = AsyncExitStack::new();
        let raised = stack.enter_all::<u64, _>([(&sleeps, [2]), (&sleeps, [10])]).await.unwrap_err();
        assert_eq!(raised.native::<Fault>().unwrap().kind(), FaultKind::Protocol, "{raised}");
        assert!(stack.is_empty());
        Ok::<_, Raised>(())
    });
    let failure = ended.await.unwrap_err();
    assert_eq!(failure.faults().map(Fault::kind).collect::<Vec<_>>(), [FaultKind::Lost], "{failure:?}");
}
