//! The program `staste`: counts events from files and the command line, and shows them.

mod arguments;
mod cells;
mod commands;
mod context;
mod failure;
mod import;
mod input;
mod nearest;
mod output;
mod progress;
mod query;
mod server;
mod settings;
mod timespan_arguments;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => {
            // Help that nobody reads any more is no failure.
            let _ = refusal.print();
            return ExitCode::from(if refusal.use_stderr() { failure::BAD_INPUT } else { failure::DONE });
        }
    };
    let (mut context, command) = arguments.split();
    let outcome = command.run(&mut context).and_then(|code| context.screen.flush().map(|()| code));
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ExitCode::from(failure.report(&context.screen)),
    }
}
