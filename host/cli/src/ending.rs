//! What the program ends with, and says, once all managers have exited: [`Ending::judge`].

use std::time::Duration;

use ambit::{Family, Fault, Incident, Raised, Recovery};
use nix::sys::signal::Signal;

use crate::chain;
use crate::prepare::Prepared;
use crate::problem::{Failure, Problem};
use crate::rights;
use crate::run::{Force, Stop};
use crate::status::Status;
use crate::visible;

/// Why the body did not complete.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The command ended with this status, not 0.
    Ended { status: u8 },
    /// The command was told to stop, after which it may still have ended with 0.
    Stopped { stop: Stop, force: Force, succeeded: bool },
    /// The manager at this place was not entered.
    NotEntered { at: usize },
    /// The command was not started.
    NotStarted { failure: Failure },
    /// The command ran, and was killed, since its end could not be waited for.
    CutOff { failure: Failure },
}

/// How the managers left what the body came to.
#[derive(Debug)]
pub(crate) struct Ending {
    /// How the body broke, and the error that was raised for it.
    pub(crate) broken: Option<(Broken, Raised)>,
    /// What the exits made of it.
    pub(crate) left: ambit::Ending,
    /// The signal that told the program to stop, if one did, even if it came too late for the body.
    pub(crate) signal: Option<Signal>,
}

/// What the program ends with, and what it says.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) status: u8,
    pub(crate) problems: Vec<Problem>,
}

impl Ending {
    /// A failure has the status of what went on in the end; where nothing did, a cleanup that was lost has its own, and
    /// then a signal that came too late to stop the body.
    pub(crate) fn judge(self, prepared: &[Prepared]) -> Verdict {
        let mut problems: Vec<Problem> = self.left.incidents.iter().map(incident).collect();
        problems.extend(prepared.iter().filter_map(|each| denied(each, self.left.pending.as_ref())));
        let is_lost = self.left.incidents.iter().any(|incident| matches!(incident, Incident::Lost(_)));
        let status = match (self.left.pending, self.broken) {
            (Some(raised), Some((broken, own))) if raised.is_same(&own) => {
                unchanged(broken, &raised, prepared, &mut problems)
            }
            (Some(raised), _) => {
                problems.push(match &self.left.raised_by {
                    Some(name) => chain::behind(format!("`{name}` raised an error as it exited"), &raised),
                    None => chain::problem(&raised),
                });
                of(&raised).code()
            }
            (None, broken) => {
                let has_run = matches!(broken, None | Some((Broken::Ended { .. }, _)));
                if let Some(signal) = self.signal.filter(|_| has_run && !is_lost) {
                    problems.push(too_late(signal, broken.is_none()));
                }
                problems.extend(broken.and_then(|(broken, own)| suppressed(&broken, &own)));
                match self.signal {
                    _ if is_lost => Status::Lost.code(),
                    Some(signal) => by_signal(signal),
                    None => 0,
                }
            }
        };
        Verdict { status, problems }
    }
}

/// The body's own error went on. How a command ends is its own business, so of that only notes are told.
fn unchanged(broken: Broken, raised: &Raised, prepared: &[Prepared], problems: &mut Vec<Problem>) -> u8 {
    let notes = || (!raised.notes().is_empty()).then(|| chain::problem(raised));
    match broken {
        Broken::Ended { status } => {
            problems.extend(notes());
            status
        }
        Broken::Stopped { stop, force, succeeded } => {
            let (told, status) = match stop {
                Stop::Signal(signal) => (succeeded.then(|| cancelled(signal)), by_signal(signal)),
                Stop::Timeout(body) => (Some(timed_out(body)), Status::TimedOut.code()),
            };
            problems.extend(told.map(|told| chain::noted(told, raised)).or_else(notes));
            problems.extend(forced(force));
            status
        }
        Broken::NotStarted { failure } | Broken::CutOff { failure } => {
            problems.push(chain::noted(failure.problem, raised));
            failure.status.code()
        }
        Broken::NotEntered { at } => {
            let failure = not_entered(&prepared[at], raised);
            problems.push(failure.problem);
            failure.status.code()
        }
    }
}

/// A bad argument is underlined, or else the manager.
fn not_entered(Prepared { expression, inputs, .. }: &Prepared, raised: &Raised) -> Failure {
    let name = &expression.name;
    let bad = ambit_kinds::detail(raised.kinds(), ambit_kinds::INVALID_ARGUMENT);
    let (problem, status) = match bad {
        Some(_) => (Problem::new(raised.to_string()), Status::Usage),
        None => (chain::behind(format!("`{}` was not entered", name.value), raised), of(raised)),
    };
    let (span, label) = match bad.and_then(|parameter| inputs.span(parameter)) {
        Some(span) => (span, "this argument"),
        None => (&name.span, "this manager"),
    };
    expression.underline(problem, span, label).ends(status)
}

