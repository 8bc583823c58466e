//! What a plugin offers, ahead of any scope.

use ambit::{Env, ErrorKind, Limits, Raised};
use serde_json::json;

use crate::{Language, builder};

use super::stage::{Stage, script};

pub(super) fn a_manager_is_described(stage: &Stage<'_>) {
    let documented = stage.manager("documented");
    let description = documented.description();
    assert_eq!(description.name, "documented");
    assert_eq!(description.doc, "Has a first line.\n\nAnd a second paragraph.");
    let parameters: Vec<_> = description.parameters.iter().collect();
    let [keep, path] = parameters[..] else { panic!("{parameters:?}") };
    assert_eq!((&*keep.name, &*keep.doc, &keep.initial), ("keep", "Whether to keep it.", &None));
    assert_eq!((&*path.name, &*path.doc, &path.initial), ("path", "Where it is.", &Some(json!("here"))));

    let gives = documented.with(json!({"keep": true}), |path: String| Ok::<_, Raised>(path));
    assert_eq!(gives.unwrap().completed().unwrap(), "here");
}

pub(super) fn looking_up_runs_nothing(stage: &Stage<'_>) {
    let (scripted, sink) = stage.scripted();
    let scripted = scripted.limits(Limits::default()).grant(Env::new("NAME", "value")).unwrap();
    let wrapped = scripted.wrap(script("reraise"), |()| Ok::<_, Raised>(())).unwrap();
    assert_eq!(sink.take(), "");
    wrapped(()).unwrap();
    assert_eq!(sink.take(), "a: enter\na: completed\na: exit\n");
}

pub(super) fn a_manager_that_there_is_not_is_refused(stage: &Stage<'_>) {
    let error = stage.plugin.manager("script").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchManager);
    assert!(error.to_string().contains("`script`"), "{error}");
    assert_eq!(error.help(), Some("did you mean `scripted`?"));
}

/// The guest's own component, with a letter wrong in what it exports.
pub(super) fn a_component_without_the_export_is_refused(stage: &Stage<'_>) {
    let plugin = std::fs::read(builder::build(stage.language).unwrap()).unwrap();
    let (interface, exit) = match stage.language {
        Language::AsyncRust => ("ambit:scope-async/managers", "[static]scope.exit"),
        _ => ("ambit:scope/managers", "[method]scope.exit"),
    };
    for right in [&format!("{interface}@0.1.0"), "[static]scope.enter", exit] {
        let wrong = right.replace("managers", "managars").replace("enter", "entor").replace("exit", "exot");
        let named = right.trim_end_matches("@0.1.0");
        let bytes = replaced(&plugin, right.as_bytes(), wrong.as_bytes());
        let error = stage.guests.engine().load_bytes("typo", &bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongWorld, "{error}");
        let said = format!("{error}; {}", error.help().unwrap_or_default());
        assert!(said.contains(named), "{said}");
    }
}

/// The bytes, with each place of one text taken by another that is as long.
fn replaced(bytes: &[u8], one: &[u8], other: &[u8]) -> Vec<u8> {
    assert_eq!(one.len(), other.len());
    let mut bytes = bytes.to_vec();
    let mut found = 0;
    for at in 0..=bytes.len() - one.len() {
        if bytes[at..].starts_with(one) {
            bytes[at..at + one.len()].copy_from_slice(other);
            found += 1;
        }
    }
    assert!(found > 0, "the plugin has no {}", String::from_utf8_lossy(one));
    bytes
}
