//! Managers that await, around bodies that do.

use std::time::Duration;

use ambit::{Manager, Raised};
use serde::de::IgnoredAny;

use super::stage::{Stage, script_of};

/// Runs it on a runtime of its own.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(super) fn a_body_that_is_given_up_is_cancelled(stage: &Stage<'_>) {
    let (scripted, sink) = stage.scripted();
    block_on(async {
        give_up_in_its_body(&scripted, "a").await;
        assert!(stage.guests.engine().settled_within(Duration::from_secs(30)).await.is_empty());
    });
    assert_eq!(
        sink.take(),
        "a: enter\na: caught abandoned(the scope was given up before its body ended)\na: exit\n"
    );
}

/// Enters a manager, and drops the body at its first await.
async fn give_up_in_its_body(scripted: &Manager, name: &str) {
    let begun = tokio::sync::Notify::new();
    let body = async |_: IgnoredAny| {
        begun.notify_one();
        std::future::pending::<Result<(), Raised>>().await
    };
    tokio::select! {
        ended = scripted.with_async(script_of(name, "reraise"), body) => panic!("it awaits for ever: {ended:?}"),
        () = begun.notified() => {}
    }
}

pub(super) fn a_function_calls_itself_in_fresh_scopes(stage: &Stage<'_>) {
    block_on(async {
        let recursive = stage.shared("recursive");
        assert_eq!(nest(&recursive, 10).await, (1..=10).collect::<Vec<_>>());
        assert_eq!(nest(&recursive, 1).await, [1]);
    });
}

/// Calls a function in the manager, which calls itself so often; what each scope gives, from the outermost on.
async fn nest(recursive: &Manager, deep: u32) -> Vec<u32> {
    if deep == 0 {
        return Vec::new();
    }
    let body =
        async |depth: u32| Ok::<_, Raised>([vec![depth], Box::pin(nest(recursive, deep - 1)).await].concat());
    recursive.with_async((), body).await.unwrap().completed().unwrap()
}

pub(super) fn what_a_body_gave_up_exits_ahead_of_it(stage: &Stage<'_>) {
    let (scripted, sink) = stage.scripted();
    let outer = async |_: IgnoredAny| {
        give_up_in_its_body(&scripted, "inner").await;
        Ok::<_, Raised>(())
    };
    block_on(scripted.with_async(script_of("outer", "reraise"), outer)).unwrap();
    let expected = "\
outer: enter
inner: enter
inner: caught abandoned(the scope was given up before its body ended)
inner: exit
outer: completed
outer: exit
";
    assert_eq!(sink.take(), expected);
}
