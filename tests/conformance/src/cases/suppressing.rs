//! Errors that are suppressed by their kinds.

use ambit::{Family, Raised};
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use crate::Language;

use super::stage::{Stage, raised};

pub(super) fn what_is_named_is_suppressed(stage: &Stage<'_>) {
    let given =
        stage.manager("suppress").with(json!({"kinds": ["Boom"]}), |value: Json| Ok::<_, Raised>(value));
    assert_eq!(given.unwrap().completed(), Some(Json::Null));

    let (boom, crash) = (raised(&["Boom"]), raised(&["Crash"]));
    let told = [
        (&["Boom"][..], &boom, true),
        (&["Boom"], &crash, false),
        (&[], &boom, false),
        (&["Boom", "Crash"], &boom, true),
        (&["Boom", "Crash"], &crash, true),
    ];
    for (kinds, error, expected) in told {
        assert_eq!(is_suppressed(stage, kinds, error), expected, "{error:?} by {kinds:?}");
    }
}

pub(super) fn any_kind_of_the_path_matches(stage: &Stage<'_>) {
    for language in Language::ALL {
        let missing = stage.guests.plugin(language).unwrap().manager("missing").unwrap();
        let failure = missing.with((), |_: IgnoredAny| Ok::<_, Raised>(())).unwrap_err();
        let error = failure.raised().clone();
        assert!(error.kinds().len() > 2 && error.is("not-found"), "{error:?}");
        for kind in error.kinds() {
            assert!(is_suppressed(stage, &[kind], &error), "{error:?} of {language} by {kind}");
        }
        for other in ["python:builtins.KeyError", "js:RangeError", "already-exists", "Missing"] {
            assert!(!is_suppressed(stage, &[other], &error), "{error:?} of {language} by {other}");
        }
    }
}

pub(super) fn a_group_is_split(stage: &Stage<'_>) {
    let (boom, crash, denied) = (raised(&["Boom"]), raised(&["Crash"]), raised(&["Denied"]));
    let group = |members: &[&Raised]| {
        let members = members.iter().map(|&member| member.clone()).collect();
        Raised::group(Family::Error, ["Several"], "several", members)
    };

    let split = rest(stage, &["Boom"], &group(&[&boom, &crash, &group(&[&boom, &denied])])).unwrap();
    assert_eq!(split.message(), "several");
    let [left, inner] = split.members() else { panic!("{split:?} has {:?}", split.members()) };
    assert!(left.is_same(&crash));
    let [left] = inner.members() else { panic!("{inner:?} has {:?}", inner.members()) };
    assert!(left.is_same(&denied));

    assert!(is_suppressed(stage, &["Boom", "Crash"], &group(&[&boom, &crash])));
    // Where nothing matches, Python's own makes a new group of the same members.
    let rest = rest(stage, &["Denied"], &group(&[&boom, &crash])).unwrap();
    let [first, second] = rest.members() else { panic!("{rest:?} has {:?}", rest.members()) };
    assert!(first.is_same(&boom) && second.is_same(&crash));
}

/// Whether it is; what is not, is to come out as it went in.
#[track_caller]
fn is_suppressed(stage: &Stage<'_>, kinds: &[&str], error: &Raised) -> bool {
    let rest = rest(stage, kinds, error);
    assert!(rest.as_ref().is_none_or(|rest| rest.is_same(error)), "{error:?} became {rest:?}");
    rest.is_none()
}

/// What is left of an error of a body where these kinds are suppressed.
fn rest(stage: &Stage<'_>, kinds: &[&str], error: &Raised) -> Option<Raised> {
    let body = |_: IgnoredAny| Err::<(), _>(error.clone());
    let ended = stage.manager("suppress").with(json!({ "kinds": kinds }), body);
    ended.map_or_else(|failure| Some(failure.raised().clone()), |_| None)
}
