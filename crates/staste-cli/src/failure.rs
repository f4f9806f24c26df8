//! `Failure`: why a command ends early, what caused it, what helps, and the exit code it ends with.

use std::error::Error as StdError;
use std::io::{self, Write};

use crate::commands::copy_command;
use crate::output::{Screen, printable};

/// All went well.
pub(crate) const DONE: u8 = 0;
/// The operation failed, or `verify` found faults.
pub(crate) const FAILED: u8 = 1;
/// The command line, a file or a choice is not what it must be.
pub(crate) const BAD_INPUT: u8 = 2;
/// An import rejected some rows and counted the rest.
pub(crate) const ROWS_REJECTED: u8 = 3;
/// Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads the output any more, as after `| head`; there is nobody to tell.
    Unread,
    /// Something to tell.
    Said(Box<Said>),
}

/// What is told of a failure.
#[derive(Debug)]
pub(crate) struct Said {
    code: u8,
    message: String,
    causes: Vec<String>,
    help: Vec<String>,
}

/// The result of everything that can end a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that ends with an exit code.
    pub(crate) fn with_code(code: u8, message: String) -> Failure {
        Failure::Said(Box::new(Said { code, message, causes: Vec::new(), help: Vec::new() }))
    }

    /// What was given is wrong.
    pub(crate) fn input(message: impl Into<String>) -> Failure {
        Failure::with_code(BAD_INPUT, message.into())
    }

    /// What was asked could not be done.
    pub(crate) fn failed(message: impl Into<String>) -> Failure {
        Failure::with_code(FAILED, message.into())
    }

    /// The same failure with what caused it.
    pub(crate) fn because(mut self, cause: &dyn StdError) -> Failure {
        if let Failure::Said(said) = &mut self {
            said.causes.push(cause.to_string());
            said.causes.extend(causes_of(cause));
        }
        self
    }

    /// The same failure with what to do about it.
    pub(crate) fn help(mut self, advice: impl Into<String>) -> Failure {
        if let Failure::Said(said) = &mut self {
            said.help.push(advice.into());
        }
        self
    }

    /// The same failure, said to be about something.
    pub(crate) fn about(mut self, what: &str) -> Failure {
        if let Failure::Said(said) = &mut self {
            said.message = format!("{what}: {}", said.message);
        }
        self
    }

    /// Tells the user on standard error; the exit code.
    pub(crate) fn report(self, screen: &Screen) -> u8 {
        let said = match self {
            Failure::Unread => return DONE,
            Failure::Said(said) => said,
        };
        let paint = screen.error_paint();
        let mut lines = vec![format!("{} {}", paint.red("error:"), indented(&said.message))];
        let causes = telling(&said.message, &said.causes);
        lines.extend(causes.into_iter().map(|cause| format!("  because: {}", indented(cause))));
        lines.extend(said.help.iter().map(|help| format!("{} {}", paint.green("help:"), indented(help))));
        // When standard error is closed there is nobody to tell that either.
        let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
        said.code
    }
}

/// The causes that add something to what is said before them.
fn telling<'a>(message: &'a str, causes: &'a [String]) -> Vec<&'a str> {
    let mut told = vec![message];
    for cause in causes {
        // SQLite's number for what it has said in words, and its words for what the message says better.
        let is_code = cause.starts_with("Error code ");
        let is_said = told.iter().any(|told| told.contains(cause.as_str()))
            || (cause.starts_with("unable to open database file") && message.contains("cannot be opened"));
        if !is_code && !is_said {
            told.push(cause);
        }
    }
    told.split_off(1)
}

fn causes_of(error: &dyn StdError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// Text that may hold what others wrote, its lines kept.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| printable(line).into_owned()).collect();
    lines.join("\n  ")
}

impl From<staste::Error> for Failure {
    fn from(error: staste::Error) -> Failure {
        let code = if error.is_input() || error.is_conflict() { BAD_INPUT } else { FAILED };
        let causes = causes_of(&error);
        let help = copy_command(&error).map(|command| format!("this command does it:\n{command}"));
        let help = help.into_iter().collect();
        Failure::Said(Box::new(Said { code, message: error.to_string(), causes, help }))
    }
}

impl From<io::Error> for Failure {
    /// Of writing the output.
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::Unread;
        }
        Failure::failed("the output cannot be written").because(&error)
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Failure {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Failure::from(error),
            other => Failure::failed(format!("the output cannot be written: {other:?}")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::from(io::Error::from(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_when_it_adds_something() {
        let causes =
            ["unable to open database file: a/b.db", "Error code 14: Unable to open the database file"];
        let causes = causes.map(str::to_owned);
        assert_eq!(telling("a/b.db cannot be opened: there is no a", &causes), [""; 0]);
        assert_eq!(telling("it failed", &causes), [causes[0].as_str()]);
        let twice = ["no space".to_owned(), "no space".to_owned(), "left".to_owned()];
        assert_eq!(telling("full", &twice), ["no space", "left"]);
    }
}
