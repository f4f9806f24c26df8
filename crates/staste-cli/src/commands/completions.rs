//! `staste completions`: the completions of a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::{DONE, Result};

/// Write the completions of a shell
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n    staste completions bash > ~/.local/share/bash-completion/completions/staste"
)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // Generated aside: the generator panics on a closed pipe.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "staste", &mut script);
        context.screen.line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(DONE)
    }
}
