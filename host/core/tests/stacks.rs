//! Exit stacks, held against the nested `with`s that they stand for: all small ones, and random large ones.

mod model;

use ambit_core::Family;
use model::{Body, Entry, Model, Rights, SAYS, Say, real};
use proptest::prelude::*;

const BODIES: &[Body] = &[
    Body::Completes,
    Body::Fails(Family::Error),
    Body::Fails(Family::Cancelled),
    Body::Fails(Family::Fault),
    Body::Panics,
];

const RIGHTS: &[Rights] =
    &[Rights::ALL, Rights::DEFAULT, Rights::ONLY_THE_BODY, Rights::REPLACE, Rights::NONE];

#[track_caller]
fn check(body: Body, entries: &[Entry]) {
    assert_eq!(real::run(body, entries), Model::run(body, entries), "{body:?}, {entries:?}");
}

/// Calls `each` with all stacks of this height.
fn all_stacks(height: usize, rights: Rights, each: &mut impl FnMut(&[Entry])) {
    let mut says = vec![0; height];
    loop {
        let entries: Vec<_> = says.iter().map(|&say| Entry::One(SAYS[say], rights)).collect();
        each(&entries);
        let Some(turning) = says.iter().position(|&say| say + 1 < SAYS.len()) else { return };
        says[turning] += 1;
        says[..turning].fill(0);
    }
}

#[test]
fn every_stack_of_up_to_four_entries_ends_as_its_nested_withs() {
    let mut stacks = 0;
    for height in 0..=4 {
        for &rights in RIGHTS {
            all_stacks(height, rights, &mut |entries| {
                stacks += 1;
                BODIES.iter().for_each(|&body| check(body, entries));
            });
        }
    }
    assert_eq!(stacks, 5 * (1 + 13 + 13_usize.pow(2) + 13_usize.pow(3) + 13_usize.pow(4)));
}

#[test]
fn every_popped_stack_of_two_ends_as_a_with_inside_of_a_function() {
    all_stacks(2, Rights::DEFAULT, &mut |inner| {
        all_stacks(2, Rights::DEFAULT, &mut |outer| {
            let [first, last] = outer else { unreachable!("it has two entries") };
            let entries = [first.clone(), Entry::Stack(inner.to_vec()), last.clone()];
            BODIES.iter().for_each(|&body| check(body, &entries));
        });
    });
}

fn entry() -> impl Strategy<Value = Entry> {
    let say: BoxedStrategy<Say> = prop::sample::select(SAYS).boxed();
    let one = (say, prop::sample::select(RIGHTS)).prop_map(|(say, rights)| Entry::One(say, rights));
    one.prop_recursive(3, 40, 6, |entry| prop::collection::vec(entry, 0..6).prop_map(Entry::Stack))
}

proptest! {
    #[test]
    fn a_large_stack_ends_as_its_nested_withs(
        body in prop::sample::select(BODIES),
        entries in prop::collection::vec(entry(), 0..16),
    ) {
        check(body, &entries);
    }
}
