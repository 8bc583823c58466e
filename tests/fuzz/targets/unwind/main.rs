//! The semantics alone: whatever is linked, answered, suppressed and replaced in whatever order, errors and stacks are what a
//! model of them says. The model knows errors by number, and has no handle that could be the wrong one.
#![no_main]

mod errors;
mod stacks;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

use errors::{Errors, Which};
use stacks::{Exit, Policies, Stacks};

#[derive(Debug, Arbitrary)]
enum Step {
    Make { family: u8, members: Option<Vec<Which>> },
    Cause(Which, Option<Which>),
    Context(Which, Option<Which>),
    Source(Which),
    Forget(Which),
    Push(Exit),
    Tie { to: u8, exit: Exit },
    Pop,
    PopAll,
    UnwindLater,
    Unwind(Option<Which>, Policies),
}

fuzz_target!(|steps: Vec<Step>| {
    let mut errors = Errors::default();
    let mut stacks = Stacks::default();
    for step in steps.into_iter().take(200) {
        match step {
            Step::Make { family, members } => errors.make(family, &members.unwrap_or_default()),
            Step::Cause(of, cause) => errors.set_cause(of, cause),
            Step::Context(of, context) => errors.set_context(of, context),
            Step::Source(of) => errors.ask_source(of),
            Step::Forget(which) => errors.forget(which),
            Step::Push(exit) => stacks.push(exit),
            Step::Tie { to, exit } => stacks.tie(to, exit),
            Step::Pop => stacks.pop(),
            Step::PopAll => stacks.pop_all(),
            Step::UnwindLater => stacks.unwind_later(&mut errors),
            Step::Unwind(pending, policies) => stacks.unwind(pending, &policies, &mut errors),
        }
        errors.check();
    }
    drop(stacks);
    errors.end();
});
