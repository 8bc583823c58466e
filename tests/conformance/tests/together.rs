//! Managers in each language around one body.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::fmt;

use ambit::{ExitStack, Manager, Outcome, Raised, With};
use conformance::{Guests, Language};
use serde::de::IgnoredAny;

/// An error that is told by where it lies.
#[derive(Debug)]
struct Own(Box<u8>);

impl Own {
    fn new() -> (Self, *const u8) {
        let own = Self(Box::new(7));
        let address = &raw const *own.0;
        (own, address)
    }

    fn address(&self) -> *const u8 {
        &raw const *self.0
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body's own")
    }
}

impl Error for Own {}

/// A manager of that name in each language, in each order of these.
fn in_each_order(name: &str) -> impl Iterator<Item = Vec<Manager>> {
    let guests = Guests::new().unwrap();
    let managers = Language::ALL.map(|language| guests.plugin(language).unwrap().manager(name).unwrap());
    orders(managers.to_vec()).into_iter()
}

fn orders(all: Vec<Manager>) -> Vec<Vec<Manager>> {
    if all.is_empty() {
        return vec![all];
    }
    let with_first = |first: usize| {
        let mut rest = all.clone();
        let first = rest.remove(first);
        orders(rest).into_iter().map(move |rest| [vec![first.clone()], rest].concat())
    };
    (0..all.len()).flat_map(with_first).collect()
}

/// Runs a body inside of scopes of them all, the first outermost.
fn inside<R>(managers: &[Manager], body: impl FnOnce() -> Result<R, Own>) -> With<R, Own> {
    ExitStack::with(|stack| {
        for manager in managers {
            stack.enter::<IgnoredAny>(manager, ()).unwrap();
        }
        body()
    })
}

#[test]
fn the_bodys_own_error_comes_out_where_all_raise_it_again() {
    let mut orders = 0;
    for managers in in_each_order("passing") {
        let (own, address) = Own::new();
        let failure = inside(&managers, || Err::<(), _>(own)).unwrap_err();
        assert_eq!(failure.into_body().unwrap().address(), address);
        orders += 1;
    }
    assert_eq!(orders, 120);
}

#[test]
fn the_bodys_own_error_comes_out_of_nested_closures() {
    fn nested(managers: &[Manager], own: Own) -> Result<(), Own> {
        let Some((first, rest)) = managers.split_first() else { return Err(own) };
        let ended = first.with((), |_: IgnoredAny| nested(rest, own));
        ended.map(|_| ()).map_err(|failure| failure.into_body().unwrap())
    }
    for managers in in_each_order("passing") {
        let (own, address) = Own::new();
        assert_eq!(nested(&managers, own).unwrap_err().address(), address);
    }
}

#[test]
fn the_bodys_own_error_is_at_the_end_of_the_chain_where_each_raises_another_from_it() {
    for managers in in_each_order("wrapping") {
        let (own, address) = Own::new();
        let failure = inside(&managers, || Err::<(), _>(own)).unwrap_err();
        let chain: Vec<Raised> = failure.raised().chain().map(|(_, raised)| raised).collect();
        let (last, wrapped) = chain.split_last().unwrap();
        assert_eq!(wrapped.len(), managers.len());
        assert!(wrapped.iter().all(|raised| raised.message() == "wrapped"));
        assert_eq!(last.native::<Own>().unwrap().address(), address);
    }
}

#[test]
fn the_bodys_result_comes_out_of_all() {
    for managers in in_each_order("passing") {
        assert!(matches!(inside(&managers, || Ok(42)), Ok(Outcome::Completed(42))));
    }
}

#[test]
fn an_error_of_one_language_is_the_same_one_through_the_others() {
    for (missing, passing) in in_each_order("missing").zip(in_each_order("passing")) {
        let mut raised = None;
        let failure = ExitStack::with(|stack| {
            for manager in &passing[1..] {
                stack.enter::<IgnoredAny>(manager, ()).unwrap();
            }
            stack.enter::<IgnoredAny>(&missing[0], ()).inspect_err(|error| raised = Some(error.clone()))
        });
        let failure = failure.unwrap_err();
        assert!(failure.raised().is_same(&raised.unwrap()));
        assert!(failure.raised().is("not-found") && failure.raised().context().is_none());
    }
}
