//! The table of faults: each cause, in each phase, in each place of a stack of scopes, under each policy of isolation, where managers
//! and bodies await and where they do not. One
//! function checks all cells: that the scopes around exit in order and with the right error, what the body gave is kept, the fault
//! names the manager, the phase and the cause, and the next scope of that plugin works. After that, for each cause under each
//! policy, that memory, handles and descriptors are as before.
//!
//! An argument chooses the cells whose name has it inside: `cargo test -p ambit --test faults -- trap/exit/between/lease/awaits`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod body;
mod cause;
mod cell;
mod check;
mod hostile;
mod kind;
mod leaks;
mod load;
mod phase;
mod policy;
mod position;
mod run;
mod told;
mod witness;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use cause::Cause;
use cell::Cell;
use kind::Kind;
use phase::Phase;
use policy::Policy;
use position::Position;

fn main() -> ExitCode {
    // Options are those of other tests, which `cargo test` gives to all.
    let chosen = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let cells: Vec<_> = Cell::all().filter(|cell| cell.to_string().contains(&chosen)).collect();
    if std::env::args().any(|argument| argument == "--list") {
        cells.iter().for_each(|cell| println!("{cell}: test"));
        return ExitCode::SUCCESS;
    }

    let mut meaningless: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut cases = Vec::new();
    for cell in cells {
        match cell.verdict() {
            Ok(verdict) => {
                cases.push((cell.to_string(), Box::new(move || check::cell(&cell, verdict)) as run::Case))
            }
            Err(why) => meaningless.entry(why).or_default().push(cell),
        }
    }
    let count = cases.len();
    let mut failed = run::together(cases);
    if chosen.is_empty() {
        let pairs = Cause::ALL.into_iter().flat_map(|cause| Policy::ALL.map(|policy| (cause, policy)));
        let all = pairs.flat_map(|(cause, policy)| Kind::ALL.map(|kind| (cause, policy, kind)));
        failed.extend(run::in_turn(all.map(|(cause, policy, kind)| {
            let name = format!("{}/{}/{}, its leaks", cause.name(), policy.name(), kind.name());
            (name, Box::new(move || leaks::check(cause, policy, kind)) as run::Case)
        })));
    }
    failed.extend(run::in_turn(std::iter::once(("settled".to_owned(), Box::new(settled) as run::Case))));
    told(count, &meaningless, &failed)
}

/// Nothing goes on that nobody waits for.
fn settled() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let unsettled = runtime.block_on(hostile::engine().settled_within(Duration::from_secs(30)));
    assert!(unsettled.is_empty(), "{unsettled:?}");
}

fn told(count: usize, meaningless: &BTreeMap<&str, Vec<Cell>>, failed: &[run::Failed]) -> ExitCode {
    let [causes, phases, positions, policies, kinds] =
        [Cause::ALL.len(), Phase::ALL.len(), Position::ALL.len(), Policy::ALL.len(), Kind::ALL.len()];
    let none: usize = meaningless.values().map(Vec::len).sum();
    println!(
        "faults: {count} cells of {causes} causes × {phases} phases × {positions} positions × {policies} policies × \
         {kinds} kinds; {none} more have no meaning{}",
        if none == 0 { "" } else { ", for these reasons:" }
    );
    for (why, cells) in meaningless {
        println!("  {:3} {why}: such as {}", cells.len(), cells[0]);
    }
    for run::Failed { name, why } in failed {
        println!("failed: {name}: {why}");
    }
    println!("faults: {} failed", failed.len());
    ExitCode::from(u8::from(!failed.is_empty()))
}
