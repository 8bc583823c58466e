//! Guests decide how long a chain is: nothing that is done with one needs a deep stack, or a long time.

use std::error::Error;

use ambit_core::{Answer, Family, Policy, Raised, settle};

const LONG: usize = 1_000_000;

fn new() -> Raised {
    Raised::new(Family::Error, [""; 0], "")
}

/// A long chain, newest first.
fn chain(link: impl Fn(&Raised, Raised)) -> Raised {
    (1..LONG).fold(new(), |last, _| {
        let raised = new();
        link(&raised, last);
        raised
    })
}

#[test]
fn a_million_causes_are_built_walked_and_dropped() {
    let last = chain(|raised, cause| raised.set_cause(Some(cause)));
    assert_eq!(last.chain().count(), LONG);
}

#[test]
fn a_million_contexts_are_built_walked_hung_upon_and_dropped() {
    let last = chain(|raised, context| raised.set_context(Some(context)));
    let settled = settle(Some(new()), Answer::Raised(last), &Policy::default());
    assert_eq!(settled.pending.map(|pending| pending.chain().count()), Some(LONG + 1));
}

#[test]
fn a_million_sources_are_walked_and_dropped() {
    let last = chain(|raised, cause| raised.set_cause(Some(cause)));
    let first: &(dyn Error + 'static) = &last;
    assert_eq!(std::iter::successors(Some(first), |&error| error.source()).count(), LONG);
}

#[test]
fn a_million_groups_inside_of_groups_are_dropped() {
    let group = |member| Raised::group(Family::Error, [""; 0], "", vec![member]);
    drop((1..LONG).fold(new(), |last, _| group(last)));
}

#[test]
fn st17_a_million_entries_unwind() {
    let mut stack = ambit_core::Stack::default();
    (0..LONG).for_each(|entry| stack.push(entry));
    let mut unwind = stack.unwind(None);
    while let Some(entry) = unwind.next_entry() {
        let answer = if entry % 2 == 0 { Answer::Passed } else { Answer::Raised(new()) };
        unwind.answered(None, answer, &Policy::default());
    }
    assert_eq!(unwind.finish().pending.map(|pending| pending.chain().count()), Some(LONG / 2));
}