/// The status for an error that a manager raised.
fn of(raised: &Raised) -> Status {
    match raised.family() {
        Family::Fault => Status::Fault,
        _ if raised.native::<ambit::Error>().is_some() => Status::Setup,
        Family::Error | Family::Cancelled => Status::Raised,
    }
}

/// That managers undid what the command takes for done must not be silent.
fn cancelled(signal: Signal) -> Problem {
    Problem::warning(format!(
        "the command ended with 0, but it was told to stop by {signal}: managers saw a cancellation"
    ))
}

/// How the command then ended does not matter.
fn timed_out(body: Duration) -> Problem {
    Problem::new(format!("the command took longer than its budget of {body:?}"))
        .help("`--timeout TIME` gives it more time")
}

/// What was killed may have left something half done.
fn forced(force: Force) -> Option<Problem> {
    match force {
        Force::None => None,
        Force::Killed { after } => {
            let warning = "the command, or what it started, did not end within its grace of";
            let warning = Problem::warning(format!("{warning} {after:?}, and was killed"));
            Some(warning.help("`--grace TIME` gives it more time"))
        }
        Force::InVain => {
            Some(Problem::warning("the command, or what it started, could not be killed: it may still run"))
        }
    }
}

/// The status alone would say that the command was cancelled.
fn too_late(signal: Signal, succeeded: bool) -> Problem {
    let ended = if succeeded { "had succeeded" } else { "had failed, which a manager suppressed," };
    Problem::warning(format!("the command {ended} before {signal} came: its result stands"))
}

/// That a command did not run, or not to its end, must not be taken for its success.
fn suppressed(broken: &Broken, raised: &Raised) -> Option<Problem> {
    let came = match broken {
        Broken::Ended { .. } | Broken::Stopped { .. } => return None,
        Broken::NotEntered { .. } | Broken::NotStarted { .. } => "not run",
        Broken::CutOff { .. } => "killed",
    };
    let warning = format!("the command was {came}, for an error that a manager then suppressed: {raised}");
    Some(Problem::warning(warning))
}

fn incident(incident: &Incident) -> Problem {
    match incident {
        Incident::Lost(fault) => {
            let is_released =
                fault.native::<Fault>().and_then(Fault::recovery).is_some_and(Recovery::is_released);
            let came =
                if is_released { "its recovery made up for it" } else { "something may be left behind" };
            chain::behind(format!("a cleanup was lost: {came}"), fault)
        }
        Incident::SuppressionRefused { by, pending } => {
            let who = who(by.as_deref());
            Problem::warning(format!("{who} wanted to suppress what it may not: {pending}"))
        }
        Incident::ReplacementRefused { by, raised, .. } => {
            let who = who(by.as_deref());
            chain::behind(format!("{who} raised an error, and what was in flight goes on"), raised)
        }
        unknown => Problem::warning(format!("something went wrong beside the command: {unknown:?}")),
    }
}

fn who(manager: Option<&str>) -> String {
    manager.map_or_else(|| "a manager".to_owned(), |name| format!("`{}`", visible::line(name)))
}

/// What a manager wanted to connect to: most guests see an error of the system's, without the address. Of what the error says that is
/// in flight, that is told.
fn denied(prepared: &Prepared, pending: Option<&Raised>) -> Option<Problem> {
    let mut addresses = prepared.manager.denied();
    addresses.retain(|address| !pending.is_some_and(|raised| rights::says_denied(raised, address)));
    if addresses.is_empty() {
        return None;
    }
    let name = prepared.manager.name();
    let options: Vec<_> = addresses.iter().map(|address| format!("--allow-net {address}")).collect();
    let warning = format!("`{name}` was not allowed to connect to {}", addresses.join(", "));
    Some(Problem::warning(warning).help(format!("grant it with `{}`", options.join(" "))))
}

