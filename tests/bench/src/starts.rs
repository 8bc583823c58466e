//! How long it takes until a command runs inside of a manager: [`print`].

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ambit::{Cache, Engine};
use languages::{Guest, MANAGER};

use crate::row::median;
use crate::scope::completes;

/// How often each is started, after the first time, of which the median is printed.
const TIMES: usize = 15;

/// Starts `ambit with` around a manager of each language: at first with an empty cache, which is filled by that.
pub(crate) fn print(guests: &[Guest], cache: &Path, journal: &Path) -> wasmtime::Result<()> {
    let ambit = std::env::current_exe()?.with_file_name("ambit");
    if !ambit.exists() {
        println!("starts are not measured: {} is missing: cargo build -p ambit-cli", ambit.display());
        return Ok(());
    }
    println!(
        "\nuntil the command runs of `ambit with`, in ms; medians of {TIMES} starts, of which the cache had the code"
    );
    println!(
        "{:12} {:>8} {:>8} {:>8}   in one process: {:>6} {:>12} {:>10}",
        "", "KB", "first", "later", "load", "first scope", "next scope"
    );
    for guest in guests {
        let start = || start(&ambit, &guest.path, cache, journal);
        let first = start()?;
        let mut later = Vec::new();
        let mut parts = [(); 3].map(|()| Vec::new());
        for _ in 0..TIMES {
            later.push(milliseconds(start()?));
            for (times, part) in parts.iter_mut().zip(self::parts(&guest.path, cache)?) {
                times.push(milliseconds(part));
            }
        }
        let [load, enter, next] = parts.map(|times| median(times.into_iter()));
        println!(
            "{:12} {:>8} {:>8.0} {:>8.1} {:>23.1} {:>12.2} {:>10.3}",
            guest.language,
            fs::metadata(&guest.path)?.len() / 1000,
            milliseconds(first),
            median(later.into_iter()),
            load,
            enter,
            next
        );
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How long it takes until the command has said its first word.
fn start(ambit: &Path, plugin: &Path, cache: &Path, journal: &Path) -> io::Result<Duration> {
    let began = Instant::now();
    let mut child = Command::new(ambit)
        .args(["with", "--journal"])
        .arg(journal)
        .arg(format!("{}:{MANAGER}", plugin.display()))
        .args(["--", "echo", "started"])
        .env("AMBIT_CACHE", cache)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut word = [0];
    let said = child.stdout.as_mut().expect("it is piped").read_exact(&mut word);
    let took = began.elapsed();
    child.wait()?;
    said.map(|()| took)
}

/// Its parts: to load the plugin, which says then what it offers; its first scope, in another instance; and the next, in the same.
fn parts(plugin: &Path, cache: &Path) -> wasmtime::Result<[Duration; 3]> {
    let engine = Engine::builder().cache(Cache::at(cache)).build()?;
    let began = Instant::now();
    let manager = engine.load(plugin)?.manager(MANAGER)?;
    let loaded = began.elapsed();
    completes(&manager);
    let entered = began.elapsed();
    completes(&manager);
    Ok([loaded, entered - loaded, began.elapsed() - entered])
}
