//! Many rounds: [`crash()`], and what they met, a [`Tally`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Failure, Killed, Stage, round};

/// How many kills met the managers in which state.
#[derive(Debug, Default)]
pub struct Tally {
    met: BTreeMap<Killed, u32>,
}

/// Kills `ambit` so many times, each at a random moment of its run, and stops at the first that leaves something.
///
/// # Errors
/// What was left, and in which round.
pub fn crash(ambit: &Path, rounds: u32) -> Result<Tally, Failure> {
    let cache = tempfile::tempdir()?;
    let whole = measure(ambit, cache.path())?;
    // What the command leaves where nobody undoes it: the same each time.
    let after = Stage::new(ambit, cache.path())?;
    if !after.with(0).status()?.success() {
        return Err("`ambit` does not run without being killed".into());
    }
    let mut tally = Tally::default();
    for number in 1..=rounds {
        let stage = Stage::new(ambit, cache.path())?;
        let moment = whole.mul_f64(random()?);
        let status = u8::from(number % 2 == 0);
        let killed = round(&stage, status, moment, &after)
            .map_err(|failure| format!("round {number}, killed after {moment:?}: {failure}"))?;
        *tally.met.entry(killed).or_default() += 1;
    }
    Ok(tally)
}

/// How long a run takes that is not killed, and a little more, once all is compiled: the longest of a few.
fn measure(ambit: &Path, cache: &Path) -> Result<Duration, Failure> {
    let mut longest = Duration::ZERO;
    for run in 0..6 {
        let stage = Stage::new(ambit, cache)?;
        let began = Instant::now();
        stage.with(1).status()?;
        if run > 0 {
            longest = longest.max(began.elapsed());
        }
    }
    Ok(longest.mul_f64(1.1))
}

/// A number between 0 and 1.
fn random() -> Result<f64, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    Ok(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

impl Tally {
    /// How many kills met managers that held something.
    #[must_use]
    pub fn holding(&self) -> u32 {
        let holding = |(killed, count): (&Killed, &u32)| match killed {
            Killed::Holding(held) if !held.is_empty() => *count,
            _ => 0,
        };
        self.met.iter().map(holding).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds: u32 = self.met.values().sum();
        writeln!(f, "{rounds} kills, after each of which `ambit recover` left nothing behind:")?;
        for (killed, count) in &self.met {
            match killed {
                Killed::TooLate => writeln!(f, "{count:6}  came after the end")?,
                Killed::Holding(held) if held.is_empty() => writeln!(f, "{count:6}  met nothing held")?,
                Killed::Holding(held) => writeln!(f, "{count:6}  met {}", held.join(", "))?,
            }
        }
        Ok(())
    }
}
