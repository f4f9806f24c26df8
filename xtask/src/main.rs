//! `cargo xtask`: the project's own commands, first of all `cargo xtask test`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal prints")]

mod process;
mod provision;
mod python;
mod readme;
mod rust;
mod shifted;
mod steps;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use steps::{Mode, Step};
use workspace::Workspace;

/// In the order in which `cargo xtask test` prepares them. Steps share one compilation: `cargo-test` makes it.
const STEPS: [Step; 11] = [
    Step::new("provision", "install the tools and data that the tests need", |workspace, _| {
        provision::run(workspace)?;
        Ok(Vec::new())
    }),
    Step::new("fmt", "rustfmt changes nothing", rust::fmt).quick(),
    Step::new("tidy", "the project's own rules: modules, names, links, files, ...", tidy::run).quick(),
    Step::new("cargo-test", "unit, integration, property and documentation tests of every crate", rust::test)
        .quick(),
    Step::new("clippy", "clippy warns about nothing, in any target with any feature", rust::clippy).quick(),
    Step::new("doc", "rustdoc warns about nothing", rust::doc),
    Step::new("deny", "licences, duplicates and directions of the dependencies", rust::deny),
    Step::new(
        "browser",
        "the pages in Chromium: clicked, printed, light and dark, wide and narrow",
        rust::browser,
    ),
    Step::new("python", "the Python wheel is built, installed, type-checked and tested", python::test),
    Step::new(
        "shifted",
        "tests that use the system time, at clock changes, year end, leap day, in five years",
        shifted::test,
    ),
    Step::new("readme", "the commands in README.md print what it shows", readme::test),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match execute(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(arguments: &[&str]) -> Result<()> {
    let (command, rest) = arguments.split_first().unwrap_or((&"help", &[]));
    if *command == "bench" {
        return rust::bench(&Workspace::find()?, rest);
    }
    if matches!(*command, "help" | "--help" | "-h")
        || rest.iter().any(|flag| matches!(*flag, "--help" | "-h"))
    {
        print!("{}", help());
        return Ok(());
    }
    let mode = match rest {
        [] => Mode::Full,
        ["--quick"] => Mode::Quick,
        [other, ..] => bail!("unknown argument `{other}` of `cargo xtask {command}`: it only takes --quick"),
    };
    match *command {
        "test" => steps::run_all(&STEPS, &Workspace::find()?, mode),
        "picture" => rust::picture(&Workspace::find()?),
        name => match STEPS.iter().find(|step| step.name == name) {
            Some(step) => steps::run_some([step], &Workspace::find()?, mode, || Ok(())),
            None => bail!("unknown command `{name}`: `cargo xtask help` lists the commands"),
        },
    }
}

fn help() -> String {
    let mut text = String::from(
        "The project's own commands. Usage: cargo xtask COMMAND\n\n  \
         test [--quick]   all steps below; CI runs this (--quick: only those marked *, which need no network)\n  \
         bench [ARGS]     run the benchmarks of bench/ with ARGS\n  \
         picture          make docs/demo.png again, which the README shows\n  \
         help             this page\n\nOne step alone:\n",
    );
    for step in &STEPS {
        let mark = if step.quick { '*' } else { ' ' };
        text.push_str(&format!("{mark} {:<15}  {}\n", step.name, step.about));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_arguments_are_named() {
        let message = |arguments: &[&str]| execute(arguments).unwrap_err().to_string();
        assert!(message(&["tidi"]).contains("`tidi`"));
        assert!(message(&["test", "--fast"]).contains("`--fast`"));
    }

    #[test]
    fn help_lists_every_step() {
        for step in &STEPS {
            assert!(help().contains(&format!(" {} ", step.name)), "{}", step.name);
        }
    }
}
