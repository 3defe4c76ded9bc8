use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome};
use crate::output::{Output, Text};

const EXAMPLES: &str = "\
Examples:
  webhook completions bash > ~/.local/share/bash-completion/completions/webhook
  webhook completions fish > ~/.config/fish/completions/webhook.fish
  webhook completions zsh > ~/.zfunc/_webhook";

/// Print the completions of a shell
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "webhook", &mut script);
        output.print(&Text::new(&script))?;
        Ok(true)
    }
}
