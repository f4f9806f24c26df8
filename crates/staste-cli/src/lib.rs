//! The program `staste` as a function: from a command line to an exit code. The binary runs it, and the package for
//! Python brings it along.

mod arguments;
mod cells;
mod commands;
mod context;
mod failure;
mod import;
mod input;
mod interrupt;
mod output;
mod progress;
mod query;
mod server;
mod settings;
mod suggest;
mod timespan_arguments;

use std::ffi::OsString;

use clap::Parser;
use staste::Clock;

use arguments::Arguments;
use failure::Failure;

pub use commands::copy_command;

/// Runs a command line, whose first argument is the program, and gives its exit code.
///
/// ```
/// assert_eq!(staste_cli::run(["staste", "--version"]), 0);
/// assert_eq!(staste_cli::run(["staste", "quary"]), 2);
/// ```
pub fn run<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(refusal) => {
            // Help that nobody reads any more is no failure.
            let _ = refusal.print();
            return if refusal.use_stderr() { failure::BAD_INPUT } else { failure::DONE };
        }
    };
    let (mut context, command) = arguments.split();
    // Before anything is opened, so that an invalid STASTE_CLOCK ends every command.
    let outcome = Clock::from_env().map_err(Failure::from);
    let outcome = outcome
        .and_then(|_| command.run(&mut context))
        .and_then(|code| context.screen.flush().map(|()| code));
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(&context.screen),
    }
}
