//! A plugin that does not come back.

use std::time::Duration;

use ambit::{FaultKind, Limits, Manager, Phase};

use crate::{check_lost, check_not_entered, manager};

const SHORT: Duration = Duration::from_millis(30);

fn endless_enter(name: &str) -> Manager {
    manager(programs::ENDLESS, name).limits(Limits::default().enter(SHORT))
}

fn endless_exit(name: &str) -> Manager {
    manager(programs::ENDLESS, name).limits(Limits::default().exit(SHORT))
}

#[test]
fn xt_04_an_endless_loop_in_enter_ends_with_its_budget() {
    let fault = check_not_entered(&endless_enter("in_enter"), (), Phase::Enter, FaultKind::Budget);
    assert_eq!(
        fault.to_string(),
        "the manager `in_enter` failed in its enter: it took longer than its budget of 30ms"
    );
}

#[test]
fn xt_04_an_endless_loop_in_exit_ends_with_its_budget() {
    check_lost(&endless_exit("in_exit"), (), Phase::Exit, FaultKind::Budget);
}

#[test]
fn a_guest_that_sleeps_in_the_host_ends_with_its_budget() {
    check_not_entered(&endless_enter("asleep_in_enter"), (), Phase::Enter, FaultKind::Budget);
    check_lost(&endless_exit("asleep_in_exit"), (), Phase::Exit, FaultKind::Budget);
}
