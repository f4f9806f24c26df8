//! `staste completions`: the completion script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Result};

/// Print the completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
With the script the shell completes commands and options of staste.

Example:
    staste completions bash > ~/.local/share/bash-completion/completions/staste")]
pub(crate) struct CompletionsArguments {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // The generator panics on a closed pipe, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "staste", &mut script);
        context.screen.line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(EXIT_SUCCESS)
    }
}
