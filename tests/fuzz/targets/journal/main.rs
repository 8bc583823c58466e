//! Whatever lies in the folder of a journal, and whatever is done to it while it is used, the journal is read or told to be
//! damaged: nothing panics, nothing waits for ever, and no file outside of the folder is touched.
#![no_main]

mod folder;
mod harm;
mod user;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

use folder::{Scratch, Start};
use harm::Harm;
use user::{Act, User};

/// What happens, one after another.
#[derive(Debug, Arbitrary)]
enum Step {
    Act(Act),
    Harm(Harm),
}

/// More say nothing new.
const STEPS: usize = 16;

fuzz_target!(|input: (Start, Vec<Step>)| {
    let (start, steps) = input;
    Scratch::with(|scratch| {
        scratch.begin(&start);
        let mut user = User::new(scratch.journal(), !start.is_harmed());
        for step in steps.into_iter().take(STEPS) {
            match step {
                Step::Act(act) => user.act(&act),
                Step::Harm(harm) => {
                    user.told_of_harm();
                    harm.inflict(scratch.journal(), user.is_open());
                }
            }
        }
        user.end();
        scratch.check_outside();
    });
});
