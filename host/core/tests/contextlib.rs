//! CPython's own tests of exit stacks, by the numbers that `CONFORMANCE.md` of the contract gives them, on the semantics alone.

use ambit_core::{Answer, Ending, Family, Policy, Raised, Stack};

type Exit = Box<dyn FnOnce(Option<&Raised>) -> Answer>;

fn error(kind: &str) -> Raised {
    Raised::new(Family::Error, [kind], "")
}

fn exit(exit: impl FnOnce(Option<&Raised>) -> Answer + 'static) -> Exit {
    Box::new(exit)
}

fn raises(raised: &Raised) -> Exit {
    let raised = raised.clone();
    exit(move |_| Answer::Raised(raised))
}

/// Raises `outer` while `inner`, an error of its own, is in flight.
fn raises_nested(inner: &Raised, outer: &Raised) -> Exit {
    outer.set_context(Some(inner.clone()));
    raises(outer)
}

fn suppresses() -> Exit {
    exit(|_| Answer::Ended)
}

fn passes() -> Exit {
    exit(|_| Answer::Passed)
}

fn stack(entries: impl IntoIterator<Item = Exit>) -> Stack<Exit> {
    let mut stack = Stack::default();
    entries.into_iter().for_each(|entry| stack.push(entry));
    stack
}

fn unwind(stack: &mut Stack<Exit>, pending: Option<&Raised>) -> Option<Raised> {
    let mut unwind = stack.unwind(pending.cloned());
    while let Some(exit) = unwind.next_entry() {
        let answer = exit(unwind.pending());
        unwind.answered(None, answer, &Policy::default());
    }
    let Ending { pending, incidents, .. } = unwind.finish();
    assert!(incidents.is_empty(), "{incidents:?}");
    pending
}

/// The kinds of an error and of its contexts, hidden or not.
fn contexts(raised: Option<Raised>) -> Vec<String> {
    std::iter::successors(raised, Raised::context).map(|each| each.kinds()[0].clone()).collect()
}

#[test]
fn who_raised_what_leaves_the_stack_is_named() {
    let body = error("body");
    let replaces = |kind: &'static str| exit(move |_| Answer::Raised(error(kind)));
    let named = |entries: Vec<(&'static str, Exit)>, pending: Option<&Raised>| {
        let mut stack = Stack::default();
        entries.into_iter().for_each(|entry| stack.push(entry));
        let mut unwind = stack.unwind(pending.cloned());
        while let Some((name, exit)) = unwind.next_entry() {
            let answer = exit(unwind.pending());
            unwind.answered(Some(name), answer, &Policy::default());
        }
        unwind.finish().raised_by
    };
    let reraises = || exit(|pending| pending.cloned().map_or(Answer::Passed, Answer::Raised));
    assert_eq!(named(vec![("outer", reraises()), ("inner", reraises())], Some(&body)), None);
    assert_eq!(
        named(vec![("outer", reraises()), ("inner", replaces("a"))], Some(&body)).as_deref(),
        Some("inner")
    );
    assert_eq!(
        named(vec![("outer", replaces("b")), ("inner", replaces("a"))], None).as_deref(),
        Some("outer")
    );
    assert_eq!(named(vec![("outer", suppresses()), ("inner", replaces("a"))], None), None);
}

#[track_caller]
fn check(entries: impl IntoIterator<Item = Exit>, body: Option<&Raised>, expected: &[&str]) {
    assert_eq!(contexts(unwind(&mut stack(entries), body)), expected);
}

#[test]
fn st01_an_empty_stack_does_nothing() {
    check([], None, &[]);
    check([], Some(&error("Body")), &["Body"]);
}

#[test]
fn st03_each_exit_sees_the_error_as_it_stands_then() {
    let sees = |expected: Option<&'static str>| {
        exit(move |pending| {
            assert_eq!(pending.map(|raised| raised.kinds()[0].as_str()), expected);
            Answer::Passed
        })
    };
    let entries = [sees(None), suppresses(), sees(Some("Body"))];
    check(entries, Some(&error("Body")), &[]);
}

#[test]
fn st06_a_stack_that_was_closed_is_empty() {
    let mut stack = stack([raises(&error("Once"))]);
    assert_eq!(contexts(unwind(&mut stack, None)), ["Once"]);
    assert_eq!(contexts(unwind(&mut stack, None)), [""; 0]);
}

