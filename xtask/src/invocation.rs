//! `Invocation`: what the command line asks for.

use crate::failure::Failure;
use crate::step::{Mode, STEPS, Step};

/// One parsed command line.
pub(crate) enum Invocation {
    Help,
    /// Every step of the mode, in order.
    Test(Mode),
    Step(&'static Step, Mode),
    /// The benchmarks, with the arguments that are theirs.
    Bench(Vec<String>),
    /// The picture of the demo in the README.
    Picture,
}

impl Invocation {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self, Failure> {
        let mut arguments = arguments.into_iter();
        let Some(command) = arguments.next() else {
            return Ok(Self::Help);
        };
        let rest: Vec<String> = arguments.collect();
        if command == "bench" {
            return Ok(Self::Bench(rest));
        }
        if matches!(command.as_str(), "help" | "--help" | "-h")
            || rest.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h"))
        {
            return Ok(Self::Help);
        }
        let mode = mode(&command, &rest)?;
        if command == "picture" {
            return Ok(Self::Picture);
        }
        if command == "test" {
            return Ok(Self::Test(mode));
        }
        STEPS.iter().find(|step| step.name == command).map(|step| Self::Step(step, mode)).ok_or_else(|| {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            Failure::new(format!(
                "there is no command `{command}`; there are test, {}, bench, picture and help",
                names.join(", ")
            ))
        })
    }
}

fn mode(command: &str, arguments: &[String]) -> Result<Mode, Failure> {
    match arguments {
        [] => Ok(Mode::Full),
        [flag] if flag == "--quick" => Ok(Mode::Quick),
        [argument, ..] => Err(Failure::new(format!(
            "`cargo xtask {command}` does not take `{argument}`, only --quick; see `cargo xtask help`"
        ))),
    }
}

/// The page that `cargo xtask help` prints.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "The project's own commands. Usage: cargo xtask COMMAND\n\n  \
         test [--quick]   every step below, in order, until one fails; what CI runs\n                   \
         (--quick: only those marked *, without data from the network)\n  \
         bench [ARGS]     the benchmarks of bench/, with ARGS handed on\n  \
         picture          docs/demo.png anew, which the README shows\n  \
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

    fn parse(line: &str) -> Result<Invocation, Failure> {
        Invocation::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn nothing_and_the_words_for_help_give_help() {
        for line in ["", "help", "--help", "-h", "test --help"] {
            assert!(matches!(parse(line), Ok(Invocation::Help)), "{line}");
        }
    }

    #[test]
    fn test_and_its_steps_take_quick() {
        assert!(matches!(parse("test"), Ok(Invocation::Test(Mode::Full))));
        assert!(matches!(parse("test --quick"), Ok(Invocation::Test(Mode::Quick))));
        let Ok(Invocation::Step(step, Mode::Quick)) = parse("cargo-test --quick") else {
            panic!("a step is a command");
        };
        assert_eq!(step.name, "cargo-test");
    }

    #[test]
    fn what_is_unknown_is_named() {
        let message = |line| parse(line).err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(message("tidi").contains("`tidi`"), "{}", message("tidi"));
        assert!(message("test --fast").contains("`--fast`"), "{}", message("test --fast"));
    }

    #[test]
    fn the_arguments_of_bench_are_its_own() {
        let Ok(Invocation::Bench(arguments)) = parse("bench kick --help") else {
            panic!("bench is a command")
        };
        assert_eq!(arguments, ["kick", "--help"]);
    }

    #[test]
    fn help_lists_every_step() {
        let page = help();
        for step in &STEPS {
            assert!(page.contains(&format!("{} ", step.name)), "{page}");
        }
    }
}
