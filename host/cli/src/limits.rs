//! How much the managers may use: [`LimitOptions`].

use std::time::Duration;

use ambit::Limits;
use clap::Args;

use crate::quantity::{bytes, duration};

/// The limits that the command line sets, for all managers alike.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits, for each manager")]
pub(crate) struct LimitOptions {
    /// The time that entering may take, waiting included [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    enter_budget: Option<Duration>,
    /// The time that exiting may take, waiting included [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    exit_budget: Option<Duration>,
    /// The memory that it may have [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory: Option<usize>,
}

impl LimitOptions {
    /// As the library takes them.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        default
            .enter(self.enter_budget.unwrap_or(default.enter))
            .exit(self.exit_budget.unwrap_or(default.exit))
            .memory(self.memory.unwrap_or(default.memory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_that_the_help_names() {
        let default = Limits::default();
        assert_eq!((default.enter, default.exit), (Duration::from_secs(30), Duration::from_secs(30)));
        assert_eq!(default.memory, 64 << 20);
    }
}