#[test]
fn st07_what_was_popped_exits_with_the_new_stack() {
    let mut old = stack([raises(&error("Once"))]);
    let mut new = old.pop_all();
    assert!(old.is_empty());
    assert_eq!(new.len(), 1);
    assert_eq!(contexts(unwind(&mut old, None)), [""; 0]);
    assert_eq!(contexts(unwind(&mut new, None)), ["Once"]);
}

#[test]
fn st08_an_error_goes_on_through_what_passes_it() {
    let body = error("Body");
    let left = unwind(&mut stack([passes(), passes()]), Some(&body));
    assert!(left.is_some_and(|left| left.is_same(&body)));
}

#[test]
fn st09_an_error_is_suppressed() {
    check([suppresses()], Some(&error("Body")), &[]);
    check([passes(), suppresses(), passes()], Some(&error("Body")), &[]);
}

#[test]
fn st11_the_chain_is_that_of_nested_withs_and_ends_at_what_was_suppressed() {
    let entries = [
        raises(&error("IndexError")),
        raises_nested(&error("AttributeError"), &error("KeyError")),
        suppresses(),
        raises(&error("ValueError")),
    ];
    check(entries, Some(&error("ZeroDivisionError")), &["IndexError", "KeyError", "AttributeError"]);
}

#[test]
fn st12_nothing_is_hung_where_the_context_was_set_to_none() {
    let cut = error("Cut");
    cut.set_context(None);
    check([raises(&cut)], Some(&error("Body")), &["Cut"]);
    let outer = error("Outer");
    check([raises_nested(&cut, &outer)], Some(&error("Body")), &["Outer", "Cut"]);
}

#[test]
fn st13_what_does_not_suppress_does_not_hide_what_another_raised() {
    check([passes(), raises(&error("IndexError"))], None, &["IndexError"]);
    let entries = [raises(&error("KeyError")), suppresses(), raises(&error("IndexError"))];
    check(entries, None, &["KeyError"]);
}

#[test]
fn st14_each_error_has_the_one_before_as_its_context() {
    let entries = [raises(&error("4")), raises(&error("3")), raises(&error("2"))];
    check(entries, Some(&error("1")), &["4", "3", "2", "1"]);
}

#[test]
fn st14_a_context_is_kept_where_the_body_completed() {
    // contextlib.ExitStack loses this link; nested `with` statements keep it.
    check([raises(&error("2")), raises(&error("1"))], None, &["2", "1"]);
}

#[test]
fn st15_an_error_that_has_a_context_keeps_it_and_the_old_one_is_hung_on_its_end() {
    let entries = [raises_nested(&error("4"), &error("5")), raises_nested(&error("2"), &error("3"))];
    check(entries, Some(&error("1")), &["5", "4", "3", "2", "1"]);
}

#[test]
fn st16_an_entry_below_suppresses_what_entries_above_raised() {
    check([suppresses(), raises(&error("2")), raises(&error("1"))], None, &[]);
}

#[test]
fn st18_an_error_that_is_raised_from_the_pending_one_makes_no_loop() {
    let (body, new) = (error("Body"), error("New"));
    new.set_cause(Some(body.clone()));
    let reraises = exit(|pending| pending.cloned().map_or(Answer::Passed, Answer::Raised));
    check([raises(&new), reraises], Some(&body), &["New", "Body"]);
    assert!(new.cause().is_some_and(|cause| cause.is_same(&body)));
    assert!(body.context().is_none());
}

#[test]
fn what_is_behind_the_pending_error_can_be_raised_and_no_ring_comes_of_it() {
    let (body, behind) = (error("Body"), error("Behind"));
    body.set_context(Some(behind.clone()));
    check([raises(&behind)], Some(&body), &["Behind"]);
    assert!(body.context().is_some_and(|context| context.is_same(&behind)));
}

#[test]
fn what_is_in_the_chain_already_is_not_hung_again() {
    let (body, new) = (error("Body"), error("New"));
    new.set_context(Some(body.clone()));
    check([raises(&new)], Some(&body), &["New", "Body"]);
}

#[test]
fn a_hidden_context_is_kept_and_not_shown() {
    let new = error("New");
    new.set_cause(None);
    check([raises(&new)], Some(&error("Body")), &["New", "Body"]);
    assert_eq!(new.chain().count(), 1);
}
