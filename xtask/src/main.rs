//! `cargo xtask`: the project's own commands, first of all `cargo xtask test`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal speaks by printing"
)]

mod browser;
mod cargo;
mod failure;
mod invocation;
mod process;
mod provision;
mod python;
mod readme;
mod run;
mod shifted;
mod step;
mod tidy;
mod workspace;

use std::env;
use std::process::ExitCode;

use failure::Failure;
use invocation::Invocation;
use workspace::Workspace;

fn main() -> ExitCode {
    match obey(env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: Vec<String>) -> Result<(), Failure> {
    match Invocation::parse(arguments)? {
        Invocation::Help => {
            print!("{}", invocation::help());
            Ok(())
        }
        Invocation::Test(mode) => run::all(&Workspace::find()?, mode),
        Invocation::Step(step, mode) => run::one(step, &Workspace::find()?, mode),
        Invocation::Picture => browser::picture(&Workspace::find()?),
        Invocation::Bench(arguments) => cargo::bench(&Workspace::find()?, &arguments),
    }
}
