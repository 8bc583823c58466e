//! Many scopes at once.

use ambit::{ExitStack, Limits, Manager, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::Language;

use super::stage::{Own, Stage, script};

pub(super) fn a_manager_nests_in_itself(stage: &Stage<'_>) {
    let recursive = stage.shared("recursive");
    // The second time shows that the first left nothing.
    for _ in 0..2 {
        assert_eq!(nest(&recursive, 10), (1..=10).collect::<Vec<_>>());
    }
}

/// What each scope gives, from the outermost on.
fn nest(recursive: &Manager, deep: u32) -> Vec<u32> {
    if deep == 0 {
        return Vec::new();
    }
    let body = |depth: u32| Ok::<_, Raised>([vec![depth], nest(recursive, deep - 1)].concat());
    recursive.with((), body).unwrap().completed().unwrap()
}

pub(super) fn what_cannot_be_entered_is_not_on_the_stack(stage: &Stage<'_>) {
    let mut stack = ExitStack::new();
    let (scripted, sink) = stage.scripted();
    stack.enter::<IgnoredAny>(&scripted, script("reraise")).unwrap();
    sink.take();
    for (manager, inputs) in [(&scripted, json!({"name": 5})), (&stage.manager("missing"), json!({}))] {
        stack.enter::<IgnoredAny>(manager, inputs).unwrap_err();
        assert_eq!(stack.len(), 1);
        assert_eq!(sink.take(), "");
    }
    stack.close().unwrap();
    assert_eq!(sink.take(), "a: completed\na: exit\n");
}

pub(super) fn ten_thousand_entries_unwind(stage: &Stage<'_>) {
    const MANY: u32 = 10_000;
    let limits = Limits::default().memory(1 << 30).handles(100_000);
    let recursive = stage.shared("recursive").limits(limits);
    // More that await are in several instances.
    let room = if stage.language == Language::AsyncRust { 4_000 } else { MANY };
    let own = Own::new();
    let address = own.address();
    let mut called = 0;
    let failure = ExitStack::with(|stack| {
        for number in 0..MANY {
            assert_eq!(stack.enter::<u32>(&recursive, ()).unwrap(), number % room + 1);
        }
        Err::<(), _>(own)
    })
    .unwrap_err();
    assert_eq!(failure.into_body().unwrap().address(), address);
    // All have exited.
    assert_eq!(nest(&recursive, 1), [1]);

    ExitStack::with(|stack| {
        for _ in 0..MANY {
            stack.callback(|| Ok(()));
        }
        called = stack.len();
        Ok::<_, Raised>(())
    })
    .unwrap();
    assert_eq!(called, MANY as usize);
}
