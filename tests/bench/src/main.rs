//! What a scope costs: bare Wasmtime calls of the same component, ours, and CPython's `contextmanager`, in one run.

use std::convert::Infallible;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use ambit::{Isolation, Manager};
use scope_bench::{bare::Bare, manager};
use serde::de::IgnoredAny;

/// How many rounds are timed, of which the median is printed. Rounds of all rows take turns, so that what else the machine
/// does meets all of them alike.
const ROUNDS: usize = 41;

/// How long a round lasts, roughly.
const ROUND: Duration = Duration::from_millis(10);

struct Row<'a> {
    name: &'static str,
    work: Box<dyn FnMut() + 'a>,
    times: usize,
    nanoseconds: Vec<f64>,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, work: impl FnMut() + 'a) -> Self {
        Self { name, work: Box::new(work), times: 1, nanoseconds: Vec::new() }
    }

    fn round(&mut self) -> Duration {
        let began = Instant::now();
        for _ in 0..self.times {
            (self.work)();
        }
        began.elapsed()
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

const NONE: Option<io::Error> = None;

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn completes(manager: &Manager) {
    let outcome = manager.with((), |_: IgnoredAny| Ok::<_, Infallible>(1));
    assert!(matches!(outcome, Ok(ambit::Outcome::Completed(1))), "the body completes");
}

fn fails(manager: &Manager) {
    let failed = manager.with((), |_: IgnoredAny| Err::<(), _>(not_found()));
    assert!(failed.is_err_and(|failure| failure.into_body().is_ok()), "the body's error comes back");
}

fn main() -> wasmtime::Result<()> {
    let bare = Bare::new()?;
    let (mut first, mut second) = (bare.instance()?, bare.instance()?);
    let leased = manager("reraises");
    let fresh = manager("reraises").isolation(Isolation::Fresh);

    let mut rows = [
        Row::new("completes, store at hand: bare calls", || {
            assert!(!first.scope("reraises", NONE).is_ok_and(|reraised| reraised));
        }),
        Row::new("completes, store at hand: ambit", || completes(&leased)),
        Row::new("fails and is re-raised, store at hand: bare calls", || {
            assert!(second.scope("reraises", Some(not_found())).is_ok_and(|reraised| reraised));
        }),
        Row::new("fails and is re-raised, store at hand: ambit", || fails(&leased)),
        Row::new("completes, fresh store: bare calls", || {
            assert!(bare.instance().is_ok_and(|mut instance| instance.scope("reraises", NONE).is_ok()));
        }),
        Row::new("completes, fresh store: ambit", || completes(&fresh)),
    ];
    if let Some(name) = std::env::args().nth(1) {
        return profile(&mut rows, &name);
    }
    for row in &mut rows {
        row.warm_up();
    }
    for _ in 0..ROUNDS {
        for row in &mut rows {
            row.measure();
        }
    }

    println!("a scope: enter, body, exit; medians of {ROUNDS} rounds");
    println!("{:52} {:>10} {:>8}", "", "ns", "ratio");
    for pair in rows.chunks(2) {
        for row in pair {
            println!("{:52} {:>10.0} {:>8.2}", row.name, row.median(), row.ratio(&pair[0]));
        }
    }
    match cpython() {
        Ok(times) => {
            for (name, nanoseconds) in ["completes", "fails and is re-raised"].into_iter().zip(times) {
                println!("{:52} {nanoseconds:>10.0}", format!("{name}: CPython, @contextmanager"));
            }
        }
        Err(why) => println!("CPython is not compared: {why}"),
    }
    Ok(())
}

/// Runs one row alone, for a profiler: `perf record target/debug/scope-bench 'fails and is re-raised, store at hand: ambit'`.
fn profile(rows: &mut [Row<'_>], name: &str) -> wasmtime::Result<()> {
    let Some(row) = rows.iter_mut().find(|row| row.name == name) else {
        let names: Vec<_> = rows.iter().map(|row| row.name).collect();
        wasmtime::bail!("there is no row {name:?}; there are {names:?}");
    };
    row.times = 2_000_000;
    println!("{:.0} ns", row.round().as_nanos() as f64 / row.times as f64);
    Ok(())
}

/// The same two in CPython, in nanoseconds.
fn cpython() -> Result<Vec<f64>, String> {
    const PROGRAM: &str = "\
import contextlib, timeit
@contextlib.contextmanager
def manager():
    yield
def completes():
    with manager():
        pass
def fails():
    try:
        with manager():
            raise FileNotFoundError
    except FileNotFoundError:
        pass
for function in completes, fails:
    print(min(timeit.repeat(function, number=20000, repeat=15)) / 20000 * 1e9)
";
    let output = Command::new("python3").args(["-c", PROGRAM]).output();
    let output = output.map_err(|error| format!("python3 cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let times = text.lines().map(str::parse).collect::<Result<Vec<f64>, _>>();
    times.map_err(|error| format!("python3 printed {text:?}: {error}"))
}
