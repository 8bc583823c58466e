//! Scopes one after another, and what they leave: [`soak()`].

use std::ops::Range;
use std::{fmt, io};

use ambit::{Ending, Family, Fault, Incident, Raised};
use futures::future::join_all;

use crate::held::Held;
use crate::kind::Kind;
use crate::scopes::Scopes;

/// How many scopes a stack has.
const STACK: usize = 5;

/// One scope in so many has a fault.
const BAD: usize = 100;

/// Scopes that are entered before anything is measured, in each round: at least these, and at least one in twenty of all. The allocator
/// and the pools of instances and of threads keep what they were given back, to give it out again, so that a process that leaks nothing
/// grows at first: until each program ran under each policy, and failed in each way, at the same time as others were live.
const WARM_UP: usize = 10_000;

/// How many rounds warm up at the most: as soon as one adds nothing to what is held, it is warm. One that leaks never is.
const ROUNDS: usize = 6;

/// How often is looked at what the process holds, in the first tenth of the scopes and in the last.
const SAMPLES: usize = 20;

/// What a soak came to.
#[derive(Clone, Copy, Debug)]
pub struct Soaked {
    /// How many scopes were to be entered, beside those to warm up.
    pub scopes: usize,
    /// How many of them had a fault.
    pub bad: usize,
    /// The most that the process held during the first tenth, once it was warm.
    pub before: Held,
    /// The same during the last tenth.
    pub after: Held,
}

