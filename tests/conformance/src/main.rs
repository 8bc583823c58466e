//! Plays recordings and cases, and says where they went otherwise than in CPython.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use ambit::Isolation;
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use conformance::cases::{self, Verdict};
use conformance::{Case, Guest, Guests, ISOLATIONS, Language, Matrix, Suite, Tally, cpython};

/// Plays scenarios that were recorded from CPython, and shows the first differences side by side.
///
/// The status is 0 if all that were played ended as in CPython, and none was skipped but what the guest's language rules out; 1 if
/// not; 2 if a file is no recording, or a guest cannot be had.
#[derive(Parser)]
#[command(name = "conformance")]
struct Options {
    /// Recordings: `sync.json`, or what `oracle.py generate` printed.
    #[arg(value_name = "FILE", required_unless_present_any = ["fresh", "cases"])]
    files: Vec<PathBuf>,
    /// Who plays the managers: `rust`, `async-rust`, `python`, `js`, `c`; `mixed`, each manager in another language; `all` of these; or the path
    /// of a plugin, in whatever language, that has a manager `scripted`. It may be given again.
    #[arg(long, value_name = "GUEST", default_value = "rust", value_parser = Guest::named)]
    guest: Vec<Vec<Guest>>,
    /// Play a recording of so many scenarios, too, that a CPython makes now; where none is found, only say so.
    #[arg(long, value_name = "COUNT")]
    fresh: Option<u32>,
    /// Interpret the managers in this process, on the semantics alone, in place of a sandbox.
    #[arg(long, conflicts_with = "guest")]
    native: bool,
    /// Play them with bodies that await, and in Rust with a guest that does: as recordings of CPython's async counterparts always
    /// are, where no other guest is named.
    #[arg(long, conflicts_with = "native")]
    awaiting: bool,
    /// How far the managers' scopes are kept apart.
    #[arg(long, value_name = "POLICY", default_value = ISOLATIONS[0].0, value_parser = isolation())]
    isolation: Isolation,
    /// How many differences to show, of each guest and recording.
    #[arg(long, value_name = "N", default_value_t = 3)]
    show: usize,
    /// Play the cases of CPython's own tests with all languages, and print the table of `CASES.md`.
    #[arg(long, conflicts_with_all = ["files", "guest", "fresh", "native", "isolation"])]
    cases: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = if options.cases { play_cases() } else { play_recordings(&options) };
    match result {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as in CPython.
fn play_recordings(options: &Options) -> Result<bool, Box<dyn Error>> {
    let mut recordings = Vec::new();
    for file in &options.files {
        let name = file.file_name().unwrap_or(file.as_os_str());
        recordings.push((name.to_string_lossy().into_owned(), Suite::read(file)?));
    }
    if let Some(count) = options.fresh {
        recordings.extend(fresh(count)?);
    }
    let show = |tally: &Tally| tally.failed.iter().take(options.show).for_each(|each| println!("{each}"));
    if options.native {
        let mut good = true;
        for (name, suite) in &recordings {
            let tally = suite.play_natively();
            show(&tally);
            good &= tally.failed.is_empty();
            println!("{}{tally}", if recordings.len() > 1 { format!("{name}: ") } else { String::new() });
        }
        return Ok(good);
    }
    let guests = options.guest.concat();
    let is_async = recordings.iter().all(|(_, suite)| suite.is_async());
    if options.awaiting || is_async && guests == [Guest::One(Language::Rust)] {
        return play_awaiting(&recordings, &guests, options.isolation, show);
    }
    let matrix = Matrix::play(&Guests::new()?, &recordings, &guests, options.isolation)?;
    let plays: Vec<_> = matrix.plays().collect();
    for (guest, recording, tally) in &plays {
        if !tally.failed.is_empty() && plays.len() > 1 {
            println!("{guest}, {recording}:");
        }
        show(tally);
    }
    match plays[..] {
        [(_, _, tally)] => println!("{tally}"),
        _ => print!("{matrix}"),
    }
    Ok(matrix.is_good())
}

/// The same with bodies that await.
fn play_awaiting(
    recordings: &[(String, Suite)],
    guests: &[Guest],
    isolation: Isolation,
    show: impl Fn(&Tally),
) -> Result<bool, Box<dyn Error>> {
    let (known, mut good) = (Guests::new()?, true);
    for guest in guests {
        let awaits = match guest {
            Guest::One(Language::Rust) => &Guest::One(Language::AsyncRust),
            other => other,
        };
        let sandbox = known.sandbox(awaits, isolation)?;
        for (name, suite) in recordings {
            let tally = suite.play_awaiting(&sandbox)?;
            show(&tally);
            good &= tally.failed.is_empty();
            let several = recordings.len() > 1 || guests.len() > 1;
            println!("{}{tally}", if several { format!("{guest}, {name}: ") } else { String::new() });
        }
    }
    Ok(good)
}

/// A recording that nobody has seen. Where no CPython can make one that is said, unless it is asked for with
/// `CONFORMANCE_FRESH=require`.
fn fresh(count: u32) -> Result<Option<(String, Suite)>, Box<dyn Error>> {
    let python = match cpython::find() {
        Ok(python) => python,
        Err(problem) if cpython::is_required() => return Err(problem.into()),
        Err(problem) => {
            eprintln!("Not played: a fresh recording. {problem}");
            return Ok(None);
        }
    };
    let seed = cpython::seed();
    let recording = cpython::oracle(&python, ["generate", "--seed", &seed, "--count", &count.to_string()])?;
    Ok(Some((format!("CONFORMANCE_SEED={seed}"), Suite::parse(&recording)?)))
}

/// Whether all cases hold.
fn play_cases() -> Result<bool, Box<dyn Error>> {
    let guests = Guests::new()?;
    // Ahead of the cases: what keeps one from being built is said once.
    Language::EACH.into_iter().try_for_each(|language| guests.plugin(language).map(drop))?;
    let mut good = true;
    let table = cases::table(&Case::all(), |case, language| match case.run(&guests, language) {
        Ok(()) => case.lacking(language).map_or(Verdict::Holds, Verdict::Lacks),
        Err(why) => {
            eprintln!("{}, {language}: {why}", case.id);
            good = false;
            Verdict::Fails
        }
    });
    print!("{table}");
    Ok(good)
}

fn isolation() -> impl TypedValueParser<Value = Isolation> {
    let named =
        |name: String| ISOLATIONS.into_iter().find(|(each, _)| *each == name).map(|(_, policy)| policy);
    let none = || "there is no such policy".to_owned();
    PossibleValuesParser::new(ISOLATIONS.map(|(name, _)| name))
        .try_map(move |name| named(name).ok_or_else(none))
}
