//! `ambit recover`: releases what scopes held whose `ambit` was killed.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ambit::{Engine, Lost, LostStatus, Recovered, Recoveries, Recovery};
use clap::Args;
use serde::Serialize;

use crate::chain;
use crate::engine::{EngineOptions, set_up};
use crate::journal::JournalOptions;
use crate::limits::{self, RecoveryLimits};
use crate::output::{as_json, print};
use crate::problem::{Failure, Problem};
use crate::report;
use crate::status::Status;
use crate::visible;

/// Releases what managers held when their `ambit` was killed
#[derive(Args, Debug)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n{MANUAL}"),
)]
pub(crate) struct Recover {
    /// Shows what there is, and recovers nothing
    #[arg(long, conflicts_with_all = ["forget", "unknown", "RecoveryLimits"])]
    list: bool,
    /// Prints JSON: a list with an object for each scope
    #[arg(long)]
    json: bool,
    /// Gives up the scope of this number: what it held stays; may be repeated, for all of them or none
    #[arg(long, value_name = "ID", conflicts_with_all = ["unknown", "RecoveryLimits"])]
    forget: Vec<u64>,
    /// Recovers those too of which nobody can tell whether their `ambit` lives
    #[arg(long)]
    unknown: bool,
    #[command(flatten)]
    limits: RecoveryLimits,
    #[command(flatten)]
    journal: JournalOptions,
    #[command(flatten)]
    engine: EngineOptions,
}

const EXAMPLES: &str = "\
Examples:
  Release all that was left behind:
    ambit recover
  See what that would be:
    ambit recover --list
  Give one up that cannot be released:
    ambit recover --forget 17
";

const MANUAL: &str = "\
What is recovered:
  A manager that can be recovered leaves a note of what it is about to acquire, in
  the journal, before it does. If its `ambit` is killed, or the machine stops, the
  notes stay. `ambit recover`, and each `ambit with` as it starts, then lets the
  same version of the same plugin release it, with the rights that it had, innermost
  managers first. As long as the command still runs, nothing of it is touched.

  A recovery that fails stays in the journal, with its error, until `ambit recover`
  succeeds with it or gives it up. `ambit with` does not try it again.

What is left alone:
  live           an `ambit` runs, or its command, or what that left running: where the
                 process has ended, `fuser` finds the others by the lock that is named
  recovering     another process recovers it at this moment
  unknown        the lock was removed from the journal, so that nobody can tell: make
                 sure that the `ambit` and its command are gone, then use `--unknown`

Exit status:
  0              nothing is left that is known to be lost
  110            the command line is wrong, or there is no scope of that number
  111            the journal cannot be used, as on a disk that cannot be written: who
                 still lives is told by taking locks
  114            something could not be released, and stays in the journal; or it is
                 unknown, or another process recovers it
";

impl Recover {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let engine = self.engine.start(self.journal.existing()?)?;
        if !self.forget.is_empty() {
            give_up(&engine, &self.forget)
        } else if self.list {
            list(&engine, self.json)
        } else {
            self.recover(&engine)
        }
    }

    fn recover(&self, engine: &Engine) -> Result<u8, Failure> {
        let limits = |limits| self.limits.change(limits);
        let recoveries = if self.unknown { engine.recover_unknown(limits) } else { engine.recover(limits) };
        let Recoveries { done, left, .. } = recoveries.map_err(|error| set_up(&error).ends(Status::Setup))?;
        let is_whole = done.iter().all(|done| done.as_ref().is_ok_and(|done| done.recovery.is_released()))
            && left.iter().all(|lost| lost.status == LostStatus::Live);
        let mut recovered = Vec::new();
        for done in done {
            match done {
                Ok(done) => {
                    if !done.recovery.is_released() {
                        report::say(&failed(&done));
                    }
                    recovered.push(done);
                }
                Err(error) => report::say(&unread(&error)),
            }
        }
        left.chunk_by(|one, next| one.lock == next.lock).for_each(|owner| report::say(&left_alone(owner)));
        let text = if self.json {
            as_json(&recovered.iter().map(Done::of).collect::<Vec<_>>())
        } else {
            recovered.iter().filter(|recovered| recovered.recovery.is_released()).map(released).collect()
        };
        print(text.as_bytes())?;
        Ok(if is_whole { 0 } else { Status::Lost.code() })
    }
}

