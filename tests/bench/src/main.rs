//! What a scope costs: bare Wasmtime calls of the same component, ours, and CPython's `contextmanager`, in one run.

use std::convert::Infallible;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use ambit::{Isolation, Manager};
use scope_bench::bare::{Bare, Instance};
use scope_bench::manager;
use serde::de::IgnoredAny;
use serde_json::json;

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

/// A scope whose exit traps, and the next one, which works.
fn traps(manager: &Manager) {
    let lost = manager.with(json!({"trap": true}), |_: IgnoredAny| Ok::<_, Infallible>(1));
    assert!(lost.is_err_and(|failure| failure.into_outcome().is_ok()), "the body's result is kept");
    completes(manager);
}

/// The same by bare calls: the instance that trapped is of no more use, and another takes its place.
fn traps_bare(bare: &Bare, instance: &mut Instance) {
    assert!(instance.scope("counts", r#"{"trap":true}"#, NONE).is_err());
    *instance = bare.instance().expect("there is room for another");
    assert!(instance.scope("counts", "{}", NONE).is_ok());
}

fn main() -> wasmtime::Result<()> {
    let (bare, bare_counts) = (Bare::new(programs::ANSWERS)?, Bare::new(programs::COUNTS)?);
    let (mut first, mut second) = (bare.instance()?, bare.instance()?);
    let mut third = bare_counts.instance()?;
    let reraises = manager(programs::ANSWERS, "reraises");
    let [leased, fresh, shared] = [Isolation::lease(), Isolation::Fresh, Isolation::shared()]
        .map(|isolation| reraises.clone().isolation(isolation));
    let counts = manager(programs::COUNTS, "counts");

    let mut rows = [
        Row::new("completes, store at hand: bare calls", || {
            assert!(!first.scope("reraises", "{}", NONE).is_ok_and(|reraised| reraised));
        }),
        Row::new("completes, store at hand: ambit", || completes(&leased)),
        Row::new("fails and is re-raised, store at hand: bare calls", || {
            assert!(second.scope("reraises", "{}", Some(not_found())).is_ok_and(|reraised| reraised));
        }),
        Row::new("fails and is re-raised, store at hand: ambit", || fails(&leased)),
        Row::new("completes, fresh store: bare calls", || {
            assert!(bare.instance().is_ok_and(|mut instance| instance.scope("reraises", "{}", NONE).is_ok()));
        }),
        Row::new("completes, fresh store: ambit", || completes(&fresh)),
        Row::new("a trap, and the next scope: bare calls", || traps_bare(&bare_counts, &mut third)),
        Row::new("a trap, and the next scope: ambit", || traps(&counts)),
        Row::new("completes, own store: ambit", || completes(&leased)),
        Row::new("completes, shared store: ambit", || completes(&shared)),
    ];
    let mut arguments = std::env::args().skip(1);
    if let Some(name) = arguments.next() {
        let times = arguments.next().and_then(|times| times.parse().ok());
        return profile(&mut rows, &name, times.unwrap_or(2_000_000));
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

/// Runs one row alone, so many times, for a profiler:
/// `perf record target/debug/scope-bench 'fails and is re-raised, store at hand: ambit' 2000000`.
fn profile(rows: &mut [Row<'_>], name: &str, times: usize) -> wasmtime::Result<()> {
    let Some(row) = rows.iter_mut().find(|row| row.name == name) else {
        let names: Vec<_> = rows.iter().map(|row| row.name).collect();
        wasmtime::bail!("there is no row {name:?}; there are {names:?}");
    };
    row.times = times;
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
