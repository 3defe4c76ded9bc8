use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::{Cli, Outcome};
use crate::failure::Failure;
use crate::output::{Output, Text};

const EXAMPLES: &str = "\
Examples:
  webhook man | man -l -
  webhook man --out ~/.local/share/man/man1";

/// Print the manual page, or write the pages of all commands into a folder
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// The folder: webhook.1, webhook-sign.1 and so on
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl ManArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        if let Some(folder) = self.out {
            clap_mangen::generate_to(Cli::command(), &folder)
                .map_err(|error| Failure::set_up(format!("{}: {error}", folder.display())))?;
            output.print(&Text::new(folder.display().to_string().as_bytes()))?;
        } else {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            output.print(&Text::new(&page))?;
        }
        Ok(true)
    }
}