/// Recovers what earlier runs left, as another starts, and tells of it. What could not be recovered once is left for who looks
/// into it: its files may have been mended by hand.
pub(crate) fn first(engine: &Engine) {
    let Recoveries { done, left, .. } = match engine.recover_untried() {
        Ok(recoveries) => recoveries,
        Err(error) => return report::say(&unread(&error)),
    };
    let count = |status| left.iter().filter(|lost| lost.status == status).count();
    let (stuck, unknown) = (count(LostStatus::Lost), count(LostStatus::Unknown));
    if stuck > 0 {
        let said = format!("the journal has {stuck} that could not be released before");
        report::say(
            &Problem::warning(said).help("`ambit recover --list` shows them, `ambit recover` tries again"),
        );
    }
    if unknown > 0 {
        let said =
            format!("the journal has {unknown} of which nobody can tell whether their `ambit` still runs");
        report::say(&Problem::warning(said).help("`ambit recover` says why, and what can be done"));
    }
    tell(done);
}

/// The same while it waits: of what is left was told before. Whether to look once more: not at a journal that has a problem, which would
/// be told each time.
pub(crate) fn again(engine: &Engine) -> bool {
    let Ok(Recoveries { done, .. }) = engine.recover_untried() else { return false };
    let is_well = done.iter().all(|one| one.as_ref().is_ok_and(|recovered| recovered.recovery.is_released()));
    tell(done);
    is_well
}

fn tell(done: Vec<Result<Recovered, ambit::Error>>) {
    for recovered in done {
        match recovered {
            Ok(recovered) if recovered.recovery.is_released() => {
                let manager = visible::line(&recovered.manager).into_owned();
                let said = format!("what an `ambit` held that was killed is released: `{manager}`");
                report::say(&Problem::warning(said));
            }
            Ok(recovered) => report::say(&failed(&recovered)),
            Err(error) => report::say(&unread(&error)),
        }
    }
}

/// Why the scopes of one `ambit`, of which there is one at least, are not recovered.
fn left_alone(scopes: &[Lost]) -> Problem {
    let names: Vec<_> = scopes.iter().map(|lost| named(&lost.manager, &lost.plugin)).collect();
    let Lost { id, status, process, lock, .. } = &scopes[0];
    let (names, lock) = (names.join(", "), lock.display());
    match status {
        LostStatus::Live => Problem::warning(format!(
            "what {names} holds is in use, and left alone: process {process}, or what it started, still runs"
        ))
        .help(format!("where that process has ended, `fuser {lock}` finds what it started")),
        LostStatus::Recovering => {
            Problem::warning(format!("another process recovers what {names} held at this moment"))
                .help("run `ambit recover` again to see what came of it")
        }
        _ => {
            let forget = match scopes {
                [_] => format!("`ambit recover --forget {id}` gives it up"),
                _ => "`ambit recover --list` has their numbers, of which `ambit recover --forget ID` gives one up"
                    .to_owned(),
            };
            Problem::warning(format!(
                "what {names} holds is left alone: the lock `{lock}` was removed, so that nobody can tell whether process \
                 {process} still runs, or what it started"
            ))
            .help(format!("make sure that they are gone, and `ambit recover --unknown` releases it; {forget}"))
        }
    }
}

fn list(engine: &Engine, json: bool) -> Result<u8, Failure> {
    let lost = engine.lost().map_err(|error| set_up(&error).ends(Status::Setup))?;
    let text = if json {
        as_json(&lost.iter().map(Listed::of).collect::<Vec<_>>())
    } else {
        lost.iter().map(as_text).collect()
    };
    print(text.as_bytes())
}

fn give_up(engine: &Engine, ids: &[u64]) -> Result<u8, Failure> {
    let failed = |error: ambit::Error| set_up(&error).ends(Status::Setup);
    let known = engine.lost().map_err(failed)?;
    if let Some(unknown) = ids.iter().find(|id| known.iter().all(|lost| lost.id != **id)) {
        return Err(no_scope(format!("there is no scope {unknown} in the journal")));
    }
    // Somebody else was faster.
    if !engine.forget(ids).map_err(failed)? {
        return Err(no_scope("one of the scopes is not in the journal any more".to_owned()));
    }
    let mut text = String::new();
    for lost in known.iter().filter(|lost| ids.contains(&lost.id)) {
        let (named, state) = (named(&lost.manager, &lost.plugin), visible::line(&lost.state));
        let _ = writeln!(text, "given up: {named}, which held {state}");
    }
    print(text.as_bytes())
}

