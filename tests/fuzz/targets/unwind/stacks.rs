//! Stacks and a model of them: [`Stacks`].

use ambit_core::{Answer, Family, Incident, Policy, Released, Stack};
use arbitrary::Arbitrary;

use crate::errors::{Errors, Id, Which};

/// What an entry answers when it exits.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) enum Exit {
    End,
    Pass,
    /// Raises what it was given.
    Reraise,
    /// Raises one that is there, in whatever links it has.
    Raise(Which),
    /// Raises a new one.
    RaiseNew(u8),
    Lose(Which),
}

/// What entries may do, each in its turn.
#[derive(Debug, Arbitrary)]
pub(crate) struct Policies(Vec<Allowed>);

#[derive(Clone, Copy, Debug, Default, Arbitrary)]
struct Allowed {
    suppress_errors: bool,
    suppress_faults: bool,
    only_kind: Option<u8>,
    replace: bool,
}

impl Allowed {
    fn policy(self) -> Policy {
        let policy =
            Policy::none().suppress_errors(self.suppress_errors).suppress_faults(self.suppress_faults);
        match self.only_kind {
            None => policy.replace(self.replace),
            Some(kind) => policy.suppress_only([format!("kind-{}", kind % 3)]).replace(self.replace),
        }
    }

    fn may_suppress(self, pending: Id, errors: &Errors) -> bool {
        let family = match errors.family(pending) {
            // To name kinds is to allow these.
            Family::Error => self.suppress_errors || self.only_kind.is_some(),
            Family::Fault => self.suppress_faults,
            Family::Cancelled => false,
        };
        let kind = self.only_kind.is_none_or(|kind| usize::from(kind % 3) == pending % 3);
        family && kind && !errors.goes_on(pending)
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: usize,
    exit: Exit,
    /// To the entry of which number it is tied.
    owner: Option<usize>,
}

#[derive(Default)]
pub(crate) struct Stacks {
    stack: Stack<Entry>,
    /// The same, by the model: the last exits first.
    model: Vec<Entry>,
    later: Vec<(Stack<Entry>, Vec<Entry>)>,
    count: usize,
}

impl Stacks {
    fn number(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    pub(crate) fn push(&mut self, exit: Exit) {
        let entry = Entry { number: self.number(), exit, owner: None };
        self.stack.push(entry);
        self.model.push(entry);
    }

    /// Ties an entry to the last whose number leaves this rest.
    pub(crate) fn tie(&mut self, to: u8, exit: Exit) {
        let rest = usize::from(to % 3);
        let owner = self.model.iter().rev().find(|entry| entry.owner.is_none() && entry.number % 3 == rest);
        let owner = owner.map(|entry| entry.number);
        let entry = Entry { number: self.number(), exit, owner };
        let tied = self.stack.tie(entry, |upper| upper.number % 3 == rest);
        assert_eq!(tied.is_ok(), owner.is_some());
        if let Some(at) = self.model.iter().position(|entry| Some(entry.number) == owner) {
            self.model.insert(at, entry);
        }
    }

    pub(crate) fn pop(&mut self) {
        let last = self.stack.last().map(|entry| entry.number);
        let (popped, expected) = (self.stack.pop(), self.model.pop());
        assert_eq!(popped.map(|entry| entry.number), expected.map(|entry| entry.number));
        assert_eq!(last, popped.map(|entry| entry.number));
    }

    pub(crate) fn pop_all(&mut self) {
        self.later.push((self.stack.pop_all(), std::mem::take(&mut self.model)));
        assert!(self.stack.is_empty());
    }

    /// Unwinds what was moved away, as it was.
    pub(crate) fn unwind_later(&mut self, errors: &mut Errors) {
        let Some((stack, model)) = self.later.pop() else { return };
        walk(stack, model, None, &[], errors);
    }

    pub(crate) fn unwind(&mut self, pending: Option<Which>, policies: &Policies, errors: &mut Errors) {
        let pending = pending.and_then(|which| errors.find(which));
        let (stack, model) = (self.stack.pop_all(), std::mem::take(&mut self.model));
        walk(stack, model, pending, &policies.0, errors);
    }
}

/// Drives a walk through a stack, and compares it with the model at each entry.
fn walk(
    mut stack: Stack<Entry>,
    mut model: Vec<Entry>,
    mut pending: Option<Id>,
    policies: &[Allowed],
    errors: &mut Errors,
) {
    assert_eq!(stack.len(), model.len());
    let given = pending;
    let mut walk = stack.unwind(pending.map(|id| errors.raised(id).clone()));
    let mut expected = Vec::new();
    let mut lost = None;
    let mut policies = policies.iter().copied().cycle();
    while let Some(entry) = walk.next_entry() {
        let next = model.pop().expect("no entry exits twice");
        assert_eq!(entry.number, next.number);
        assert_eq!(walk.pending().map(|raised| errors.id(raised)), pending);
        if entry.owner.is_some() {
            let told = walk.released().fault().map(|fault| errors.id(fault));
            assert_eq!(told, lost, "what became of the owner of {}", entry.number);
        }
        let allowed = policies.next().unwrap_or_default();
        let (answer, says) = answer(entry.exit, pending, errors);
        if entry.owner.is_none() {
            lost = if let Says::Lost(fault) = says { Some(fault) } else { None };
        }
        walk.answered(Some("it"), answer, &allowed.policy());
        match says {
            Says::Passed => {}
            Says::Lost(fault) => expected.push((Told::Lost, fault)),
            Says::Ended => match pending {
                Some(id) if allowed.may_suppress(id, errors) => pending = None,
                Some(id) => expected.push((Told::SuppressionRefused, id)),
                None => {}
            },
            Says::Raised(raised) => match pending {
                Some(id) if id == raised => {}
                Some(id) => {
                    errors.hang(raised, id);
                    if allowed.replace && !errors.goes_on(id) {
                        pending = Some(raised);
                    } else {
                        expected.push((Told::ReplacementRefused, raised));
                    }
                }
                None => pending = Some(raised),
            },
        }
    }
    assert!(model.is_empty(), "all entries exit");
    assert!(matches!(walk.released(), Released::Exited) || lost.is_some());
    let ending = walk.finish();
    assert_eq!(ending.pending.map(|raised| errors.id(&raised)), pending);
    if let Some(id) = given.filter(|id| errors.goes_on(*id)) {
        assert_eq!(pending, Some(id), "what was to reach the caller was stopped");
    }
    let told = ending.incidents.iter().map(|incident| match incident {
        Incident::Lost(fault) => (Told::Lost, errors.id(fault)),
        Incident::SuppressionRefused { by, pending } => {
            assert_eq!(by.as_deref(), Some("it"));
            (Told::SuppressionRefused, errors.id(pending))
        }
        Incident::ReplacementRefused { by, raised, .. } => {
            assert_eq!(by.as_deref(), Some("it"));
            (Told::ReplacementRefused, errors.id(raised))
        }
        other => panic!("nobody expects {other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Lost,
    SuppressionRefused,
    ReplacementRefused,
}

/// An answer, for the model.
enum Says {
    Ended,
    Passed,
    Raised(Id),
    Lost(Id),
}

fn answer(exit: Exit, pending: Option<Id>, errors: &mut Errors) -> (Answer, Says) {
    let raised = match exit {
        Exit::End => return (Answer::Ended, Says::Ended),
        Exit::Lose(which) => match errors.find(which) {
            None => None,
            Some(id) => return (Answer::Lost(errors.raised(id).clone()), Says::Lost(id)),
        },
        Exit::Pass => None,
        Exit::Reraise => pending,
        Exit::Raise(which) => errors.find(which),
        Exit::RaiseNew(family) => errors.add(family, Vec::new()),
    };
    match raised {
        None => (Answer::Passed, Says::Passed),
        Some(id) => (Answer::Raised(errors.raised(id).clone()), Says::Raised(id)),
    }
}