/// Why a soak did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The programs cannot be loaded.
    #[error("the programs cannot be loaded")]
    Load(#[from] ambit::Error),
    /// The system does not say what the process holds.
    #[error("the system does not say what the process holds: there is no /proc")]
    Held(#[from] io::Error),
    /// A stack did not end as it should.
    #[error("the stack of scopes {first} and following, of which {bad} are bad, ended with {ending}")]
    Wrong {
        /// The number of its outermost scope.
        first: usize,
        /// How many of its scopes were to have a fault.
        bad: usize,
        /// What it ended with.
        ending: String,
    },
}

/// Enters and exits so many scopes, in stacks of five, and says what the process held before and after.
///
/// # Errors
/// One whose fault was not told of, or that was told of a fault of its own though it had none.
pub fn soak(kind: Kind, scopes: usize) -> Result<Soaked, Trouble> {
    let all = Scopes::load(kind)?;
    let warm_up = warm_up(kind, &all, WARM_UP.max(scopes / 20))?;
    let (end, tenth) = (warm_up + scopes, scopes / 10);
    let (mut bad, before) = peak(kind, &all, warm_up..warm_up + tenth)?;
    bad += run(kind, &all, warm_up + tenth..end - tenth)?;
    let (last, after) = peak(kind, &all, end - tenth..end)?;
    Ok(Soaked { scopes, bad: bad + last, before, after })
}

/// Warms up in rounds of so many scopes, and says how many they were.
fn warm_up(kind: Kind, all: &Scopes, scopes: usize) -> Result<usize, Trouble> {
    let (_, mut held) = peak(kind, all, 0..scopes)?;
    for round in 1..ROUNDS {
        let (_, more) = peak(kind, all, round * scopes..(round + 1) * scopes)?;
        if !more.exceeds(held) {
            return Ok((round + 1) * scopes);
        }
        held = held.most(more);
    }
    Ok(ROUNDS * scopes)
}

/// Runs so many scopes, counts the bad ones, and says the most that the process held of each. How many stores wait for a scope changes
/// with how many were live at once.
fn peak(kind: Kind, all: &Scopes, numbers: Range<usize>) -> Result<(usize, Held), Trouble> {
    let (mut bad, mut peak) = (0, Held::now()?);
    let step = numbers.len().div_ceil(SAMPLES).max(1);
    for first in numbers.clone().step_by(step) {
        bad += run(kind, all, first..(first + step).min(numbers.end))?;
        peak = peak.most(Held::now()?);
    }
    Ok((bad, peak))
}

/// Runs the scopes of these numbers, a part in each of the stacks that there are at once, and counts the bad ones.
fn run(kind: Kind, all: &Scopes, numbers: Range<usize>) -> Result<usize, Trouble> {
    let part = numbers.len().div_ceil(kind.stacks());
    let parts = (0..kind.stacks()).map(|each| {
        let begin = (numbers.start + each * part).min(numbers.end);
        run_part(kind, all, begin..(begin + part).min(numbers.end))
    });
    kind.run(join_all(parts))?.into_iter().sum()
}

/// The same, one stack after another.
async fn run_part(kind: Kind, all: &Scopes, part: Range<usize>) -> Result<usize, Trouble> {
    let (mut next, mut bad) = (part.start, 0);
    while next < part.end {
        let numbers = next..(next + STACK).min(part.end);
        let ran = stack(kind, all, numbers).await?;
        next += ran.entered;
        bad += ran.bad;
    }
    Ok(bad)
}

/// How many scopes of a stack ran.
struct Ran {
    /// Up to the first that could not be entered, which counts.
    entered: usize,
    bad: usize,
    /// Whether it had a scope that may have been told of a fault of another stack's.
    with_others: bool,
}

/// Runs a stack of the scopes of these numbers.
async fn stack(kind: Kind, all: &Scopes, numbers: Range<usize>) -> Result<Ran, Trouble> {
    let first = numbers.start;
    let mut stack = kind.stack();
    let mut ran = Ran { entered: 0, bad: 0, with_others: false };
    let mut pending = None;
    for number in numbers {
        let each = if is_bad(number) {
            ran.bad += 1;
            all.bad(number / BAD)
        } else {
            all.good(number + number / STACK)
        };
        ran.entered += 1;
        ran.with_others |= each.is_shared && kind.stacks() > 1;
        if let Err(raised) = stack.enter(each).await {
            pending = Some(raised);
            break;
        }
    }
    let fails = (first / STACK).is_multiple_of(2);
    let boom = || Raised::new(Family::Error, ["boom"], "the body failed");
    let ending = stack.unwind(pending.or_else(|| fails.then(boom))).await;
    let told = told(&ending);
    if told == (ran.bad > 0) || (told && ran.with_others) {
        Ok(ran)
    } else {
        Err(Trouble::Wrong { first, bad: ran.bad, ending: format!("{ending:?}") })
    }
}

/// Whether the scope of this number is one in a hundred; which of the hundred changes, and with it the place in a stack.
fn is_bad(number: usize) -> bool {
    number % BAD == number / BAD % STACK
}

/// Whether a fault was told of.
fn told(ending: &Ending) -> bool {
    let is_fault = |raised: &Raised| raised.chain().any(|(_, raised)| raised.native::<Fault>().is_some());
    ending.pending.as_ref().is_some_and(is_fault)
        || ending.incidents.iter().any(|incident| matches!(incident, Incident::Lost(_)))
}

impl Soaked {
    /// What differs by more than 5 %.
    #[must_use]
    pub fn differing(&self) -> Vec<&'static str> {
        let rows = self.before.named().into_iter().zip(self.after.named());
        let differ = |before: usize, after: usize| before.abs_diff(after) * 20 > before;
        rows.filter(|((_, before), (_, after))| differ(*before, *after)).map(|((name, _), _)| name).collect()
    }
}

impl fmt::Display for Soaked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} scopes, {} with a fault", self.scopes, self.bad)?;
        write!(f, "{:14} {:>10} {:>10}", "", "before", "after")?;
        for ((name, before), (_, after)) in self.before.named().into_iter().zip(self.after.named()) {
            let percent = (after as f64 / before as f64 - 1.0) * 100.0;
            write!(f, "\n{name:14} {before:>10} {after:>10} {percent:+8.1} %")?;
        }
        Ok(())
    }
}
