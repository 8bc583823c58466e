//! A plugin that panics.

use ambit::{FaultKind, Phase};
use serde_json::{Value, json};

use crate::{Own, check_fault, check_not_entered, manager};

#[test]
fn a_panic_s_message_reaches_the_host() {
    let inputs = json!({"message": "no luck\ntoday"});
    let fault =
        check_not_entered(&manager(programs::PANIC, "in_enter"), &inputs, Phase::Enter, FaultKind::Panic);
    assert!(fault.to_string().ends_with("it panicked: no luck\ntoday"), "{fault}");
    assert!(fault.stderr().contains("panicked at"), "{}", fault.stderr());
}

#[test]
fn a_panic_in_exit_keeps_the_body_s_result() {
    let in_exit = manager(programs::PANIC, "in_exit");
    let failure = in_exit.with(["bad"], |_: Value| Ok::<_, Own>(7)).unwrap_err();
    check_fault(&failure, Phase::Exit, FaultKind::Panic);
    assert_eq!(failure.into_outcome().unwrap().completed(), Some(7));
}