fn by_signal(signal: Signal) -> u8 {
    u8::try_from(128 + signal as i32).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Raised {
        Raised::new(Family::Error, ["boom"], "it failed")
    }

    fn lost() -> Incident {
        Incident::Lost(Raised::new(Family::Fault, ["trap"], "it trapped"))
    }

    /// Checks the status, and how many problems are told.
    #[track_caller]
    fn check(
        broken: Option<(Broken, Raised)>,
        pending: Option<Raised>,
        incidents: Vec<Incident>,
        signal: Option<Signal>,
        expected: (u8, usize),
    ) {
        let left = ambit::Ending { pending, raised_by: None, incidents };
        let Verdict { status, problems } = Ending { broken, left, signal }.judge(&[]);
        assert_eq!((status, problems.len()), expected);
    }

    #[test]
    fn the_commands_status_is_kept_where_its_error_went_on() {
        let own = error();
        check(Some((Broken::Ended { status: 3 }, own.clone())), Some(own), vec![], None, (3, 0));
    }

    #[test]
    fn an_equal_error_is_not_the_commands() {
        check(Some((Broken::Ended { status: 3 }, error())), Some(error()), vec![], None, (112, 1));
    }

    #[test]
    fn the_commands_status_is_kept_though_a_cleanup_was_lost() {
        let own = error();
        check(Some((Broken::Ended { status: 3 }, own.clone())), Some(own), vec![lost()], None, (3, 1));
    }

    #[test]
    fn a_cleanup_that_was_lost_is_no_success() {
        check(None, None, vec![lost()], None, (114, 1));
        check(Some((Broken::Ended { status: 3 }, error())), None, vec![lost()], None, (114, 1));
        check(None, None, vec![lost()], Some(Signal::SIGTERM), (114, 1));
    }

    #[test]
    fn a_signal_that_came_after_the_command_is_no_success_and_its_result_is_told() {
        check(None, None, vec![], Some(Signal::SIGTERM), (143, 1));
        check(Some((Broken::Ended { status: 3 }, error())), None, vec![], Some(Signal::SIGINT), (130, 1));
    }

    #[test]
    fn a_signal_that_came_after_the_command_does_not_hide_a_failure() {
        let own = error();
        let broken = Some((Broken::Ended { status: 3 }, own.clone()));
        check(broken, Some(own), vec![], Some(Signal::SIGTERM), (3, 0));
        check(None, Some(error()), vec![], Some(Signal::SIGTERM), (112, 1));
    }

    #[test]
    fn a_cancellation_of_a_command_that_ended_with_0_is_told() {
        let own = error();
        for (succeeded, told) in [(true, 1), (false, 0)] {
            let stop = Stop::Signal(Signal::SIGINT);
            let broken = Broken::Stopped { stop, force: Force::None, succeeded };
            let signal = Some(Signal::SIGINT);
            check(Some((broken, own.clone())), Some(own.clone()), vec![], signal, (130, told));
        }
    }

    #[test]
    fn a_command_that_took_too_long_has_its_own_status() {
        let own = error();
        let broken = |force| {
            let broken =
                Broken::Stopped { stop: Stop::Timeout(Duration::from_secs(1)), force, succeeded: true };
            Some((broken, own.clone()))
        };
        check(broken(Force::None), Some(own.clone()), vec![], None, (124, 1));
        check(broken(Force::InVain), Some(own.clone()), vec![], Some(Signal::SIGTERM), (124, 2));
    }

    #[test]
    fn a_refusal_names_the_manager() {
        let refused =
            |by: Option<&str>| Incident::SuppressionRefused { by: by.map(str::to_owned), pending: error() };
        let said = |by| incident(&refused(by)).to_string();
        assert_eq!(said(Some("timer")), "`timer` wanted to suppress what it may not: it failed");
        assert_eq!(said(None), "a manager wanted to suppress what it may not: it failed");
    }

    #[test]
    fn a_fault_has_its_own_status() {
        check(None, Some(Raised::new(Family::Fault, ["trap"], "it trapped")), vec![], None, (113, 1));
    }

    #[test]
    fn a_command_that_was_not_started_has_its_own_status() {
        let own = error();
        let failure = || Problem::new("it cannot be started").ends(Status::NotExecutable);
        let broken = || Broken::NotStarted { failure: failure() };
        check(Some((broken(), own.clone())), Some(own.clone()), vec![], None, (126, 1));
        check(Some((broken(), own)), None, vec![], None, (0, 1));
    }

    #[test]
    fn of_a_command_that_was_killed_nobody_says_that_it_was_not_run() {
        let own = error();
        let failure = || Problem::new("its end could not be waited for").ends(Status::Setup);
        let broken = || Broken::CutOff { failure: failure() };
        check(Some((broken(), own.clone())), Some(own.clone()), vec![], None, (111, 1));
        check(Some((broken(), own.clone())), None, vec![], None, (0, 1));
        let told = suppressed(&broken(), &own).unwrap().to_string();
        assert_eq!(told, "the command was killed, for an error that a manager then suppressed: it failed");
        let told = suppressed(&Broken::NotStarted { failure: failure() }, &own).unwrap().to_string();
        assert_eq!(told, "the command was not run, for an error that a manager then suppressed: it failed");
    }
}
