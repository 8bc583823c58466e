//! A small model of what `ambit-core` does: errors are numbers, and a stack is the nested `with`s that it stands for.

#![allow(dead_code, reason = "each battery uses its part of the model")]

pub(crate) mod real;

use std::collections::BTreeSet;

use ambit_core::{Family, Policy};

/// An error, by the order in which it was made.
pub(crate) type Id = usize;

/// What the body of a stack does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Completes,
    Fails(Family),
    Panics,
}

/// What an entry says when it exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    Ended,
    Passed,
    /// The error that it was given, or nothing if there is none.
    Reraise,
    /// The first error that was made, which may have been replaced since: the body's, if that failed.
    RaiseTheFirst,
    RaiseNew,
    RaiseNewFromPending,
    RaiseNewFromNothing,
    RaiseNewInContextOfPending,
    /// The new error has a context of its own.
    RaiseNewWithContext,
    /// The new error's context was set to none.
    RaiseNewCut,
    /// The new error has a context, whose own context was set to none.
    RaiseNewWithContextCut,
    /// The pending error is said to be raised from the one that is raised.
    RaiseWhatPendingIsFrom,
    Lost,
}

pub(crate) const SAYS: &[Say] = &[
    Say::Ended,
    Say::Passed,
    Say::Reraise,
    Say::RaiseTheFirst,
    Say::RaiseNew,
    Say::RaiseNewFromPending,
    Say::RaiseNewFromNothing,
    Say::RaiseNewInContextOfPending,
    Say::RaiseNewWithContext,
    Say::RaiseNewCut,
    Say::RaiseNewWithContextCut,
    Say::RaiseWhatPendingIsFrom,
    Say::Lost,
];

/// What a stack holds; the first is the outermost.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    One(Say, Rights),
    /// A popped stack: it may suppress whatever it can.
    Stack(Vec<Entry>),
}

/// What a [`Policy`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) suppress_errors: bool,
    pub(crate) suppress_faults: bool,
    /// Of what it may suppress, only the body's error.
    pub(crate) only_the_body: bool,
    pub(crate) replace: bool,
}

impl Rights {
    pub(crate) const ALL: Self =
        Self { suppress_errors: true, suppress_faults: true, only_the_body: false, replace: true };
    pub(crate) const DEFAULT: Self = Self { suppress_faults: false, ..Self::ALL };
    pub(crate) const ONLY_THE_BODY: Self = Self { only_the_body: true, replace: false, ..Self::ALL };
    pub(crate) const REPLACE: Self = Self { suppress_errors: false, suppress_faults: false, ..Self::ALL };
    pub(crate) const NONE: Self = Self { replace: false, ..Self::REPLACE };

    pub(crate) fn policy(self) -> Policy {
        let Self { suppress_errors, suppress_faults, only_the_body, replace } = self;
        let policy = match only_the_body {
            true => Policy::none().suppress_only([BODY]),
            false => Policy::none().suppress_errors(suppress_errors),
        };
        policy.suppress_faults(suppress_faults).replace(replace)
    }
}

/// The kind of the body's error.
pub(crate) const BODY: &str = "body";

/// What the caller is told beside the error that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    SuppressionRefused(Id),
    ReplacementRefused { pending: Id, raised: Id },
    Lost(Id),
}

/// The links of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    pub(crate) cause: Option<Id>,
    pub(crate) context: Option<Id>,
    pub(crate) hides_context: bool,
}

/// How it all ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) pending: Option<Id>,
    pub(crate) told: Vec<Told>,
    /// Of every error that was made.
    pub(crate) links: Vec<Links>,
}

#[derive(Default)]
pub(crate) struct Model {
    errors: Vec<Error>,
    told: Vec<Told>,
}

struct Error {
    sort: Sort,
    is_the_body: bool,
    links: Links,
    cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Error,
    Fault,
    /// A cancellation or a panic: it goes on, whatever is said.
    GoesOn,
}

impl Model {
    pub(crate) fn run(body: Body, entries: &[Entry]) -> End {
        let mut model = Self::default();
        let failure = match body {
            Body::Completes => None,
            Body::Fails(Family::Error) => Some(model.make(Sort::Error)),
            Body::Fails(Family::Fault) => Some(model.make(Sort::Fault)),
            Body::Fails(Family::Cancelled) | Body::Panics => Some(model.make(Sort::GoesOn)),
        };
        if let Some(failure) = failure {
            model.errors[failure].is_the_body = body != Body::Panics;
        }
        let pending = model.nested(entries, failure);
        End { pending, told: model.told, links: model.errors.iter().map(|error| error.links).collect() }
    }

