//! `ambit with`: runs a command inside of managers.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use ambit::{CancellationToken, Engine, ErrorKind, ExitStack, Family, Journal, Raised};
use clap::{Args, ValueHint};
use nix::sys::signal::Signal;
use serde_json::value::RawValue;

use crate::attending::{Attending, Phase};
use crate::command::{Command, Ended};
use crate::ending::{Broken, Ending, Verdict};
use crate::engine::{EngineOptions, set_up};
use crate::expression::Expression;
use crate::journal::{self, JournalOptions};
use crate::limits::{LimitOptions, Patience};
use crate::policy::PolicyOptions;
use crate::prepare::{Prepared, prepare};
use crate::problem::{Failure, Problem};
use crate::recover;
use crate::report;
use crate::rights::Rights;
use crate::run::{Force, Ran, Stop};
use crate::signals::Signals;
use crate::status::{self, Status};
use crate::variables::{Unusable, Variables};

/// Runs a command inside of managers
#[derive(Args, Debug)]
#[command(
    override_usage = "ambit with [OPTIONS] MANAGER... -- COMMAND [ARG...]",
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n{MANUAL}\n{}", status::manual("Exit status:")),
)]
pub(crate) struct With {
    /// `[PLUGIN.wasm:]NAME(ARGUMENTS) [as VAR]`; managers nest left to right
    #[arg(value_name = "MANAGER", required = true)]
    managers: Vec<OsString>,
    /// What runs inside of them
    #[arg(value_name = "COMMAND", last = true, value_hint = ValueHint::CommandName)]
    command: Vec<OsString>,
    #[command(flatten)]
    rights: Rights,
    #[command(flatten)]
    limits: LimitOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    journal: JournalOptions,
    /// Keeps no journal: what a killed `ambit` held stays
    #[arg(long, conflicts_with = "journal", help_heading = journal::HEADING)]
    no_journal: bool,
    #[command(flatten)]
    engine: EngineOptions,
}

const EXAMPLES: &str = "\
Examples:
  A directory that is gone afterwards, in $DIR:
    ambit with --dir /tmp 'tempdir() as DIR' -- sh -c 'touch $DIR/x; ls $DIR'
  Files as they were before, unless the command succeeds:
    ambit with --dir . 'rollback(\"config.toml\", \"data\")' -- ./migrate.sh
  One at a time, waiting up to a minute for the others:
    ambit with --dir . 'lock(\"deploy.lock\", wait=60)' -- ./deploy.sh
  A status that is no failure, and the time that it took; managers nest left to right:
    ambit with 'suppress(\"exit-status:1\")' 'timer(\"search\")' -- grep -r needle .
  A manager of a plugin; `ambit inspect managers.wasm` lists what it offers:
    ambit with --env HOME ./managers.wasm:workspace -- ./work.sh
";

