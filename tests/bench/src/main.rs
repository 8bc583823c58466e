//! What a scope costs: bare Wasmtime calls of the same component, ours, and CPython's `contextmanager`, in one run; and what a guest
//! of each language costs, and takes to start.

mod cpython;
mod guests;
mod in_flight;
mod row;
mod scope;
mod starts;

use ambit::{Cache, Isolation};
use scope_bench::bare::Bare;
use scope_bench::manager;

use crate::cpython::cpython;
use crate::row::{ROUNDS, Row};
use crate::scope::{NONE, completes, completes_bare, fails, fails_bare, traps, traps_bare};

fn main() -> wasmtime::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let alone = arguments.next();
    let times = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(2_000_000);
    let folder = tempfile::tempdir()?;
    let cache = Cache::at(folder.path().join("cache"));
    let guests = languages::guests();
    if let (Some(name), Ok(guests)) = (&alone, &guests)
        && guests.iter().any(|guest| name.starts_with(&format!("{},", guest.language)))
    {
        return guests::measure(guests, &cache, Some((name, times)));
    }

    let (bare, bare_counts) = (Bare::new(programs::ANSWERS)?, Bare::new(programs::COUNTS)?);
    let (mut first, mut second) = (bare.instance()?, bare.instance()?);
    let mut third = bare_counts.instance()?;
    let reraises = manager(programs::ANSWERS, "reraises", Cache::none());
    let [leased, fresh, shared] = [Isolation::lease(), Isolation::Fresh, Isolation::shared()]
        .map(|isolation| reraises.clone().isolation(isolation));
    let counts = manager(programs::COUNTS, "counts", Cache::none());

    let mut rows = [
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
    ];
    if let Some(name) = alone {
        if name == "in flight" {
            return in_flight::print();
        }
        if let Some((count, side)) = name.split_once(" in flight: ") {
            return in_flight::profile(count, side, times);
        }
        return row::profile(&mut rows, &name, times);
    }
    println!("a scope: enter, body, exit; medians of {ROUNDS} rounds");
    row::print(&mut rows);
    match cpython() {
        Ok(times) => {
            for (name, nanoseconds) in ["completes", "fails and is re-raised"].into_iter().zip(times) {
                println!("{:52} {nanoseconds:>10.0}", format!("{name}: CPython, @contextmanager"));
            }
        }
        Err(why) => println!("CPython is not compared: {why}"),
    }
    in_flight::print()?;

    match guests {
        Ok(guests) => {
            println!("\na scope of a guest of each language, store at hand");
            guests::measure(&guests, &cache, None)?;
            // On its own: what else runs would count.
            let empty = folder.path().join("empty");
            starts::print(&guests, &empty, &folder.path().join("journal"))
        }
        Err(missing) => {
            println!("\nother languages are not measured: {missing}");
            Ok(())
        }
    }
}