    /// A `with` of the first entry around the `with`s of the others around the body.
    fn nested(&mut self, entries: &[Entry], body: Option<Id>) -> Option<Id> {
        let Some((outermost, inner)) = entries.split_first() else { return body };
        let pending = self.nested(inner, body);
        match outermost {
            Entry::One(say, rights) => self.exit(*say, *rights, pending),
            Entry::Stack(entries) => match self.nested(entries, pending) {
                None if pending.is_some() => self.suppress(pending, Rights::ALL),
                None => None,
                Some(raised) => self.raise(raised, Rights::ALL, pending),
            },
        }
    }

    fn exit(&mut self, say: Say, rights: Rights, pending: Option<Id>) -> Option<Id> {
        match say {
            Say::Ended => self.suppress(pending, rights),
            Say::Passed => pending,
            Say::Lost => {
                let fault = self.make(Sort::Fault);
                self.told.push(Told::Lost(fault));
                pending
            }
            _ => match self.new_error(say, pending) {
                Some(raised) => self.raise(raised, rights, pending),
                None => pending,
            },
        }
    }

    fn new_error(&mut self, say: Say, pending: Option<Id>) -> Option<Id> {
        match say {
            Say::Reraise => return pending,
            Say::RaiseTheFirst => return pending.and(Some(0)),
            _ => {}
        }
        let new = self.make(Sort::Error);
        match say {
            Say::RaiseNewFromPending => self.set_cause(new, pending),
            Say::RaiseNewFromNothing => self.set_cause(new, None),
            Say::RaiseNewInContextOfPending if pending.is_some() => self.set_context(new, pending),
            Say::RaiseNewWithContext => {
                let context = self.make(Sort::Error);
                self.set_context(new, Some(context));
            }
            Say::RaiseNewCut => self.set_context(new, None),
            Say::RaiseNewWithContextCut => {
                let context = self.make(Sort::Error);
                self.set_context(context, None);
                self.set_context(new, Some(context));
            }
            Say::RaiseWhatPendingIsFrom => {
                if let Some(pending) = pending {
                    self.set_cause(pending, Some(new));
                }
            }
            _ => {}
        }
        Some(new)
    }

    fn suppress(&mut self, pending: Option<Id>, rights: Rights) -> Option<Id> {
        let error = &self.errors[pending?];
        let allowed = match error.sort {
            Sort::Error => rights.suppress_errors,
            Sort::Fault => rights.suppress_faults,
            Sort::GoesOn => false,
        };
        if allowed && (error.is_the_body || !rights.only_the_body) {
            return None;
        }
        self.told.extend(pending.map(Told::SuppressionRefused));
        pending
    }

    fn raise(&mut self, raised: Id, rights: Rights, pending: Option<Id>) -> Option<Id> {
        let Some(pending) = pending.filter(|&pending| pending != raised) else { return Some(raised) };
        self.hang(raised, pending);
        if self.errors[pending].sort == Sort::GoesOn || !rights.replace {
            self.told.push(Told::ReplacementRefused { pending, raised });
            return Some(pending);
        }
        Some(raised)
    }

    /// The chain of contexts, written out.
    fn contexts(&self, of: Id) -> Vec<Id> {
        std::iter::successors(Some(of), |&id| self.errors[id].links.context).collect()
    }

    pub(crate) fn hang(&mut self, raised: Id, pending: Id) {
        let chain = self.contexts(raised);
        let last = chain[chain.len() - 1];
        if !chain.contains(&pending) && !self.errors[last].cut {
            self.set_context(last, Some(pending));
        }
    }

    fn make(&mut self, sort: Sort) -> Id {
        self.errors.push(Error { sort, is_the_body: false, links: Links::default(), cut: false });
        self.errors.len() - 1
    }

    pub(crate) fn make_error(&mut self) -> Id {
        self.make(Sort::Error)
    }

    pub(crate) fn set_cause(&mut self, id: Id, cause: Option<Id>) {
        self.errors[id].links.hides_context = true;
        if !cause.is_some_and(|cause| self.reaches(cause, id)) {
            self.errors[id].links.cause = cause;
        }
    }

    pub(crate) fn set_context(&mut self, id: Id, context: Option<Id>) {
        if !context.is_some_and(|context| self.reaches(context, id)) {
            self.errors[id].links.context = context;
            self.errors[id].cut = context.is_none();
        }
    }

    pub(crate) fn links(&self) -> Vec<Links> {
        self.errors.iter().map(|error| error.links).collect()
    }

    fn reaches(&self, from: Id, target: Id) -> bool {
        let mut reached = BTreeSet::from([from]);
        loop {
            let next = reached.iter().flat_map(|&id| {
                let Links { cause, context, .. } = self.errors[id].links;
                [cause, context].into_iter().flatten()
            });
            let grown: BTreeSet<_> = next.chain(reached.iter().copied()).collect();
            if grown.len() == reached.len() {
                return reached.contains(&target);
            }
            reached = grown;
        }
    }
}
