//! A plugin made without an SDK, that breaks the contract.

use ambit::{Family, FaultKind, Phase};

use crate::{check_not_entered, complete, fail, manager};

#[test]
fn a_value_that_is_no_json_is_a_fault_and_the_scope_is_exited() {
    for name in ["value_is_no_json", "value_is_empty"] {
        let fault = check_not_entered(&manager(programs::RAW, name), (), Phase::Enter, FaultKind::Protocol);
        assert!(fault.to_string().contains("its value is not JSON"), "{fault}");
    }
}

#[test]
fn an_error_raised_from_itself_makes_no_ring() {
    let (ended, _) = fail(&manager(programs::RAW, "raises_from_itself"));
    assert_eq!(ended.unwrap_err().raised().message(), "raised from itself");
}

#[test]
fn a_rule_that_is_not_known_is_a_fault_all_the_same() {
    let failure = complete(&manager(programs::RAW, "unknown_rule")).unwrap_err();
    assert_eq!(failure.raised().family(), Family::Fault);
    assert!(failure.raised().is("no-rule-of-the-contract"));
    assert!(complete(&manager(programs::RAW, "enter_raises_a_fault")).is_err());
}
