//! Errors and a model of them: [`Errors`].

use std::collections::HashSet;
use std::error::Error as _;
use std::sync::Arc;

use ambit_core::{Family, Raised};
use arbitrary::Arbitrary;

/// One of the errors that there are, by its number modulo their count.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) struct Which(u8);

/// The number of an error.
pub(crate) type Id = usize;

/// No more are made in a run.
const MOST: usize = 64;

#[derive(Default)]
pub(crate) struct Errors {
    known: Vec<Known>,
    /// Each error that lives has a handle of it: what is in a ring is never released.
    alive: Arc<()>,
}

struct Known {
    /// The handle; none once it is forgotten. What is linked to it may have it still.
    raised: Option<Raised>,
    family: Family,
    panic: bool,
    members: Vec<Id>,
    cause: Option<Id>,
    context: Context,
    hides_context: bool,
    /// What its source was when it was first asked for: that link stays.
    source: Option<Option<Id>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Context {
    Unset,
    Cut,
    Set(Id),
}

impl Errors {
    pub(crate) fn make(&mut self, family: u8, members: &[Which]) {
        let members = members.iter().take(4).filter_map(|which| self.find(*which)).collect();
        self.add(family, members);
    }

    /// A new error; none if there are enough.
    pub(crate) fn add(&mut self, family: u8, members: Vec<Id>) -> Option<Id> {
        if self.known.len() == MOST {
            return None;
        }
        let panic = family % 4 == 3;
        let family = match family % 4 {
            0 => Family::Error,
            1 => Family::Cancelled,
            _ => Family::Fault,
        };
        let id = self.known.len();
        let kinds = [format!("kind-{}", id % 3), if panic { "panic" } else { "any" }.to_owned()];
        let handles = members.iter().map(|member| self.raised(*member).clone()).collect();
        let raised = Raised::group(family, kinds, id.to_string(), handles);
        raised.set_native(self.alive.clone());
        let (cause, context, hides_context, source) = (None, Context::Unset, false, None);
        let raised = Some(raised);
        self.known.push(Known { raised, family, panic, members, cause, context, hides_context, source });
        Some(id)
    }

    /// One of which there is a handle.
    pub(crate) fn find(&self, Which(which): Which) -> Option<Id> {
        let held: Vec<_> = (0..self.known.len()).filter(|id| self.known[*id].raised.is_some()).collect();
        (!held.is_empty()).then(|| held[usize::from(which) % held.len()])
    }

    pub(crate) fn raised(&self, id: Id) -> &Raised {
        self.known[id].raised.as_ref().expect("what is asked for is held")
    }

    pub(crate) fn id(&self, raised: &Raised) -> Id {
        raised.message().parse().expect("each error says its number")
    }

    /// Whether no manager can stop it.
    pub(crate) fn goes_on(&self, id: Id) -> bool {
        self.known[id].family == Family::Cancelled || self.known[id].panic
    }

    pub(crate) fn family(&self, id: Id) -> Family {
        self.known[id].family
    }

    pub(crate) fn set_cause(&mut self, of: Which, cause: Option<Which>) {
        let Some(of) = self.find(of) else { return };
        let cause = cause.and_then(|which| self.find(which));
        self.raised(of).set_cause(cause.map(|id| self.raised(id).clone()));
        self.known[of].hides_context = true;
        if !cause.is_some_and(|cause| self.reaches(cause, of)) {
            self.known[of].cause = cause;
        }
    }

    pub(crate) fn set_context(&mut self, of: Which, context: Option<Which>) {
        let Some(of) = self.find(of) else { return };
        let context = context.and_then(|which| self.find(which));
        self.raised(of).set_context(context.map(|id| self.raised(id).clone()));
        self.link_context(of, context);
    }

    fn link_context(&mut self, of: Id, context: Option<Id>) {
        match context {
            None => self.known[of].context = Context::Cut,
            Some(context) if self.reaches(context, of) => {}
            Some(context) => self.known[of].context = Context::Set(context),
        }
    }

    /// What happens to an error that is raised while another is pending; only in the model.
    pub(crate) fn hang(&mut self, raised: Id, pending: Id) {
        let mut last = raised;
        while last != pending {
            match self.known[last].context {
                Context::Cut => return,
                Context::Unset => return self.link_context(last, Some(pending)),
                Context::Set(next) => last = next,
            }
        }
    }

    pub(crate) fn ask_source(&mut self, of: Which) {
        let Some(of) = self.find(of) else { return };
        let shown = self.shown(of);
        let known = &mut self.known[of];
        known.source.get_or_insert(shown);
        let source = self.raised(of).source().map(|source| source.to_string());
        assert_eq!(source, self.known[of].source.flatten().map(|id| id.to_string()));
    }

    pub(crate) fn forget(&mut self, which: Which) {
        if let Some(id) = self.find(which) {
            self.known[id].raised = None;
        }
    }

    fn shown(&self, id: Id) -> Option<Id> {
        let known = &self.known[id];
        match (known.cause, known.context) {
            (Some(cause), _) => Some(cause),
            (None, Context::Set(context)) if !known.hides_context => Some(context),
            _ => None,
        }
    }

    /// Whether a walk along any links arrives there.
    fn reaches(&self, from: Id, target: Id) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if id == target {
                return true;
            }
            if seen.insert(id) {
                let known = &self.known[id];
                open.extend(
                    known.cause.into_iter().chain(known.source.flatten()).chain(known.members.clone()),
                );
                open.extend(self.context(id));
            }
        }
        false
    }

    fn context(&self, id: Id) -> Option<Id> {
        match self.known[id].context {
            Context::Set(context) => Some(context),
            Context::Unset | Context::Cut => None,
        }
    }

    /// Compares all that can be asked.
    pub(crate) fn check(&self) {
        let held = |id: &Id| self.known[*id].raised.is_some();
        for id in (0..self.known.len()).filter(held) {
            let (known, raised) = (&self.known[id], self.raised(id));
            let number = |raised: Raised| self.id(&raised);
            assert_eq!(raised.cause().map(number), known.cause, "the cause of {id}");
            assert_eq!(raised.context().map(number), self.context(id), "the context of {id}");
            assert_eq!(raised.hides_context(), known.hides_context);
            let members: Vec<_> = raised.members().iter().map(|member| self.id(member)).collect();
            assert_eq!(members, known.members);
            // A chain without a ring is no longer than there are errors.
            assert!(raised.chain().take(MOST + 1).count() <= MOST, "the chain of {id} has no end");
            for other in (0..self.known.len()).filter(held) {
                assert_eq!(raised.is_same(self.raised(other)), id == other);
            }
        }
    }

    /// Lets go of all handles: nothing lives then.
    pub(crate) fn end(self) {
        let Self { known, alive } = self;
        drop(known);
        assert_eq!(Arc::strong_count(&alive), 1, "errors are leaked");
    }
}
