//! `Arguments`: the whole command line.

use clap::Parser;

use super::Command;
use crate::context::Context;
use crate::output::{ColorChoice, Screen};

const AFTER_HELP: &str = "\
A Metrica is a named class of events. Its axes are the properties that you can filter and group by, and \
each event has one choice on each axis: guests have the axes gender and age, and one guest has the choices \
gender=girl and age=18.

The store is the one of --store, or else of the environment variable STASTE_STORE, or else of the key \
`store` in the file staste.toml in the current folder, or else sqlite:staste.db in the current folder.

Exit codes:
    0  success
    1  failure, such as a missing store or faults found by verify
    2  invalid command line, file or choice
    3  an import rejected some rows and counted the others
  130  interrupted; run an import or copy again to finish it

Examples:
    staste demo
    staste define guests --axis gender=boy,girl --axis age
    staste kick guests gender=girl age=18
    staste query guests --by gender
    staste import flights.csv --metrica flights --axis carrier --date time_hour
    staste query flights --year 2013 --by carrier --top 5";

/// Counts events by any axes and calendar periods, and shows the counts
#[derive(Debug, Parser)]
#[command(name = "staste", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Store with the counts: sqlite:PATH, redis://HOST:PORT/DATABASE, redis-sentinel://HOST/SERVICE,
    /// redis-cluster://HOST, or memory: for tests
    #[arg(
        long,
        global = true,
        env = "STASTE_STORE",
        hide_env_values = true,
        value_name = "ADDRESS",
        help_heading = "Global options"
    )]
    store: Option<String>,

    /// When to colour the output: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Global options",
        hide_possible_values = true
    )]
    color: ColorChoice,

    /// Draw with ASCII characters only (the default if the locale is not UTF-8)
    #[arg(long, global = true, help_heading = "Global options")]
    ascii: bool,

    /// Print errors and the requested data only: no notes, progress or summaries
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// Splits the command line into the context, which all commands share, and the command.
    pub(crate) fn split(self) -> (Context, Command) {
        let screen = Screen::new(self.color, self.ascii, self.quiet);
        // An empty variable counts as not set.
        let store = self.store.filter(|address| !address.is_empty());
        (Context::new(screen, store), self.command)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn command_line_definition_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
