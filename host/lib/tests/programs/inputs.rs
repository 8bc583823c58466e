//! What goes into a manager, and what comes out of it.

use ambit::ErrorKind;
use serde_json::json;

use crate::answers::answers;
use crate::{Own, fail_with};

#[test]
fn a_value_that_is_not_of_the_body_s_type_exits_the_scope() {
    let (notes, inputs) = (answers("notes"), json!({"note": "exited"}));
    let ended = notes.with(&inputs, |_: u32| -> Result<(), Own> { panic!("it ran") });
    let failure = ended.unwrap_err();
    let error = failure.raised().native::<ambit::Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(failure.raised().notes(), ["exited"]);
}

#[test]
fn an_argument_is_checked_before_anything_is_entered() {
    let notes = answers("notes");
    for (inputs, kind) in [
        (json!({}), "invalid-argument:note"),
        (json!({"note": 5}), "invalid-argument:note"),
        (json!({"note": "x", "odd": 1}), "invalid-argument:odd"),
        (json!(["a", "b"]), "invalid-argument"),
        (json!("text"), "invalid-argument"),
    ] {
        let (ended, _) = fail_with(&notes, &inputs);
        let failure = ended.unwrap_err();
        assert!(failure.raised().is(kind), "{inputs}: {:?}", failure.raised());
        assert!(failure.raised().is("invalid-argument"));
    }
}

#[test]
fn positional_arguments_fill_the_parameters_in_their_order() {
    let (ended, _) = fail_with(&answers("notes"), ["positional"]);
    assert_eq!(ended.unwrap_err().raised().notes(), ["positional"]);
}

#[test]
fn a_manager_that_does_not_exist_names_the_nearest() {
    let error = crate::plugin(programs::ANSWERS).manager("supresses").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchManager);
    assert_eq!(error.help(), Some("did you mean `suppresses`?"));
}
