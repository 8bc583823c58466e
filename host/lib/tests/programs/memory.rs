//! A plugin that asks for memory.

use ambit::{FaultKind, Limits, Phase};
use serde_json::json;

use crate::{check_lost, check_not_entered, fail_with, manager};

#[test]
fn memory_without_end_is_a_fault_that_says_so() {
    let limits = Limits::default().memory(8 << 20);
    let in_enter = manager(programs::MEMORY, "in_enter").limits(limits);
    let fault = check_not_entered(&in_enter, (), Phase::Enter, FaultKind::Memory);
    assert!(fault.to_string().contains("8388608 bytes"), "{fault}");
    check_lost(&manager(programs::MEMORY, "in_exit").limits(limits), (), Phase::Exit, FaultKind::Memory);
}

#[test]
fn memory_within_the_limit_is_granted_to_scope_after_scope() {
    let takes = manager(programs::MEMORY, "takes").limits(Limits::default().memory(24 << 20));
    for _ in 0..3 {
        let (ended, own) = fail_with(&takes, json!({"bytes": 16 << 20}));
        assert_eq!(ended.unwrap_err().into_body().unwrap().0, own);
    }
}

#[test]
fn memory_that_a_guest_leaks_does_not_add_up_over_scopes() {
    let leaks = manager(programs::MEMORY, "leaks").limits(Limits::default().memory(8 << 20));
    for _ in 0..50 {
        let (ended, own) = fail_with(&leaks, json!({"bytes": 1 << 20}));
        assert_eq!(ended.unwrap_err().into_body().unwrap().0, own);
    }
}
