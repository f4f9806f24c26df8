//! `Arguments`: the command line.

use clap::Parser;

use crate::commands::Command;
use crate::context::Context;
use crate::output::{Look, Screen};

/// What `--help` says beyond the commands.
const MORE: &str = "\
The store is named by --store, else by the variable STASTE_STORE, else by the key `store` of the file \
staste.toml in the current folder, else it is sqlite:staste.db in the current folder.

Exit codes:
    0  all went well
    1  it failed: no store, no longer kept, or faults found by verify
    2  the command line, a file or a choice is not what it must be
    3  an import rejected some rows, and counted the rest
  130  Ctrl-C; an import or a copy is finished by running it again

Examples:
    staste demo
    staste import flights.csv --metrica flights --axis carrier --date time_hour
    staste query flights --year 2013 --by carrier --top 5
    staste kick guests gender=girl age=18";

/// Counts events by any combination of axes and any period of the calendar, and shows them
#[derive(Debug, Parser)]
#[command(name = "staste", version, after_help = MORE, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Where the counts are: sqlite:PATH, redis://HOST:PORT/DATABASE, redis-sentinel://HOST/SERVICE, redis-cluster://HOST, or memory: for a try
    #[arg(
        long,
        global = true,
        env = "STASTE_STORE",
        hide_env_values = true,
        value_name = "ADDRESS",
        help_heading = "Everywhere"
    )]
    store: Option<String>,

    /// Whether to colour the output: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Everywhere",
        hide_possible_values = true
    )]
    color: Look,

    /// Draw with ASCII only (the default where the locale is not UTF-8)
    #[arg(long, global = true, help_heading = "Everywhere")]
    ascii: bool,

    /// Say nothing but what was asked for
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// What every command works with, and the command.
    pub(crate) fn split(self) -> (Context, Command) {
        let screen = Screen::new(self.color, self.ascii, self.quiet);
        // A variable that is set to nothing is not set.
        let store = self.store.filter(|address| !address.is_empty());
        (Context::new(screen, store), self.command)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
