//! What a scope costs whose manager awaits, with so many in flight at once.

use std::convert::Infallible;
use std::fs;
use std::time::{Duration, Instant};

use ambit::{Cache, Isolation, Manager};
use futures::future::{join_all, try_join_all};
use scope_bench::bare::concurrent::Concurrent;
use scope_bench::manager;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

/// How many scopes a row enters, at the least.
const SCOPES: usize = 100_000;

/// Where managers that await are entered and exited.
struct Sides {
    runtime: Runtime,
    own: Manager,
    shared: Manager,
}

impl Sides {
    fn new() -> wasmtime::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let own = manager(programs::AWAITS, "sleeps", Cache::none());
        let shared = own.clone().isolation(Isolation::shared());
        Ok(Self { runtime, own, shared })
    }

    /// The microseconds of a scope by bare calls.
    fn bare(&self, count: usize, scopes: usize) -> wasmtime::Result<f64> {
        let rounds = scopes.div_ceil(count);
        self.runtime.block_on(tokio::task::unconstrained(async {
            let mut bare = Concurrent::new(programs::AWAITS).await?;
            bare.scopes("sleeps", count).await?;
            let began = processor_time();
            for _ in 0..rounds {
                bare.scopes("sleeps", count).await?;
            }
            Ok(each(began, rounds * count))
        }))
    }

    /// The same by Ambit.
    fn ours(&self, manager: &Manager, count: usize, scopes: usize) -> f64 {
        self.runtime.block_on(tokio::task::unconstrained(self::scopes(
            manager,
            count,
            scopes.div_ceil(count),
        )))
    }
}

/// Prints the rows.
pub(crate) fn print() -> wasmtime::Result<()> {
    let sides = Sides::new()?;
    println!("\na scope of a manager that awaits; processor time of the whole process, for each scope");
    println!(
        "{:>9} {:>16} {:>16} {:>7} {:>16}",
        "in flight", "bare calls, µs", "shared store, µs", "ratio", "own store, µs"
    );
    for count in [1, 100, 1_000, 10_000, 50_000] {
        let bare = sides.bare(count, SCOPES)?;
        let together = sides.ours(&sides.shared, count, SCOPES);
        // More stores than some hundreds at once say more of the machine's memory than of a scope.
        let alone = (count <= 100).then(|| format!("{:.1}", sides.ours(&sides.own, count, SCOPES)));
        let alone = alone.unwrap_or_default();
        println!("{count:>9} {bare:>16.1} {together:>16.1} {:>7.2} {alone:>16}", together / bare);
    }
    timer(&sides.runtime);
    Ok(())
}

/// Runs one row alone, of so many scopes, for a profiler: `scope-bench '100 in flight: ambit' 1000000`, or `… bare calls`.
pub(crate) fn profile(count: &str, side: &str, scopes: usize) -> wasmtime::Result<()> {
    let (count, sides) = (count.parse()?, Sides::new()?);
    let took = match side {
        "ambit" => sides.ours(&sides.shared, count, scopes),
        "bare calls" => sides.bare(count, scopes)?,
        _ => wasmtime::bail!("there is no {side:?}; there are \"ambit\" and \"bare calls\""),
    };
    println!("{:.0} ns", took * 1e3);
    Ok(())
}

async fn scopes(manager: &Manager, count: usize, rounds: usize) -> f64 {
    round(manager, count).await;
    let began = processor_time();
    for _ in 0..rounds {
        round(manager, count).await;
    }
    each(began, rounds * count)
}

/// Enters so many scopes at once, and exits each once all are in flight.
async fn round(manager: &Manager, count: usize) {
    let all_are_there = Barrier::new(count);
    let scope = async || {
        let body = async |_: u64| {
            all_are_there.wait().await;
            Ok::<_, Infallible>(())
        };
        manager.with_async((), body).await.map(drop)
    };
    try_join_all((0..count).map(|_| scope())).await.unwrap_or_else(|failure| panic!("{failure}"));
}

/// How late a timer of the runtime is at the most while managers that do not await take their time.
fn timer(runtime: &Runtime) {
    let naps = manager(programs::ANSWERS, "naps", Cache::none());
    let latest = runtime.block_on(tokio::task::unconstrained(async {
        let scope =
            async |_| naps.with_async([10], async |_: serde::de::IgnoredAny| Ok::<_, Infallible>(())).await;
        let all = join_all((0..64).map(scope));
        let mut all = std::pin::pin!(all);
        let mut latest = Duration::ZERO;
        loop {
            let due = Instant::now() + Duration::from_millis(1);
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(due.into()) => latest = latest.max(due.elapsed()),
                ended = &mut all => {
                    assert!(ended.iter().all(Result::is_ok), "they end well");
                    return latest;
                }
            }
        }
    }));
    println!(
        "64 exits of 10 ms at once, of a manager that does not await: a timer is {latest:.1?} late at the most"
    );
}

fn each(began: Duration, scopes: usize) -> f64 {
    (processor_time() - began).as_secs_f64() * 1e6 / scopes as f64
}

/// The processor time of this process so far, to 10 ms.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name stands in parentheses, and may have anything in it. Of what follows, the 12th and 13th are ticks.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
