//! An exit stack of entries that live in this process: [`NativeStack`].

use ambit_core::{Answer, Raised, Stack};

use crate::program::policy;
use crate::{Entries, Flow};

/// An exit stack.
#[derive(Debug, Default)]
pub(crate) struct NativeStack(Stack<Entry>);

type ExitFunction = Box<dyn FnOnce(Option<&Raised>) -> Answer>;

enum Entry {
    Exit(ExitFunction),
    Stack(NativeStack),
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(_) => f.write_str("Exit"),
            Self::Stack(stack) => stack.fmt(f),
        }
    }
}

impl Entries for NativeStack {
    fn callback(&mut self, function: impl FnOnce() -> Flow + Send + 'static) {
        self.push(move |_| function().map_or_else(Answer::Raised, |()| Answer::Passed));
    }

    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + Send + 'static) {
        self.0.push(Entry::Exit(Box::new(function)));
    }

    fn push_stack(&mut self, stack: Self) {
        self.0.push(Entry::Stack(stack));
    }

    fn pop_all(&mut self) -> Self {
        Self(self.0.pop_all())
    }

    async fn close(&mut self) -> Flow {
        self.unwind(None)
    }
}

impl NativeStack {
    pub(super) fn unwind(&mut self, pending: Option<Raised>) -> Flow {
        let mut unwind = self.0.unwind(pending);
        while let Some(entry) = unwind.next_entry() {
            let pending = unwind.pending();
            let answer = match entry {
                Entry::Exit(function) => function(pending),
                Entry::Stack(mut stack) => {
                    stack.unwind(pending.cloned()).map_or_else(Answer::Raised, |()| Answer::Ended)
                }
            };
            unwind.answered(None, answer, &policy());
        }
        unwind.finish().pending.map_or(Ok(()), Err)
    }
}
