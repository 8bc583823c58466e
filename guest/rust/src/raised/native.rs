//! Errors in memory, for tests: what a host does, in few lines.

use std::cell::RefCell;
use std::rc::Rc;

/// An error in flight, with the methods of the contract.
pub(crate) struct Raised(Rc<Inner>);

struct Inner {
    family: &'static str,
    kinds: Vec<String>,
    message: String,
    members: Vec<Raised>,
    links: RefCell<Links>,
}

#[derive(Default)]
struct Links {
    notes: Vec<String>,
    cause: Option<Raised>,
    hides_context: bool,
    context: Option<Raised>,
    /// Its context was set to none: nothing is to be hung there.
    cut: bool,
}

impl Raised {
    pub(crate) fn new(kinds: &[String], message: &str) -> Self {
        Self::of_family("error", kinds, message, &[])
    }

    pub(crate) fn broken(rule: &str) -> Self {
        let message = match rule {
            "did-not-yield" => "the manager did not yield",
            "did-not-stop" => "the manager did not stop",
            _ => "the manager broke the contract",
        };
        Self::of_family("fault", &[rule.to_owned()], message, &[])
    }

    pub(crate) fn group(kinds: &[String], message: &str, members: &[&Self]) -> Self {
        Self::of_family("error", kinds, message, members)
    }

    pub(crate) fn of_family(
        family: &'static str,
        kinds: &[String],
        message: &str,
        members: &[&Self],
    ) -> Self {
        Self(Rc::new(Inner {
            family,
            kinds: kinds.to_vec(),
            message: message.to_owned(),
            members: members.iter().map(|member| member.second()).collect(),
            links: RefCell::default(),
        }))
    }

    pub(crate) fn family(&self) -> String {
        self.0.family.to_owned()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.0.kinds.clone()
    }

    pub(crate) fn message(&self) -> String {
        self.0.message.clone()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn members(&self) -> Vec<Self> {
        self.0.members.iter().map(Self::second).collect()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.0.links.borrow().notes.clone()
    }

    pub(crate) fn add_note(&self, note: &str) {
        self.0.links.borrow_mut().notes.push(note.to_owned());
    }

    pub(crate) fn cause(&self) -> Option<Self> {
        self.0.links.borrow().cause.as_ref().map(Self::second)
    }

    pub(crate) fn set_cause(&self, cause: Option<&Self>) {
        let closes_a_ring = cause.is_some_and(|cause| cause.reaches(self));
        let mut links = self.0.links.borrow_mut();
        links.hides_context = true;
        if !closes_a_ring {
            links.cause = cause.map(Self::second);
        }
    }

    pub(crate) fn context(&self) -> Option<Self> {
        self.0.links.borrow().context.as_ref().map(Self::second)
    }

    pub(crate) fn set_context(&self, context: Option<&Self>) {
        if context.is_some_and(|context| context.reaches(self)) {
            return;
        }
        let mut links = self.0.links.borrow_mut();
        links.cut = context.is_none();
        links.context = context.map(Self::second);
    }

    pub(crate) fn hides_context(&self) -> bool {
        self.0.links.borrow().hides_context
    }

    /// What a host does with an error that takes the place of `pending`: hangs that on the end of its contexts.
    pub(crate) fn hang(&self, pending: &Self) {
        let mut last = self.second();
        while !last.is_same(pending) && !last.0.links.borrow().cut {
            match last.context() {
                Some(next) => last = next,
                None => return last.set_context(Some(pending)),
            }
        }
    }

    fn second(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    /// Whether a walk along any links from here arrives at `target`.
    fn reaches(&self, target: &Self) -> bool {
        let mut seen = Vec::new();
        let mut open = vec![self.second()];
        while let Some(next) = open.pop() {
            if next.is_same(target) {
                return true;
            }
            if !seen.contains(&Rc::as_ptr(&next.0)) {
                seen.push(Rc::as_ptr(&next.0));
                open.extend(next.cause().into_iter().chain(next.context()).chain(next.members()));
            }
        }
        false
    }
}
