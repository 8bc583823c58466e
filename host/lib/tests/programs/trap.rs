//! A plugin that traps.

use std::sync::Mutex;

use ambit::{Answer, ExitStack, FaultKind, Outcome, Phase};
use serde::de::IgnoredAny;

use crate::{Own, check_fault, check_lost, check_not_entered, manager};

#[test]
fn a_trap_in_enter_is_a_fault_and_the_body_does_not_run() {
    let fault = check_not_entered(&manager(programs::TRAP, "in_enter"), (), Phase::Enter, FaultKind::Trap);
    assert_eq!(fault.manager(), "in_enter");
}

#[test]
fn a_trap_in_exit_keeps_what_the_body_gave() {
    check_lost(&manager(programs::TRAP, "in_exit"), (), Phase::Exit, FaultKind::Trap);
}

#[test]
fn a_stack_overflow_in_exit_keeps_what_the_body_gave() {
    check_lost(&manager(programs::TRAP, "overflows"), (), Phase::Exit, FaultKind::Trap);
}

#[test]
fn a_guest_that_ends_its_process_harms_nobody_else() {
    let leaves = manager(programs::TRAP, "leaves_the_process");
    let fault = check_lost(&leaves, (), Phase::Exit, FaultKind::Protocol);
    assert!(fault.to_string().contains("it ended its program"), "{fault}");
}

#[test]
fn scopes_around_one_that_traps_exit_in_order() {
    let order = Mutex::new(Vec::new());
    let mut stack = ExitStack::new();
    let note = |name: &'static str| {
        let order = &order;
        move |raised: Option<&ambit::Raised>| {
            order.lock().unwrap().push((name, raised.map(|raised| raised.message().to_owned())));
            Answer::Passed
        }
    };
    stack.push(note("outer"));
    stack.enter::<IgnoredAny>(&manager(programs::TRAP, "in_exit"), ()).unwrap();
    stack.push(note("inner"));
    let boom = ambit::Raised::new(ambit::Family::Error, ["boom"], "boom");
    let ending = stack.unwind(Some(boom.clone()));
    drop(stack);
    let boomed = Some("boom".to_owned());
    assert_eq!(order.into_inner().unwrap(), [("inner", boomed.clone()), ("outer", boomed)]);
    assert!(ending.pending.unwrap().is_same(&boom));
    assert_eq!(ending.incidents.len(), 1);
}

#[test]
fn after_a_fault_the_next_scope_of_that_manager_works() {
    let trap = manager(programs::TRAP, "in_exit");
    for _ in 0..3 {
        let failure = trap.with((), |_: IgnoredAny| Ok::<_, Own>(7)).unwrap_err();
        check_fault(&failure, Phase::Exit, FaultKind::Trap);
        assert_eq!(failure.into_outcome().unwrap(), Outcome::Completed(7));
    }
}