fn no_scope(message: String) -> Failure {
    let wrong = Problem::new(format!("{message}: nothing was given up"));
    wrong.help("`ambit recover --list` shows all").ends(Status::Usage)
}

fn released(Recovered { manager, plugin, .. }: &Recovered) -> String {
    format!("released: {}\n", named(manager, plugin))
}

fn failed(recovered: &Recovered) -> Problem {
    let Recovered { id, manager, plugin, recovery, .. } = recovered;
    let said = format!("what {} held could not be released: {recovery}", named(manager, plugin));
    let (more, limit) = match recovery {
        Recovery::Failed(raised) => (chain::beside(raised), limits::help(raised)),
        _ => (Vec::new(), None),
    };
    let again = format!("`ambit recover` tries again; `ambit recover --forget {id}` gives it up");
    Problem::warning(visible::line(&said).into_owned())
        .because(more)
        .help(limit.map_or(again.clone(), |limit| format!("{again}; {limit}")))
}

fn unread(error: &ambit::Error) -> Problem {
    Problem::warning(error.to_string()).maybe_help(error.help())
}

/// A manager, with its plugin where that is not one of the same name.
fn named(manager: &str, plugin: &str) -> String {
    let (manager, plugin) = (visible::line(manager), visible::line(plugin));
    if manager == plugin { format!("`{manager}`") } else { format!("`{plugin}:{manager}`") }
}

/// What came of a recovery, as JSON.
#[derive(Serialize)]
struct Done<'a> {
    id: u64,
    plugin: &'a str,
    manager: &'a str,
    released: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    attempts: u32,
}

impl<'a> Done<'a> {
    fn of(recovered: &'a Recovered) -> Self {
        let Recovered { id, plugin, manager, recovery, attempts, .. } = recovered;
        let error = (!recovery.is_released()).then(|| recovery.to_string());
        Self { id: *id, plugin, manager, released: error.is_none(), error, attempts: *attempts }
    }
}

/// A scope in the journal, as JSON. Times are seconds since 1970, UTC.
#[derive(Serialize)]
struct Listed<'a> {
    id: u64,
    status: &'static str,
    plugin: &'a str,
    digest: &'a str,
    manager: &'a str,
    directories: &'a [PathBuf],
    state: &'a str,
    entered_at: &'a str,
    entered: u64,
    process: u32,
    program: &'a str,
    lock: &'a Path,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempted: Option<u64>,
}

impl<'a> Listed<'a> {
    fn of(lost: &'a Lost) -> Self {
        Self {
            id: lost.id,
            status: status(lost),
            plugin: &lost.plugin,
            digest: &lost.digest,
            manager: &lost.manager,
            directories: &lost.directories,
            state: &lost.state,
            entered_at: &lost.entered_at,
            entered: seconds(lost.entered),
            process: lost.process,
            program: &lost.program,
            lock: &lost.lock,
            attempts: lost.attempts,
            error: lost.error.as_deref(),
            attempted: lost.attempted.map(seconds),
        }
    }
}

fn as_text(lost: &Lost) -> String {
    let Lost { id, manager, plugin, directories, process, program, state, attempts, .. } = lost;
    let since = humantime::format_rfc3339_seconds(lost.entered);
    let (named, program) = (named(manager, plugin), visible::line(program));
    let mut text =
        format!("{id}  {}  {named}, entered {since} by process {process}, `{program}`\n", status(lost));
    // Writing to a string does not fail, here and below.
    let _ = writeln!(text, "    holds: {}", visible::line(state));
    for directory in directories {
        let _ = writeln!(text, "    in: {}", visible::line(&directory.to_string_lossy()));
    }
    if let Some(error) = &lost.error {
        let tries = if *attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
        let _ = writeln!(text, "    failed {tries}: {}", visible::line(error));
    }
    text
}

fn status(lost: &Lost) -> &'static str {
    match lost.status {
        LostStatus::Live => "live",
        LostStatus::Recovering => "recovering",
        LostStatus::Unknown => "unknown",
        _ => "lost",
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
