//! What is timed beside something else, in rounds that take turns: [`Row`].

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// How many rounds are timed, of which the median is printed. Rounds of all rows take turns, so that what else the machine
/// does meets all of them alike. What is timed is the thread's own time on a processor: no row gives work to another thread.
pub(crate) const ROUNDS: usize = 41;

/// How long a round lasts, roughly.
const ROUND: Duration = Duration::from_millis(10);

/// Work that is timed.
pub(crate) struct Row<'a> {
    name: String,
    work: Box<dyn FnMut() + 'a>,
    times: usize,
    nanoseconds: Vec<f64>,
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

    fn median(&self) -> f64 {
        median(self.nanoseconds.iter().copied())
    }

    /// The median of the ratios to `other`, round by round: both rounds met the same state of the machine.
    fn ratio(&self, other: &Self) -> f64 {
        median(self.nanoseconds.iter().zip(&other.nanoseconds).map(|(own, other)| own / other))
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

/// Times all rows, and prints each beside the first of its pair.
pub(crate) fn print(rows: &mut [Row<'_>]) {
    for row in rows.iter_mut() {
        row.warm_up();
    }
    for _ in 0..ROUNDS {
        for row in rows.iter_mut() {
            row.measure();
        }
    }
    println!("{:52} {:>10} {:>8}", "", "ns", "ratio");
    for pair in rows.chunks(2) {
        for row in pair {
            println!("{:52} {:>10.0} {:>8.2}", row.name, row.median(), row.ratio(&pair[0]));
        }
    }
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
