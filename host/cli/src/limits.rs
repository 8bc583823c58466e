//! How much the managers may use: [`LimitOptions`].

use std::time::Duration;

use ambit::{Fault, FaultKind, Limits, Phase, Raised, Recovery};
use clap::{Args, Command};

use crate::quantity::{bytes, duration};

/// The limits that the command line sets, for all managers alike.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = HEADING)]
pub(crate) struct LimitOptions {
    /// The time that entering may take, waiting included [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    enter_budget: Option<Duration>,
    /// The time that exiting may take, waiting included [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    exit_budget: Option<Duration>,
    #[command(flatten)]
    recovery: RecoveryLimits,
    /// The length of its value, as JSON [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    value: Option<usize>,
    /// The length of what it leaves for its recovery [default: 64KiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    checkpoint: Option<usize>,
    /// The time that it may take; then it is told to stop by SIGTERM, and `ambit` ends with 124
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = COMMAND)]
    timeout: Option<Duration>,
    /// The time that it has to end once it was told to stop; then it is killed [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = COMMAND)]
    grace: Option<Duration>,
}

/// Those of them that a recovery has too.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = HEADING)]
pub(crate) struct RecoveryLimits {
    /// The time that its recovery may take, where its exit was lost [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    recover_budget: Option<Duration>,
    /// The memory that it may have [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory: Option<usize>,
    /// The elements that its tables may have: functions for indirect calls [default: 1048576]
    #[arg(long, value_name = "N")]
    table_elements: Option<usize>,
    /// The handles that it may hold at a time, of files and errors [default: 10000]
    #[arg(long, value_name = "N")]
    handles: Option<usize>,
    /// The errors that it may make, and so the length of a chain of them [default: 10000]
    #[arg(long, value_name = "N")]
    errors: Option<usize>,
    /// The length of an error's message or note; what is longer is cut [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    message: Option<usize>,
}

const HEADING: &str = "Limits, for each manager";

const COMMAND: &str = "Limits, for the command";

/// How long the command may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until it is told to stop; none is for ever.
    pub(crate) body: Option<Duration>,
    /// From then on, until it is killed.
    pub(crate) grace: Duration,
}

impl LimitOptions {
    /// As the library takes them.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        let limits = default
            .enter(self.enter_budget.unwrap_or(BUDGET))
            .exit(self.exit_budget.unwrap_or(BUDGET))
            .recover(BUDGET)
            .value(self.value.unwrap_or(default.value))
            .checkpoint(self.checkpoint.unwrap_or(default.checkpoint));
        self.recovery.change(limits)
    }

    /// For the command.
    pub(crate) fn patience(&self) -> Patience {
        Patience { body: self.timeout, grace: self.grace.unwrap_or(GRACE) }
    }
}

impl RecoveryLimits {
    /// A command that takes them to change those that a scope had: these are the defaults.
    pub(crate) fn of_scopes(command: Command) -> Command {
        let limits = Self::augment_args(Command::new(""));
        limits.get_arguments().fold(command, |command, limit| {
            command.mut_arg(limit.get_id(), |limit| {
                let help = limit.get_help().map(ToString::to_string).unwrap_or_default();
                let (help, _) = help.split_once(" [default: ").unwrap_or((&help, ""));
                limit.help(format!("{help} [default: as it had]"))
            })
        })
    }

    /// These limits, but for those that the command line sets.
    pub(crate) fn change(&self, limits: Limits) -> Limits {
        limits
            .recover(self.recover_budget.unwrap_or(limits.recover))
            .memory(self.memory.unwrap_or(limits.memory))
            .table_elements(self.table_elements.unwrap_or(limits.table_elements))
            .handles(self.handles.unwrap_or(limits.handles))
            .errors(self.errors.unwrap_or(limits.errors))
            .message(self.message.unwrap_or(limits.message))
    }
}

/// More than the library's default: large directories are saved and restored, locks are waited for, and a person who does not
/// want to wait for that can tell so.
const BUDGET: Duration = Duration::from_mins(5);

/// As `docker stop` and Kubernetes give it, or more: what is killed restores nothing of its own.
const GRACE: Duration = Duration::from_secs(30);

/// The sentence that names the option for what an error, or one behind it, says that a manager has used up. Where a recovery
/// failed too, it is the one that is to be tried again.
pub(crate) fn help(raised: &Raised) -> Option<String> {
    raised.chain().find_map(|(_, each)| {
        let Some(fault) = each.native::<Fault>() else {
            return each.is(ambit_kinds::OUT_OF_MEMORY).then(|| more(MEMORY));
        };
        match fault.recovery() {
            Some(Recovery::Failed(why)) => help(why).or_else(|| option(fault)),
            _ => option(fault),
        }
    })
}

/// An option, and what it gives.
type Gives = (&'static str, &'static str);

const MEMORY: Gives = ("--memory SIZE", "more, and `--table-elements N` larger tables");

fn more((option, what): Gives) -> String {
    format!("`{option}` gives it {what}")
}

fn option(fault: &Fault) -> Option<String> {
    Some(more(match (fault.kind(), fault.phase()) {
        (FaultKind::Budget, Phase::Enter) => {
            ("--enter-budget TIME", "more time; what it waits for counts too")
        }
        (FaultKind::Budget, Phase::Recover) => ("--recover-budget TIME", "more time"),
        (FaultKind::Budget, _) => ("--exit-budget TIME", "more time; what it waits for counts too"),
        (FaultKind::Errors, _) => ("--errors N", "more; what they say takes of `--memory`"),
        (FaultKind::Handles, _) => ("--handles N", "more"),
        (FaultKind::Memory, _) => MEMORY,
        (FaultKind::Stack, _) => ("--stack SIZE", "more, 2MiB at most"),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guest_of_another_language_says_of_its_memory_names_the_option() {
        let kinds = ["python:builtins.MemoryError", ambit_kinds::OUT_OF_MEMORY];
        let raised = Raised::new(ambit::Family::Error, kinds, "");
        assert!(help(&raised).unwrap().starts_with("`--memory SIZE` gives it more"));
        assert_eq!(help(&Raised::new(ambit::Family::Error, ["boom"], "")), None);
    }

    #[test]
    fn the_defaults_are_those_that_the_help_names() {
        let options = LimitOptions::default();
        let (limits, patience) = (options.limits(), options.patience());
        assert_eq!((limits.enter, limits.exit), (Duration::from_mins(5), Duration::from_mins(5)));
        let Limits { memory, table_elements, handles, errors, message, value, checkpoint, .. } = limits;
        assert_eq!([memory, message, value, checkpoint], [64 << 20, 1 << 20, 16 << 20, 64 << 10]);
        assert_eq!([table_elements, handles, errors], [1_048_576, 10_000, 10_000]);
        assert_eq!(limits.recover, Duration::from_mins(5));
        assert_eq!((patience.body, patience.grace), (None, Duration::from_secs(30)));
    }
}
