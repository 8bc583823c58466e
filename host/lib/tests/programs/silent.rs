//! A plugin that breaks the contract as an author can who uses the SDK.

use ambit::Family;

use crate::{complete, fail, manager};

#[test]
fn ending_without_a_yield_is_a_fault_of_the_manager() {
    for name in ["never_yields", "awaits_before"] {
        let failure = complete(&manager(programs::SILENT, name)).unwrap_err();
        assert!(failure.raised().is("did-not-yield"), "{failure}");
        assert_eq!(failure.raised().family(), Family::Fault);
    }
}

#[test]
fn awaiting_something_else_after_the_yield_is_a_fault_with_the_body_s_error_as_context() {
    let (ended, _) = fail(&manager(programs::SILENT, "awaits_after"));
    let failure = ended.unwrap_err();
    assert!(failure.raised().is("did-not-stop"), "{failure}");
    assert!(failure.raised().context().unwrap().native::<crate::Own>().is_some());
}
