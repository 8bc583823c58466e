//! Links between errors: whatever is set, no ring comes of it, and nothing is kept alive.

mod model;

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ambit_core::{Answer, Family, Policy, Raised, settle};
use model::{Id, Links, Model};
use proptest::prelude::*;

/// How many errors are linked with each other.
const ERRORS: usize = 6;

#[derive(Clone, Copy, Debug)]
enum Link {
    Cause(Id, Option<Id>),
    Context(Id, Option<Id>),
    /// The second was raised while the first was pending.
    Hang(Id, Id),
    /// Somebody asked for the source.
    Source(Id),
}

fn link() -> impl Strategy<Value = Link> {
    let id = || 0..ERRORS;
    prop_oneof![
        3 => (id(), prop::option::weighted(0.8, id())).prop_map(|(id, cause)| Link::Cause(id, cause)),
        3 => (id(), prop::option::weighted(0.8, id())).prop_map(|(id, context)| Link::Context(id, context)),
        3 => (id(), id()).prop_map(|(pending, raised)| Link::Hang(pending, raised)),
        1 => id().prop_map(Link::Source),
    ]
}

fn new(id: Id) -> Raised {
    Raised::new(Family::Error, ["test"], id.to_string())
}

fn set(errors: &[Raised], link: Link) {
    let clone = |id: Option<Id>| id.map(|id| errors[id].clone());
    match link {
        Link::Cause(id, cause) => errors[id].set_cause(clone(cause)),
        Link::Context(id, context) => errors[id].set_context(clone(context)),
        Link::Hang(pending, raised) => {
            let answer = Answer::Raised(errors[raised].clone());
            drop(settle(clone(Some(pending)), answer, &Policy::default()));
        }
        Link::Source(id) => drop(errors[id].source().map(ToString::to_string)),
    }
}

fn set_in_model(model: &mut Model, link: Link) {
    match link {
        Link::Cause(id, cause) => model.set_cause(id, cause),
        Link::Context(id, context) => model.set_context(id, context),
        Link::Hang(pending, raised) if pending == raised => {}
        Link::Hang(pending, raised) => model.hang(raised, pending),
        Link::Source(_) => {}
    }
}

fn links(errors: &[Raised]) -> Vec<Links> {
    let id = |raised: Raised| errors.iter().position(|each| each.is_same(&raised));
    let of = |raised: &Raised| Links {
        cause: raised.cause().and_then(id),
        context: raised.context().and_then(id),
        hides_context: raised.hides_context(),
    };
    errors.iter().map(of).collect()
}

/// Fails if a walk along any links comes back to where it began.
#[track_caller]
fn check_no_ring(errors: &[Raised]) {
    for start in errors {
        let mut open: Vec<Raised> = behind(start);
        let mut seen = BTreeSet::new();
        while let Some(raised) = open.pop() {
            assert!(!raised.is_same(start), "error {start} is behind itself");
            if seen.insert(raised.message().to_owned()) {
                open.extend(behind(&raised));
            }
        }
    }
}

fn behind(raised: &Raised) -> Vec<Raised> {
    let source = raised.source().and_then(|source| source.downcast_ref::<Raised>()).cloned();
    raised.members().iter().cloned().chain(raised.cause()).chain(raised.context()).chain(source).collect()
}

fn group(member: &Raised) -> Raised {
    Raised::group(Family::Error, ["group"], "", vec![member.clone()])
}

/// A value that counts how many like it there are.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

proptest! {
    /// Without the question for a source, which makes links of its own, the links are those of the model.
    #[test]
    fn links_are_those_of_the_model(sets in prop::collection::vec(link(), 0..40)) {
        let mut model = Model::default();
        let errors: Vec<_> = (0..ERRORS).map(|id| { model.make_error(); new(id) }).collect();
        for link in sets.into_iter().filter(|link| !matches!(link, Link::Source(_))) {
            set(&errors, link);
            set_in_model(&mut model, link);
            prop_assert_eq!(links(&errors), model.links(), "after {:?}", link);
        }
    }

    #[test]
    fn no_ring_is_made_and_all_is_released(
        sets in prop::collection::vec(link(), 0..40),
        group in prop::collection::vec(0..ERRORS - 1, 0..4),
    ) {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut errors: Vec<_> = (0..ERRORS - 1).map(new).collect();
        let members = group.into_iter().map(|id| errors[id].clone()).collect();
        errors.push(Raised::group(Family::Error, ["group"], (ERRORS - 1).to_string(), members));
        for raised in &errors {
            raised.set_native(Counted::new(&alive));
        }
        for link in sets {
            set(&errors, link);
        }
        check_no_ring(&errors);
        drop(errors);
        prop_assert_eq!(alive.load(Ordering::Relaxed), 0, "errors are kept alive by each other");
    }
}

#[test]
fn threads_that_link_two_errors_both_ways_make_no_ring() {
    // A group, so that there is something to walk while the other thread may make its link.
    let large = || Raised::group(Family::Error, ["test"], "", (0..100).map(new).collect());
    let pairs: Vec<_> = (0..500).map(|_| (large(), large())).collect();
    // An error that nothing is linked to is not looked for.
    let _groups: Vec<_> = pairs.iter().map(|(one, other)| (group(one), group(other))).collect();
    let arrived = AtomicUsize::new(0);
    let each = |link: fn(&Raised, &Raised)| {
        for (turn, (one, other)) in pairs.iter().enumerate() {
            arrived.fetch_add(1, Ordering::SeqCst);
            while arrived.load(Ordering::SeqCst) < 2 * (turn + 1) {
                (0..100).for_each(|_| std::hint::spin_loop());
                std::thread::yield_now();
            }
            link(one, other);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| each(|one, other| one.set_cause(Some(other.clone()))));
        each(|one, other| other.set_context(Some(one.clone())));
    });
    for (one, other) in &pairs {
        assert_ne!(one.cause().is_some(), other.context().is_some(), "one of the two links is made");
    }
}

#[test]
fn a_value_that_sets_links_as_it_is_dropped_does_not_wait_for_itself() {
    struct Links(Raised);
    impl Drop for Links {
        fn drop(&mut self) {
            self.0.set_cause(Some(new(1)));
        }
    }
    let (error, last) = (new(0), new(2));
    let replaced = new(3);
    replaced.set_native(Links(last.clone()));
    error.set_cause(Some(replaced));
    error.set_cause(None);
    assert!(last.cause().is_some());
}

#[test]
fn a_cause_that_would_close_a_ring_leaves_the_cause_that_there_was() {
    let (error, cause, behind) = (new(0), new(1), new(2));
    error.set_cause(Some(cause.clone()));
    behind.set_context(Some(error.clone()));
    error.set_cause(Some(behind));
    assert!(error.cause().is_some_and(|now| now.is_same(&cause)));
    error.set_cause(Some(error.clone()));
    assert!(error.cause().is_some_and(|now| now.is_same(&cause)));
}

#[test]
fn a_context_that_would_close_a_ring_leaves_the_context_that_there_was() {
    let (error, context) = (new(0), new(1));
    error.set_context(Some(context.clone()));
    error.set_context(Some(group(&error)));
    assert!(error.context().is_some_and(|now| now.is_same(&context)));
}
