//! The program `staste`: counts events from files and the command line, and shows them.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(staste_cli::run(std::env::args_os()))
}
