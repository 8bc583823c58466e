//! Errors as authors make, read and link them.

use ambit_guest::testing::raised;
use ambit_guest::{Error, Family, Result, kinds};

fn error(kind: &str) -> Error {
    Error::new(kind, format!("it is {kind}"))
}

#[test]
fn kinds_are_given_as_one_or_as_several() {
    let paths = [
        Error::new("a", "").kinds().to_vec(),
        Error::new(String::from("a"), "").kinds().to_vec(),
        Error::new(["a"], "").kinds().to_vec(),
        Error::new(vec!["a"], "").kinds().to_vec(),
        Error::new(&["a"][..], "").kinds().to_vec(),
    ];
    assert!(paths.iter().all(|path| path == &["a"]));
    let detailed = Error::new(kinds::detailed(kinds::EXIT_STATUS, 3), "");
    assert_eq!(detailed.kinds(), ["exit-status:3", "exit-status"]);
    assert_eq!(detailed.detail(kinds::EXIT_STATUS), Some("3"));
}

#[test]
fn a_question_mark_makes_one_of_any_error() {
    fn parse(text: &str) -> Result<u32> {
        Ok(text.parse()?)
    }
    let error = parse("x").unwrap_err();
    assert_eq!(error.kinds(), ["rust:std::num::ParseIntError"]);
    assert_eq!(error.message(), "invalid digit found in string");
    assert_eq!(error.family(), Family::Error);
}

#[test]
fn notes_are_kept_in_order_and_shared_by_all_handles() {
    let one = error("a");
    let other = one.clone().note("first");
    drop(one.clone().note("second"));
    assert_eq!(other.notes(), ["first", "second"]);
}

#[test]
fn a_clone_is_the_same_error_and_an_equal_one_is_not() {
    let one = error("a");
    assert!(one.is_same(&one.clone()));
    assert!(!one.is_same(&error("a")));
}

#[test]
fn a_cause_hides_the_context_and_so_does_its_absence() {
    let plain = error("a").in_context(error("b"));
    assert!(plain.context().unwrap().is("b"));
    assert!(!plain.hides_context());
    let caused = error("a").in_context(error("b")).caused_by(error("c"));
    assert!(caused.cause().unwrap().is("c"));
    assert!(caused.context().unwrap().is("b"));
    assert!(caused.hides_context());
    let alone = error("a").in_context(error("b")).from_nothing();
    assert!(alone.cause().is_none());
    assert!(alone.hides_context());
    assert!(error("a").in_context(error("b")).without_context().context().is_none());
}

#[test]
fn a_ring_is_not_made() {
    let (one, other) = (error("a"), error("b"));
    let one = one.caused_by(other.clone());
    assert!(other.clone().in_context(one.clone()).context().is_none());
    assert!(other.clone().caused_by(one.clone()).cause().is_none());
    assert!(one.clone().caused_by(one).cause().is_some_and(|cause| cause.is_same(&other)));
}

#[test]
fn a_group_stands_for_its_members() {
    let (one, other) = (error("a"), error("b"));
    let group = Error::group("several", "two failed", [one.clone(), other.clone()]);
    let members = group.members();
    assert_eq!(members.len(), 2);
    assert!(members[0].is_same(&one) && members[1].is_same(&other));
    assert!(one.members().is_empty());
}

#[test]
fn it_shows_its_message_and_debugs_with_its_kinds() {
    let error = error("a").caused_by(error("b"));
    assert_eq!(error.to_string(), "it is a");
    assert_eq!(format!("{error:?}"), "Error { kinds: [\"a\"], message: \"it is a\", .. }");
}

#[test]
fn a_family_is_read_as_the_host_made_it() {
    for family in [Family::Error, Family::Cancelled, Family::Fault] {
        assert_eq!(raised(family, "a", "").family(), family);
    }
}
