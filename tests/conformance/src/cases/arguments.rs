//! The arguments of a manager.

use ambit::{ExitStack, Limits, Raised};
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json, json};

use crate::Language;

use super::stage::{Stage, script};

pub(super) fn any_name_can_be_a_parameters(stage: &Stage<'_>) {
    let names = ["self", "func", "args", "kwds", "inputs", "manager", "failure"];
    // `self` is a keyword of Rust's.
    let names: Vec<_> = names
        .into_iter()
        .filter(|&name| !matches!(stage.language, Language::Rust | Language::AsyncRust) || name != "self")
        .collect();
    let inputs: Map<_, _> = names.iter().map(|&name| (name.to_owned(), json!(name))).collect();
    let body = |given: Vec<String>| Ok::<_, Raised>(given);
    let given = stage.manager("keywords").with(inputs, body).unwrap().completed().unwrap();
    assert_eq!(given, names);
}

/// A hundred of them would fill a store, and the next scope would have another one.
pub(super) fn arguments_are_not_kept(stage: &Stage<'_>) {
    let limits = Limits::default().memory(128 << 20);
    let measuring = stage.shared("measuring").limits(limits);
    let text = "x".repeat(1 << 20);
    ExitStack::with(|stack| {
        for number in 1..=100 {
            let (length, measured): (usize, u32) = stack.enter(&measuring, json!({"text": text}))?;
            assert_eq!(length, text.len());
            assert_eq!(measured, number, "it is in another store, since that before is full");
        }
        Ok::<_, Raised>(())
    })
    .unwrap();
}

pub(super) fn a_bad_argument_is_refused(stage: &Stage<'_>) {
    let good = script("reraise");
    let bad_type = with(&good, "name", Some(json!(5)));
    let missing = with(&good, "name", None);
    let unknown = with(&good, "nome", Some(json!("a")));
    for (inputs, parameter) in [(bad_type, "name"), (missing, "name"), (unknown, "nome")] {
        let (scripted, sink) = stage.scripted();
        let body = |_: IgnoredAny| -> Result<(), Raised> { panic!("the body runs") };
        let failure = scripted.with(&inputs, body).unwrap_err();
        let error = failure.raised();
        assert!(error.is("invalid-argument"), "{inputs}: {error:?}");
        assert!(error.is(&format!("invalid-argument:{parameter}")), "{inputs}: {error:?}");
        assert!(error.message().contains(parameter), "{inputs}: {error:?}");
        assert_eq!(sink.take(), "", "{inputs}");
    }
}

/// The arguments with another value of one of them, or without it.
fn with(inputs: &Json, name: &str, value: Option<Json>) -> Json {
    let mut inputs = inputs.as_object().unwrap().clone();
    match value {
        Some(value) => inputs.insert(name.into(), value),
        None => inputs.remove(name),
    };
    inputs.into()
}
