//! Which scopes have a store in common: how many a store has served shows in the value.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ambit::{Answer, Dir, Engine, ExitStack, FaultKind, Isolation, Limits, Manager, Phase, Raised};
use serde_json::json;

use crate::{check_fault, manager, plugin};

fn counts(isolation: Isolation) -> Manager {
    manager(programs::COUNTS, "counts").isolation(isolation)
}

/// Enters and exits one scope, and gives which one of its store it was.
#[track_caller]
fn enter(manager: &Manager) -> u32 {
    manager.with((), |count: u32| Ok::<_, Raised>(count)).unwrap().completed().unwrap()
}

#[test]
fn a_leased_store_serves_one_scope_after_the_other() {
    let counts = counts(Isolation::lease());
    assert_eq!([(); 3].map(|()| enter(&counts)), [1, 2, 3]);
}

#[test]
fn a_leased_store_serves_one_live_scope() {
    let counts = counts(Isolation::lease());
    let inner = counts.with((), |_: u32| Ok::<_, Raised>(enter(&counts))).unwrap();
    assert_eq!(inner.completed(), Some(1));
}

#[test]
fn a_lease_ends_after_so_many_uses() {
    let counts = counts(Isolation::Lease { uses: 2, age: Duration::MAX });
    assert_eq!([(); 5].map(|()| enter(&counts)), [1, 2, 1, 2, 1]);
}

#[test]
fn a_lease_ends_at_its_age() {
    let counts = counts(Isolation::Lease { uses: u32::MAX, age: Duration::ZERO });
    assert_eq!([(); 3].map(|()| enter(&counts)), [1, 1, 1]);
}

#[test]
fn a_lease_ends_at_its_age_while_no_scope_has_it() {
    let counts = counts(Isolation::Lease { uses: u32::MAX, age: Duration::from_millis(250) });
    let waits = manager(programs::COUNTS, "counts");
    let waits = waits.limits(Limits::default().body(Some(Duration::from_millis(500))));
    assert_eq!(enter(&counts), 1);
    let ended = waits.with((), |_: u32| -> Result<(), Raised> {
        loop {
            ambit::check()?;
            std::thread::yield_now();
        }
    });
    assert!(ended.unwrap_err().raised().is("timed-out"));
    assert_eq!(enter(&counts), 1);
}

#[test]
fn a_fresh_store_serves_one_scope() {
    let counts = counts(Isolation::Fresh);
    assert_eq!([(); 3].map(|()| enter(&counts)), [1, 1, 1]);
}

#[test]
fn a_shared_store_serves_many_live_scopes() {
    let (counts, mut stack) = (counts(Isolation::shared()), ExitStack::new());
    for expected in 1..=20_000 {
        assert_eq!(stack.enter::<u32>(&counts, ()).unwrap(), expected);
    }
    stack.close().unwrap();
    assert_eq!(enter(&counts), 20_001);
}

#[test]
fn scopes_that_a_shared_store_has_no_room_for_have_another() {
    let (counts, mut stack) = (counts(Isolation::Shared { scopes: 2 }), ExitStack::new());
    let entered: Vec<u32> = (0..5).map(|_| stack.enter(&counts, ()).unwrap()).collect();
    assert_eq!(entered, [1, 2, 1, 2, 1]);
    stack.close().unwrap();
}

#[test]
fn a_fault_in_one_loses_all_that_share_its_store_and_each_is_told() {
    let counts = counts(Isolation::shared());
    let mut stack = ExitStack::new();
    for trap in [false, false, true] {
        stack.enter::<u32>(&counts, json!({ "trap": trap })).unwrap();
    }
    let ending = stack.unwind(None);
    assert!(ending.pending.is_none());
    let faults: Vec<_> = ending
        .incidents
        .iter()
        .map(|incident| match incident {
            ambit::Incident::Lost(raised) => raised.native::<ambit::Fault>().unwrap().clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    let kinds: Vec<_> = faults.iter().map(|fault| (fault.phase(), fault.kind())).collect();
    let lost = (Phase::Exit, FaultKind::Lost);
    assert_eq!(kinds, [(Phase::Exit, FaultKind::Trap), lost, lost]);
    assert!(faults[1].to_string().contains("the store that it shared was lost: the manager `counts`"));
    assert_eq!(enter(&counts), 1, "the next scope has a new store");
}

#[test]
fn threads_share_a_store_one_call_at_a_time() {
    let counts = counts(Isolation::shared());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| assert!(enter(&counts) > 0)));
        }
    });
    assert_eq!(enter(&counts), 2001);
}

