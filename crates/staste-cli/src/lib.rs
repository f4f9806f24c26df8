//! The program `staste` as a library: [`run`] takes a command line and returns an exit code. The binary and the Python
//! package call it.

mod cell_reader;
mod commands;
mod context;
mod copy_suggestion;
mod definition_arguments;
mod failure;
mod import;
mod input;
mod interrupt;
mod output;
mod query;
mod server;
mod settings;
mod spinner;
mod suggest;
mod timespan_arguments;

use std::ffi::OsString;

use clap::Parser;
use staste::Clock;

use commands::Arguments;
use failure::Failure;

pub use copy_suggestion::suggested_copy_command;

/// Runs a command line, whose first argument is the name of the program, and returns its exit code.
///
/// ```
/// assert_eq!(staste_cli::run(["staste", "--version"]), 0);
/// assert_eq!(staste_cli::run(["staste", "quary"]), 2);
/// ```
pub fn run<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Printing fails if the reader has closed the output, which is not an error.
            let _ = error.print();
            return if error.use_stderr() { failure::EXIT_INVALID_INPUT } else { failure::EXIT_SUCCESS };
        }
    };
    let (mut context, command) = arguments.split();
    // The clock is checked before anything is opened, so that an invalid STASTE_CLOCK ends every command.
    let outcome = Clock::from_env().map_err(Failure::from);
    let outcome = outcome
        .and_then(|_| command.run(&mut context))
        .and_then(|code| context.screen.flush().map(|()| code));
    outcome.unwrap_or_else(|failure| context.screen.report(failure))
}
