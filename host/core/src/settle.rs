//! What an exit's answer means for the error that was pending: [`settle()`].

use crate::{Family, Policy, Raised};

/// What something that exits says of the error that it was given.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It ended, and handled the error: suppress it.
    Ended,
    /// It has nothing to say to it: the error goes on.
    Passed,
    /// It raised: the same error goes on, another replaces it.
    Raised(Raised),
    /// It could not run to its end, for this fault. What was pending goes on.
    Lost(Raised),
}

/// Something that the caller must be told, beside the error that goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Incident {
    /// A manager would have suppressed `pending`, and may not. It goes on.
    SuppressionRefused {
        /// Who it was, where that is known.
        by: Option<String>,
        /// The error that goes on.
        pending: Raised,
    },
    /// A manager would have replaced `pending` by `raised`, and may not. `pending` goes on.
    ReplacementRefused {
        /// Who it was, where that is known.
        by: Option<String>,
        /// The error that goes on.
        pending: Raised,
        /// The error that would have taken its place.
        raised: Raised,
    },
    /// An exit could not run, or not release all, for this fault.
    Lost(Raised),
}

impl Incident {
    /// Says who it was, where that is not known yet.
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        if let Self::SuppressionRefused { by, .. } | Self::ReplacementRefused { by, .. } = &mut self {
            by.get_or_insert_with(|| name.to_owned());
        }
        self
    }
}

/// What [`settle()`] found.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The error that goes on, if any.
    pub pending: Option<Raised>,
    /// What the caller must be told beside it.
    pub incident: Option<Incident>,
}

/// What `answer` means where `pending` was given to the exit.
///
/// An error that replaces another gets it as context, at the end of its own chain of contexts: the rule of CPython's
/// `contextlib.ExitStack`, and of its nested `with` statements.
#[inline]
#[must_use]
pub fn settle(pending: Option<Raised>, answer: Answer, policy: &Policy) -> Settled {
    let (pending, incident) = match (pending, answer) {
        (pending, Answer::Passed) => (pending, None),
        (pending, Answer::Lost(fault)) => (pending, Some(Incident::Lost(fault))),
        (None, Answer::Ended) => (None, None),
        (None, Answer::Raised(raised)) => (Some(raised), None),
        (Some(pending), Answer::Ended) => return settle_error(pending, None, policy),
        (Some(pending), Answer::Raised(raised)) => return settle_error(pending, Some(raised), policy),
    };
    Settled { pending, incident }
}

/// The same of an error that was pending, which the exit handled or raised something at.
fn settle_error(pending: Raised, answer: Option<Raised>, policy: &Policy) -> Settled {
    let (pending, incident) = match answer {
        None if policy.may_suppress(&pending) => (None, None),
        None => (Some(pending.clone()), Some(Incident::SuppressionRefused { by: None, pending })),
        Some(raised) if raised.is_same(&pending) => (Some(pending), None),
        Some(raised) => {
            raised.hang(&pending);
            if policy.may_replace(&pending) {
                (Some(raised), None)
            } else {
                (Some(pending.clone()), Some(Incident::ReplacementRefused { by: None, pending, raised }))
            }
        }
    };
    Settled { pending, incident }
}

/// What several answers mean that were given to `pending` at once, since what exits did so together: each with who gave it, and what
/// that one may.
///
/// One that suppresses it suppresses it for all. One that raises another error replaces it; several are raised as a group of them
/// all, in the order in which they are given here. Nothing is lost.
#[must_use]
pub fn settle_together<'a>(
    pending: Option<Raised>,
    answers: impl IntoIterator<Item = (&'a str, Answer, &'a Policy)>,
) -> (Option<Raised>, Vec<Incident>) {
    let (mut raised, mut incidents, mut is_suppressed) = (Vec::new(), Vec::new(), false);
    for (by, answer, policy) in answers {
        let settled = settle(pending.clone(), answer, policy);
        incidents.extend(settled.incident.map(|incident| incident.of(by)));
        match (settled.pending, &pending) {
            (Some(same), Some(pending)) if same.is_same(pending) => {}
            (Some(other), _) => raised.push(other),
            (None, Some(_)) => is_suppressed = true,
            (None, None) => {}
        }
    }
    let goes_on = match raised.len() {
        0 if is_suppressed => None,
        0 => pending,
        _ => {
            let together = together(raised, "several managers raised as they exited");
            if let (true, Some(pending)) = (together.members().len() > 1, &pending) {
                together.hang(pending);
            }
            Some(together)
        }
    };
    (goes_on, incidents)
}

/// One error, or a group of several, of the family that fewest can stop.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn together(mut raised: Vec<Raised>, message: &str) -> Raised {
    match raised.len() {
        0 => panic!("no error stands for none"),
        1 => raised.remove(0),
        several => {
            let family = raised.iter().map(Raised::family).max_by_key(|family| match family {
                Family::Error => 0,
                Family::Fault => 1,
                Family::Cancelled => 2,
            });
            let family = family.unwrap_or(Family::Error);
            Raised::group(family, ["rust:ambit::Group"], format!("{message}: {several} errors"), raised)
        }
    }
}