#[test]
fn xt_12_a_scope_entered_from_inside_of_a_call_of_its_store_has_another() {
    let inner = Arc::new(Mutex::new(None::<Manager>));
    let entered = Arc::new(Mutex::new(Vec::new()));
    let (manager, told) = (inner.clone(), entered.clone());
    let counts = counts(Isolation::shared()).output(move |_| {
        let manager = manager.lock().unwrap().clone().unwrap();
        told.lock().unwrap().push(enter(&manager));
    });
    *inner.lock().unwrap() = Some(counts.clone());
    let ended = counts.with(json!({"say": true}), |count: u32| Ok::<_, Raised>(count));
    assert_eq!(ended.unwrap().completed(), Some(1));
    assert_eq!(*entered.lock().unwrap(), [1]);
    inner.lock().unwrap().take();
}

#[test]
fn xt_12_an_exit_from_inside_of_a_call_of_its_store_is_refused() {
    thread_local!(static HELD: RefCell<Option<ExitStack<'static>>> = const { RefCell::new(None) });
    let seen: Arc<Mutex<Option<Result<(), Raised>>>> = Arc::default();
    let told = seen.clone();
    let counts = counts(Isolation::shared()).output(move |_| {
        if let Some(mut stack) = HELD.take() {
            *told.lock().unwrap() = Some(stack.close());
        }
    });
    let mut stack = ExitStack::new();
    stack.enter::<u32>(&counts, ()).unwrap();
    HELD.set(Some(stack));
    counts.with(json!({"say": true}), |_: u32| Ok::<_, Raised>(())).unwrap();
    let refused = seen.lock().unwrap().take().unwrap().unwrap_err();
    let fault = refused.native::<ambit::Fault>().unwrap();
    assert_eq!((fault.phase(), fault.kind()), (Phase::Exit, FaultKind::Protocol));
    assert_eq!(enter(&counts), 1, "the store keeps the scope, and serves no others");
}

#[test]
fn a_store_is_not_entered_again_by_a_thread_that_works_for_one_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(Mutex::new(None::<Manager>));
    let entered = Arc::new(Mutex::new(Vec::new()));
    let (manager, told) = (shared.clone(), entered.clone());
    // It may reach files, so that another thread calls it.
    let inner = counts(Isolation::Fresh).grant(Dir::read_write(folder.path()).at(".")).unwrap();
    let inner = inner.limits(Limits::default().exit(Duration::from_secs(5))).output(move |_| {
        let manager = manager.lock().unwrap().clone().unwrap();
        told.lock().unwrap().push(enter(&manager));
    });
    let outer = counts(Isolation::shared()).output(move |_| {
        inner.with(json!({"say": true}), |_: u32| Ok::<_, Raised>(())).unwrap();
    });
    *shared.lock().unwrap() = Some(outer.clone());
    outer.with(json!({"say": true}), |_: u32| Ok::<_, Raised>(())).unwrap();
    assert_eq!(*entered.lock().unwrap(), [1]);
    shared.lock().unwrap().take();
}

#[test]
fn what_the_pool_has_no_room_for_is_allocated_beside_it() {
    let (counts, mut stack) = (counts(Isolation::Fresh), ExitStack::new());
    for _ in 0..1_500 {
        assert_eq!(stack.enter::<u32>(&counts, ()).unwrap(), 1);
    }
    stack.push(|pending| pending.map_or(Answer::Passed, |raised| Answer::Raised(raised.clone())));
    stack.close().unwrap();
}

#[test]
fn without_a_pool_all_is_as_with_one() {
    let without = Engine::builder().cache(ambit::Cache::none()).pool(false).build().unwrap();
    let counts = without.load(programs::COUNTS).unwrap().manager("counts").unwrap();
    assert_eq!([(); 3].map(|()| enter(&counts)), [1, 2, 3]);
    let lost = counts.with(json!({"trap": true}), |_: u32| Ok::<_, Raised>(())).unwrap_err();
    check_fault(&lost, Phase::Exit, FaultKind::Trap);
    assert_eq!(enter(&counts), 1);
}

#[test]
fn a_value_that_is_too_large_is_a_fault() {
    let limits = ambit::Limits::default().value(0);
    let counts = plugin(programs::COUNTS).manager("counts").unwrap().limits(limits);
    let ended = counts.with((), |_: u32| Ok::<_, Raised>(()));
    let fault = check_fault(&ended.unwrap_err(), Phase::Enter, FaultKind::Protocol);
    assert!(fault.to_string().contains("its value has 1 bytes, and may have 0"));
}

#[test]
fn an_engine_has_a_stack_of_its_own_size() {
    let small = Engine::builder().cache(ambit::Cache::none()).stack(1).build().unwrap();
    let refused = small.load(programs::COUNTS).unwrap_err();
    assert!(refused.to_string().contains("stack"), "{refused}");
}