const MANUAL: &str = "\
Managers:
  ARGUMENTS are JSON values, first those without a name, in order, then NAME=JSON.
  Parentheses may be left out. A last parameter whose default is a list takes all
  arguments that are left: rollback(\"a\", \"b\"). Single quotes keep all this from the shell.

Values:
  The command finds the value of a manager in the variable VAR: a string as it is,
  anything else as the JSON that the manager wrote. The fields of an object are in
  VAR_FIELD too, in upper case.

Errors:
  A command that ends with status 3 raises an error of the kinds exit-status:3 and
  exit-status; one that signal n kills, of exit-status:128+n. Managers may suppress
  it, or put another in its place; where they do neither, `ambit` ends as the command did.

Signals:
  SIGINT, SIGTERM and SIGHUP are passed on to the command and all that it started:
  a process group of their own. From the first one on they have the time of `--grace`,
  then they are killed. When the command has ended, and nothing of it is left, all
  managers exit, and see an error that they cannot suppress. Further signals reach
  the group as well, and never skip an exit. One that is ignored when `ambit` starts
  stays ignored, as SIGHUP is under `nohup`. A manager that is being entered ends that
  first, or its `--enter-budget` does; a line on stderr says which one that is, and
  `lock` and `service` wait no longer. One that exits comes to its end, or to that of its
  `--exit-budget`; a line on stderr says which one that is, and that all others exit too.
  SIGQUIT ends the command, and `ambit` without any exit. What the command starts in a
  group of its own, as by `setsid`, is not reached: neither by signals nor when the rest
  is killed.
  A command that ends with 0 although it got a signal is cancelled all the same; a
  line on stderr says so. One that comes when the command has ended is not seen by
  the managers: what the command did stands. If that was a success, and nothing else
  failed, a line on stderr says so, and `ambit` ends with 128+n, so that a script stops
  that was told to; where an exit failed, it ends with the status of that.
  When the time of `--timeout` is over, the command gets SIGTERM, and the grace. What
  a command leaves running that ends by itself is left alone.

Recovery:
  Should `ambit` be killed, its managers cannot exit. What those held that can be
  recovered, as `tempdir`, `lock` and `rollback` can, is in the journal, and released
  when the next `ambit with` or `ambit recover` starts, once the command has ended too.
  A manager that fails in its exit is recovered at once. While managers are entered, what
  another `ambit` held that is killed then is released too, such as a lock that is waited
  for. Where the journal cannot be used, a line on stderr says so, and all else is done.

Terminal:
  The command is given the terminal when it first reads from it or sets its modes.
  From then on keys reach only the command: if it dies of SIGINT, `ambit` takes it that
  it was told to stop; if it goes on, so does `ambit`. Before that a key reaches
  `ambit`, which passes it on. Ctrl-Z stops both, and `fg` and `bg` continue both.
";

impl With {
    /// The status that the program ends with.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let usage = |problem: Problem| problem.ends(Status::Usage);
        if self.command.is_empty() {
            let wrong = Problem::new("no command is given");
            return Err(usage(
                wrong.help("it stands behind two dashes: `ambit with MANAGER... -- COMMAND [ARG...]`"),
            ));
        }
        check_quotes(&self.managers).map_err(usage)?;
        let expressions: Vec<_> = self
            .managers
            .iter()
            .map(|each| Expression::read(each))
            .collect::<Result<_, _>>()
            .map_err(usage)?;
        check_variables(&expressions).map_err(usage)?;
        let command = Command::find(&self.command)?;
        let engine = self.start()?;
        recover::first(&engine);
        warn_of_reserved(&engine, &self.rights);
        let prepared = prepare(
            &engine,
            expressions,
            &self.rights.grants(),
            self.limits.limits(),
            &self.policy.policy(),
        )?;
        let mut signals = Signals::listen().map_err(|error| {
            Problem::new("the system does not let signals be handled").because_of(&error).ends(Status::Setup)
        })?;

        let stop = CancellationToken::new();
        let attending = Attending::new(&engine, stop.clone());
        let mut stack = ExitStack::cancelled_by(stop);
        let entered = enter(&prepared, &mut stack, &attending, &mut signals);
        let patience = self.limits.patience();
        let broken =
            entered.and_then(|variables| run(&command, &variables, patience, &engine, &mut signals)).err();
        let raised = broken.as_ref().map(|(_, raised)| raised.clone());
        let left = attending.during(Phase::Exit, || stack.unwind(raised));
        let Verdict { status, problems } = Ending { broken, left, signal: signals.first() }.judge(&prepared);
        problems.iter().for_each(report::say);
        Ok(status)
    }

    /// The engine. A journal that cannot be used is told: the managers' exits do not depend on it.
    fn start(&self) -> Result<Engine, Failure> {
        let journal = if self.no_journal { Journal::none() } else { self.journal.journal() };
        match self.engine.try_start(journal) {
            Err(error) if error.kind() == ErrorKind::Journal => {
                let warning = "should `ambit` be killed, what it holds stays, since it has no journal";
                let warning = Problem::warning(format!("{warning}: {error}"));
                report::say(&warning.help("`--journal FOLDER` names another folder, `--no-journal` none"));
                self.engine.start(Journal::none())
            }
            started => started.map_err(|error| set_up(&error).ends(Status::Setup)),
        }
    }
}

/// Enters all managers, and gives their values; or says how far that came, and with which error.
fn enter<'a>(
    prepared: &'a [Prepared],
    stack: &mut ExitStack<'a>,
    attending: &'a Attending<'_>,
    signals: &mut Signals,
) -> Result<Variables, (Broken, Raised)> {
    let mut variables = Variables::default();
    attending.during(Phase::Enter, || {
        for (at, Prepared { expression, manager, inputs }) in prepared.iter().enumerate() {
            signals.first().map_or(Ok(()), |signal| Err(told(signal)))?;
            attending.at(manager.name());
            let entered = stack.enter::<Box<RawValue>>(manager, &inputs.values);
            let value = entered.map_err(|raised| match signals.first() {
                // It gave up, since it was told.
                Some(signal) if raised.is(ambit_kinds::INTERRUPTED) => told(signal),
                _ => (Broken::NotEntered { at }, raised),
            })?;
            // Runs right ahead of its exit.
            stack.callback(|| {
                attending.at(manager.name());
                Ok(())
            });
            if let Some(variable) = &expression.variable {
                variables.bind(&variable.value, &value).map_err(|wrong| unusable(expression, &wrong))?;
            }
        }
        Ok(variables)
    })
}

