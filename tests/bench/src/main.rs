//! What a scope costs: bare Wasmtime calls of the same component, ours, and CPython's `contextmanager`, in one run; and what a guest
//! of each language costs, and takes to start.

mod cpython;
mod guests;
mod in_flight;
mod row;
mod scope;
mod starts;

use std::path::Path;

use ambit::{Cache, Isolation};
use languages::{Guest, Missing};
use scope_bench::bare::Bare;
use scope_bench::manager;

use crate::cpython::cpython;
use crate::row::Row;
use crate::scope::{NONE, completes, completes_bare, fails, fails_bare, traps, traps_bare};

/// The rows of the guest in Rust in each policy, beside those of each language.
const POLICIES: &str = "policies";

fn main() -> wasmtime::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir()?;
    let guests = languages::guests();
    match *arguments.as_slice() {
        [] => print(folder.path(), guests),
        [row::TIME, of] => rows(of, guests, &cache(folder.path()), row::time),
        [name] => profile(name, 2_000_000, guests, folder.path()),
        [name, times] => profile(name, times.parse()?, guests, folder.path()),
        _ => wasmtime::bail!("give nothing, or one row, and how often it is to run: see `row.rs`"),
    }
}

fn cache(folder: &Path) -> Cache {
    Cache::at(folder.join("cache"))
}

fn print(folder: &Path, guests: Result<Vec<Guest>, Missing>) -> wasmtime::Result<()> {
    row::print_head("a scope: enter, body, exit");
    row::print(POLICIES)?;
    match cpython() {
        Ok(times) => {
            for (name, nanoseconds) in ["completes", "fails and is re-raised"].into_iter().zip(times) {
                println!("{:52} {nanoseconds:>10.0}", format!("{name}: CPython, @contextmanager"));
            }
        }
        Err(why) => println!("CPython is not compared: {why}"),
    }
    in_flight::print()?;

    let guests = match guests {
        Ok(guests) => guests,
        Err(missing) => {
            println!("\nother languages are not measured: {missing}");
            return Ok(());
        }
    };
    println!();
    eprintln!("==> Guests of each language, which each process compiles for the bare calls (two minutes)");
    row::print_head("a scope of a guest of each language, store at hand");
    for guest in &guests {
        row::print(guest.language)?;
    }
    // On its own: what else runs would count.
    starts::print(&guests, &folder.join("empty"), &folder.join("journal"))
}

/// Runs one row alone, for a profiler.
fn profile(
    name: &str,
    times: usize,
    guests: Result<Vec<Guest>, Missing>,
    folder: &Path,
) -> wasmtime::Result<()> {
    if name == "in flight" {
        return in_flight::print();
    }
    if let Some((count, side)) = name.split_once(" in flight: ") {
        return in_flight::profile(count, side, times);
    }
    let of = match (&guests, name.split_once(", ")) {
        (Ok(guests), Some((language, _))) if guests.iter().any(|guest| guest.language == language) => {
            language
        }
        _ => POLICIES,
    };
    rows(of, guests, &cache(folder), |rows| row::profile(rows, name, times))
}

/// Does this with the rows of the policies, or of a language.
fn rows(
    of: &str,
    guests: Result<Vec<Guest>, Missing>,
    cache: &Cache,
    work: impl FnOnce(&mut [Row<'_>]) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    if of != POLICIES {
        let guests = guests.map_err(|missing| wasmtime::format_err!("{missing}"))?;
        let Some(guest) = guests.iter().find(|guest| guest.language == of) else {
            wasmtime::bail!("there is no guest in {of:?}");
        };
        return guests::rows(guest, cache, work);
    }
    let (bare, bare_counts) = (Bare::new(programs::ANSWERS)?, Bare::new(programs::COUNTS)?);
    let (mut first, mut second) = (bare.instance()?, bare.instance()?);
    let mut third = bare_counts.instance()?;
    let reraises = manager(programs::ANSWERS, "reraises", Cache::none());
    let [leased, fresh, shared] = [Isolation::lease(), Isolation::Fresh, Isolation::shared()]
        .map(|isolation| reraises.clone().isolation(isolation));
    let counts = manager(programs::COUNTS, "counts", Cache::none());
    work(&mut [
        Row::new("completes, store at hand: bare calls", || completes_bare(&mut first)),
        Row::new("completes, store at hand: ambit", || completes(&leased)),
        Row::new("fails and is re-raised, store at hand: bare calls", || fails_bare(&mut second)),
        Row::new("fails and is re-raised, store at hand: ambit", || fails(&leased)),
        Row::new("completes, fresh store: bare calls", || {
            assert!(bare.instance().is_ok_and(|mut instance| instance.scope("reraises", "{}", NONE).is_ok()));
        }),
        Row::new("completes, fresh store: ambit", || completes(&fresh)),
        Row::new("a trap, and the next scope: bare calls", || traps_bare(&bare_counts, &mut third)),
        Row::new("a trap, and the next scope: ambit", || traps(&counts)),
        Row::new("completes, own store: ambit", || completes(&leased)),
        Row::new("completes, shared store: ambit", || completes(&shared)),
    ])
}
