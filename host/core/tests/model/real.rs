//! The same stacks, on `ambit-core`.

use ambit_core::{Answer, Ending, Family, Incident, Raised, Stack, Unwind};

use super::{BODY, Body, End, Entry, Id, Links, Rights, Say, Told};

/// Runs a stack, and says how it ended in the words of the model.
pub(crate) fn run(body: Body, entries: &[Entry]) -> End {
    let mut real = Real::default();
    let failure = match body {
        Body::Completes => None,
        Body::Fails(family) => Some(real.make(family, BODY)),
        Body::Panics => Some(real.make(Family::Fault, ambit_kinds::PANIC)),
    };
    let Ending { pending, incidents, .. } = real.unwind(entries, failure);
    End {
        pending: pending.map(|raised| real.id(&raised)),
        told: incidents.iter().map(|incident| real.told(incident)).collect(),
        links: real.errors.iter().map(|raised| real.links(raised)).collect(),
    }
}

/// Every error that was made, in order.
#[derive(Default)]
struct Real {
    errors: Vec<Raised>,
}

impl Real {
    fn unwind(&mut self, entries: &[Entry], pending: Option<Raised>) -> Ending {
        let mut stack = Stack::default();
        entries.iter().for_each(|entry| stack.push(entry));
        let mut unwind = stack.unwind(pending);
        assert!(stack.is_empty(), "a stack that unwinds is empty at once");
        while let Some(entry) = unwind.next_entry() {
            self.exit(entry, &mut unwind);
        }
        unwind.finish()
    }

    fn exit(&mut self, entry: &Entry, unwind: &mut Unwind<&Entry>) {
        let pending = unwind.pending().cloned();
        match entry {
            Entry::One(say, rights) => {
                let answer = self.answer(*say, pending);
                unwind.answered(None, answer, &rights.policy());
            }
            Entry::Stack(entries) => {
                let ending = self.unwind(entries, pending);
                unwind.told(ending.incidents);
                let answer = ending.pending.map_or(Answer::Ended, Answer::Raised);
                unwind.answered(None, answer, &Rights::ALL.policy());
            }
        }
    }

    fn answer(&mut self, say: Say, pending: Option<Raised>) -> Answer {
        let raised = match say {
            Say::Ended => return Answer::Ended,
            Say::Passed => return Answer::Passed,
            Say::Lost => return Answer::Lost(self.make(Family::Fault, "lost")),
            Say::Reraise => pending,
            Say::RaiseTheFirst => pending.and_then(|_| self.errors.first().cloned()),
            _ => Some(self.new_error(say, pending)),
        };
        raised.map_or(Answer::Passed, Answer::Raised)
    }

    fn new_error(&mut self, say: Say, pending: Option<Raised>) -> Raised {
        let new = self.make(Family::Error, "new");
        match say {
            Say::RaiseNewFromPending => new.set_cause(pending),
            Say::RaiseNewFromNothing => new.set_cause(None),
            Say::RaiseNewInContextOfPending if pending.is_some() => new.set_context(pending),
            Say::RaiseNewWithContext => new.set_context(Some(self.make(Family::Error, "context"))),
            Say::RaiseNewCut => new.set_context(None),
            Say::RaiseNewWithContextCut => {
                let context = self.make(Family::Error, "context");
                context.set_context(None);
                new.set_context(Some(context));
            }
            Say::RaiseWhatPendingIsFrom => {
                if let Some(pending) = pending {
                    pending.set_cause(Some(new.clone()));
                }
            }
            _ => {}
        }
        new
    }

    fn make(&mut self, family: Family, kind: &str) -> Raised {
        let raised = Raised::new(family, [kind], self.errors.len().to_string());
        self.errors.push(raised.clone());
        raised
    }

    fn id(&self, raised: &Raised) -> Id {
        self.errors.iter().position(|each| each.is_same(raised)).expect("every error is made here")
    }

    fn links(&self, raised: &Raised) -> Links {
        Links {
            cause: raised.cause().map(|cause| self.id(&cause)),
            context: raised.context().map(|context| self.id(&context)),
            hides_context: raised.hides_context(),
        }
    }

    fn told(&self, incident: &Incident) -> Told {
        match incident {
            Incident::SuppressionRefused { pending, .. } => Told::SuppressionRefused(self.id(pending)),
            Incident::ReplacementRefused { pending, raised, .. } => {
                Told::ReplacementRefused { pending: self.id(pending), raised: self.id(raised) }
            }
            Incident::Lost(fault) => Told::Lost(self.id(fault)),
            other => panic!("the model does not know {other:?}"),
        }
    }
}