/// Runs the command inside of the managers, unless a signal came first; or says why that did not complete.
fn run(
    command: &Command,
    variables: &Variables,
    patience: Patience,
    engine: &Engine,
    signals: &mut Signals,
) -> Result<(), (Broken, Raised)> {
    let held = hold(engine);
    match command.run(variables, signals, patience, held.as_ref())? {
        None => signals.first().map_or(Ok(()), |signal| Err(told(signal))),
        Some(Ran { stop: Some(stop), force, status }) => {
            Err(stopped(stop, force, status.is_some_and(|status| status.success())))
        }
        Some(Ran { stop: None, status, .. }) => match status.map(|status| command.ended(status)) {
            Some(Ended::Badly { status, raised }) => Err((Broken::Ended { status }, raised)),
            Some(Ended::Well) | None => Ok(()),
        },
    }
}

/// What keeps others from recovering the managers while the command lives, should this process not.
fn hold(engine: &Engine) -> Option<File> {
    engine.hold().unwrap_or_else(|error| {
        let warning = "should `ambit` be killed, its managers may be recovered while the command still runs";
        report::say(&Problem::warning(format!("{warning}: {error}")).maybe_help(error.help()));
        None
    })
}

/// What the managers see if the command was not run for that.
fn told(signal: Signal) -> (Broken, Raised) {
    stopped(Stop::Signal(signal), Force::None, false)
}

fn stopped(stop: Stop, force: Force, succeeded: bool) -> (Broken, Raised) {
    let raised = match stop {
        Stop::Signal(signal) => {
            let message = format!("`ambit` was told to stop by {signal}");
            Raised::new(Family::Cancelled, [ambit_kinds::INTERRUPTED], message)
        }
        Stop::Timeout(body) => {
            let message = format!("the command took longer than its budget of {body:?}");
            Raised::new(Family::Cancelled, [ambit_kinds::TIMED_OUT, ambit_kinds::INTERRUPTED], message)
        }
    };
    (Broken::Stopped { stop, force, succeeded }, raised)
}

fn unusable(expression: &Expression, Unusable { variable, why }: &Unusable) -> (Broken, Raised) {
    let message = format!("the value of `{variable}` {why}");
    let span = expression.variable.as_ref().map_or(&expression.name.span, |variable| &variable.span);
    let wrong = expression.underline(Problem::new(&message), span, "cannot be set");
    let raised = Raised::new(Family::Error, [ambit_kinds::UNSUPPORTED], message);
    (Broken::NotStarted { failure: wrong.ends(Status::Setup) }, raised)
}

/// Who may write where compiled code or the journal is kept may change what is run next.
fn warn_of_reserved(engine: &Engine, rights: &Rights) {
    for directory in rights.directories() {
        if let Some(folder) = engine.reserved_in(directory).filter(|folder| *folder != Path::new(directory)) {
            let folder = folder.display();
            let warning = Problem::warning(format!(
                "`--dir {directory}` holds compiled plugins or the journal, in `{folder}`: a plugin could change what runs next"
            ));
            report::say(&warning.help(
                "grant less, or keep them elsewhere by `--cache` and `--journal`, and remove that folder",
            ));
        }
    }
}

/// A manager and its variable are one argument: without quotes the shell makes three of them.
fn check_quotes(managers: &[OsString]) -> Result<(), Problem> {
    let Some(at) = managers.iter().position(|word| word == "as") else { return Ok(()) };
    let shown = |at: usize| managers.get(at).map(|word| word.to_string_lossy());
    let manager = at.checked_sub(1).and_then(shown).unwrap_or("MANAGER".into());
    let variable = shown(at + 1).unwrap_or("VAR".into());
    let wrong = Problem::new("`as` stands alone: a manager and its variable are one argument");
    Err(wrong.help(format!("put both in quotes, for the shell: `'{manager} as {variable}'`")))
}

/// Two managers cannot be bound to one variable.
fn check_variables(expressions: &[Expression]) -> Result<(), Problem> {
    let mut seen: Vec<&str> = Vec::new();
    for expression in expressions {
        if let Some(variable) = &expression.variable {
            if seen.contains(&variable.value.as_str()) {
                let wrong = Problem::new(format!("two managers are bound to `{}`", variable.value));
                return Err(expression.underline(wrong, &variable.span, "for the second time"));
            }
            seen.push(&variable.value);
        }
    }
    Ok(())
}
