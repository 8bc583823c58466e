//! Where scopes are used: inside of one another, on threads, around functions.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ambit::{Cache, Describe as _, Engine, Limits, Outcome};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answers::answers;
use crate::{Own, complete, manager};

#[test]
fn a_failure_of_an_inner_with_is_the_same_error_to_an_outer_one() {
    let (outer, inner) = (answers("notes"), answers("reraises"));
    let ended = outer.with(json!({"note": "seen"}), |_: IgnoredAny| {
        inner.with((), |_: IgnoredAny| Err::<(), _>(std::io::Error::other("deep")))
    });
    let inner = ended.unwrap_err().into_body().unwrap();
    assert_eq!(inner.raised().notes(), ["seen"]);
    assert!(inner.describe().is_same(inner.raised()));
    assert_eq!(inner.into_body().unwrap().to_string(), "deep");
}

#[test]
fn an_error_inside_of_a_failure_that_is_replaced_stays_in_the_chain() {
    let (outer, inner) = (answers("replaces"), answers("reraises"));
    let text: Arc<str> = "deep".into();
    let ended =
        outer.with((), |_: IgnoredAny| inner.with((), |_: IgnoredAny| Err::<(), _>(Own(text.clone()))));
    let failure = ended.unwrap_err();
    let own =
        failure.raised().chain().find_map(|(_, raised)| raised.native::<Own>().map(|own| own.0.clone()));
    assert!(Arc::ptr_eq(&own.unwrap(), &text));
}

#[test]
fn a_manager_works_inside_of_itself() {
    fn deep(manager: &ambit::Manager, depth: u32) -> u32 {
        let ended = manager.with((), |_: IgnoredAny| {
            Ok::<_, Infallible>(if depth == 0 { 0 } else { 1 + deep(manager, depth - 1) })
        });
        ended.unwrap().completed().unwrap()
    }
    assert_eq!(deep(&answers("reraises"), 10), 10);
}

#[test]
fn with_works_on_a_thread_of_a_tokio_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let output = manager(programs::OUTPUT, "says");
        assert_eq!(complete(&output).unwrap(), Outcome::Completed(7));
    });
}

#[test]
fn scopes_run_on_many_threads_at_once() {
    let reraises = answers("reraises");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(complete(&reraises).unwrap(), Outcome::Completed(7));
                }
            });
        }
    });
}

#[test]
fn a_decorated_function_enters_a_fresh_scope_for_every_call() {
    let decorated = answers("reraises").wrap((), |number: u32| Ok::<_, Infallible>(number + 1)).unwrap();
    assert_eq!(decorated(1).unwrap(), Outcome::Completed(2));
    assert_eq!(decorated(2).unwrap(), Outcome::Completed(3));
}

/// Its store waits for the next scope, and must hold nothing of the body around the one before.
#[tokio::test]
async fn a_manager_that_was_used_is_let_go_with_its_engine() {
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let reraises = engine.load(programs::ANSWERS).unwrap().manager("reraises").unwrap();
    let held = Arc::new(());
    let listener = held.clone();
    let limits = Limits::default().body(Some(Duration::from_secs(60)));
    let limited = reraises.limits(limits).output(move |_| assert!(Arc::strong_count(&listener) > 0));
    limited.with_async((), async |_: IgnoredAny| Ok::<_, Infallible>(())).await.unwrap();
    engine.settled().await;
    drop((limited, engine));
    let began = Instant::now();
    // Another thread may be about to let go of it.
    while Arc::strong_count(&held) > 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "it is held");
        tokio::task::yield_now().await;
    }
}
