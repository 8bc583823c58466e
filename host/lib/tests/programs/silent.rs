//! A plugin that breaks the contract as an author can who uses the SDK.

use ambit::{Family, FaultKind, Phase};

use crate::{check_fault, complete, fail, manager};

#[test]
fn ending_without_a_yield_is_a_fault_of_the_manager() {
    for name in ["never_yields", "awaits_before"] {
        let failure = complete(&manager(programs::SILENT, name)).unwrap_err();
        assert!(failure.raised().is("did-not-yield"), "{failure}");
        assert_eq!(failure.raised().family(), Family::Fault);
        let fault = check_fault(&failure, Phase::Enter, FaultKind::Protocol);
        assert_eq!(fault.manager(), name);
    }
}

#[test]
fn awaiting_something_else_after_the_yield_is_a_fault_with_the_body_s_error_as_context() {
    let (ended, _) = fail(&manager(programs::SILENT, "awaits_after"));
    let failure = ended.unwrap_err();
    assert!(failure.raised().is("did-not-stop"), "{failure}");
    let fault = check_fault(&failure, Phase::Exit, FaultKind::Protocol);
    assert_eq!(fault.manager(), "awaits_after");
    assert!(failure.raised().context().unwrap().native::<crate::Own>().is_some());
}
