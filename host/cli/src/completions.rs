//! `ambit completions`: what makes a shell complete `ambit`.

use clap::Args;
use clap_complete::Shell;

use crate::command_line;
use crate::output::print;
use crate::problem::Failure;

/// Prints what makes a shell complete `ambit`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ambit completions bash > ~/.local/share/bash-completion/completions/ambit
  ambit completions zsh > ~/.zfunc/_ambit
  ambit completions fish > ~/.config/fish/completions/ambit.fish
")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line(), "ambit", &mut script);
        print(&script)
    }
}
