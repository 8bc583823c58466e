//! What is timed beside something else, in rounds that take turns: [`Row`].

use std::env;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use wasmtime::error::Context as _;

/// How many processes time each row: how fast one is depends on where its code and its memory happen to lie.
const PROCESSES: usize = 7;

/// How many rounds each of them times. Rounds of all rows take turns, so that what else the machine does meets all of them alike. What
/// is timed is the thread's own time on a processor: no row gives work to another thread.
const ROUNDS: usize = 15;

/// How long a round lasts, roughly.
const ROUND: Duration = Duration::from_millis(10);

/// With what a process is told which rows to time.
pub(crate) const TIME: &str = "--time";

/// What each round of a row took for each of its scopes, in nanoseconds.
type Times = Vec<f64>;

/// Work that is timed.
pub(crate) struct Row<'a> {
    name: String,
    work: Box<dyn FnMut() + 'a>,
    times: usize,
    nanoseconds: Times,
}

impl<'a> Row<'a> {
    pub(crate) fn new(name: impl Into<String>, work: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), work: Box::new(work), times: 1, nanoseconds: Vec::new() }
    }

    fn round(&mut self) -> Duration {
        let began = processor_time();
        for _ in 0..self.times {
            (self.work)();
        }
        processor_time() - began
    }

    /// Finds how many times fill a round.
    fn warm_up(&mut self) {
        while self.round() < ROUND {
            self.times *= 2;
        }
    }

    fn measure(&mut self) {
        let took = self.round();
        self.nanoseconds.push(took.as_nanos() as f64 / self.times as f64);
    }
}

/// How long this thread had a processor.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("the system has this clock").into()
}

pub(crate) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Times all rows, for the process that [prints](print) them.
pub(crate) fn time(rows: &mut [Row<'_>]) -> wasmtime::Result<()> {
    for row in rows.iter_mut() {
        row.warm_up();
    }
    for _ in 0..ROUNDS {
        for row in rows.iter_mut() {
            row.measure();
        }
    }
    let times: Vec<_> = rows.iter().map(|row| (&row.name, &row.nanoseconds)).collect();
    Ok(serde_json::to_writer(io::stdout(), &times)?)
}

/// Has the rows of this name timed by several processes, and prints each beside the first of its pair.
pub(crate) fn print(of: &str) -> wasmtime::Result<()> {
    let mut all: Vec<(String, Times)> = Vec::new();
    for _ in 0..PROCESSES {
        let timed = Command::new(env::current_exe()?).args([TIME, of]).stderr(Stdio::inherit()).output()?;
        wasmtime::ensure!(timed.status.success(), "the process that times {of} ended with {}", timed.status);
        let timed: Vec<(String, Times)> = serde_json::from_slice(&timed.stdout).context("what it timed")?;
        if all.is_empty() {
            all = timed;
        } else {
            for ((_, all), (_, more)) in all.iter_mut().zip(timed) {
                all.extend(more);
            }
        }
    }
    for pair in all.chunks(2) {
        let (_, first) = &pair[0];
        for (name, times) in pair {
            // Both rounds met the same state of the machine.
            let ratio = median(times.iter().zip(first).map(|(own, other)| own / other));
            println!("{name:52} {:>10.0} {ratio:>8.2}", median(times.iter().copied()));
        }
    }
    Ok(())
}

/// Prints what stands above the rows.
pub(crate) fn print_head(what: &str) {
    println!("{what}; medians of {ROUNDS} rounds in each of {PROCESSES} processes");
    println!("{:52} {:>10} {:>8}", "", "ns", "ratio");
}

/// Runs one row alone, so many times, for a profiler:
/// `perf record target/debug/scope-bench 'fails and is re-raised, store at hand: ambit' 2000000`.
pub(crate) fn profile(rows: &mut [Row<'_>], name: &str, times: usize) -> wasmtime::Result<()> {
    let Some(row) = rows.iter_mut().find(|row| row.name == name) else {
        let names: Vec<_> = rows.iter().map(|row| &row.name).collect();
        wasmtime::bail!("there is no row {name:?}; there are {names:?}");
    };
    row.times = times;
    println!("{:.0} ns", row.round().as_nanos() as f64 / row.times as f64);
    Ok(())
}
