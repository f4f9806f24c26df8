//! `Failure`: why a command ends early, with causes, remedies and the exit code.

use std::error::Error as StdError;
use std::io;

use crate::copy_suggestion::suggested_copy_command;

/// Exit code: the command succeeded.
pub(crate) const EXIT_SUCCESS: u8 = 0;
/// Exit code: the operation failed, or `verify` found faults.
pub(crate) const EXIT_FAILURE: u8 = 1;
/// Exit code: the command line, a file or a choice is invalid.
pub(crate) const EXIT_INVALID_INPUT: u8 = 2;
/// Exit code: an import rejected some rows and counted the rest.
pub(crate) const EXIT_ROWS_REJECTED: u8 = 3;
/// Exit code: the command was interrupted by Ctrl-C or SIGTERM.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of standard output closed it, as `| head` does. Nothing is printed, and it is not an error.
    OutputClosed,
    /// An error to print on standard error.
    Error(Box<ErrorMessage>),
}

/// An error as it is printed.
#[derive(Debug)]
pub(crate) struct ErrorMessage {
    pub(crate) exit_code: u8,
    pub(crate) message: String,
    causes: Vec<String>,
    pub(crate) help: Vec<String>,
}

/// The result of everything that can end a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Returns a failure with an exit code and a message.
    pub(crate) fn new(exit_code: u8, message: impl Into<String>) -> Failure {
        let message = message.into();
        Failure::Error(Box::new(ErrorMessage { exit_code, message, causes: Vec::new(), help: Vec::new() }))
    }

    /// Returns a failure for invalid input.
    pub(crate) fn input(message: impl Into<String>) -> Failure {
        Failure::new(EXIT_INVALID_INPUT, message)
    }

    /// Returns a failure for an operation that could not be completed.
    pub(crate) fn failed(message: impl Into<String>) -> Failure {
        Failure::new(EXIT_FAILURE, message)
    }

    /// Adds an error and its sources as causes.
    pub(crate) fn caused_by(mut self, cause: &dyn StdError) -> Failure {
        if let Failure::Error(error) = &mut self {
            error.causes.push(cause.to_string());
            error.causes.extend(sources_of(cause));
        }
        self
    }

    /// Adds a line that says what to do about the failure.
    pub(crate) fn help(mut self, advice: impl Into<String>) -> Failure {
        if let Failure::Error(error) = &mut self {
            error.help.push(advice.into());
        }
        self
    }

    /// Returns the message if the command line, a file or a choice is invalid.
    pub(crate) fn invalid_input(&self) -> Option<&str> {
        match self {
            Failure::Error(error) if error.exit_code == EXIT_INVALID_INPUT => Some(&error.message),
            Failure::Error(_) | Failure::OutputClosed => None,
        }
    }

    /// Puts the place of the problem before the message.
    pub(crate) fn in_place(mut self, place: &str) -> Failure {
        if let Failure::Error(error) = &mut self {
            error.message = format!("{place}: {}", error.message);
        }
        self
    }
}

impl ErrorMessage {
    /// Returns the causes that add information to the message and the causes before them.
    pub(crate) fn informative_causes(&self) -> Vec<&str> {
        let mut printed = vec![self.message.as_str()];
        for cause in &self.causes {
            // SQLite repeats its error as a number, and its text for a missing folder is vaguer than the message.
            let is_code = cause.starts_with("Error code ");
            let is_repeated = printed.iter().any(|text| text.contains(cause.as_str()))
                || (cause.starts_with("unable to open database file")
                    && self.message.contains("cannot be opened"));
            if !is_code && !is_repeated {
                printed.push(cause);
            }
        }
        printed.split_off(1)
    }
}

fn sources_of(error: &dyn StdError) -> Vec<String> {
    let mut sources = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        sources.push(source.to_string());
        next = source.source();
    }
    sources
}

impl From<staste::Error> for Failure {
    fn from(error: staste::Error) -> Failure {
        let exit_code =
            if error.is_invalid_input() || error.is_conflict() { EXIT_INVALID_INPUT } else { EXIT_FAILURE };
        let causes = sources_of(&error);
        let help = suggested_copy_command(&error).map(|command| format!("run this command:\n{command}"));
        let help = help.into_iter().collect();
        Failure::Error(Box::new(ErrorMessage { exit_code, message: error.to_string(), causes, help }))
    }
}

impl From<io::Error> for Failure {
    /// Converts an error of writing to standard output.
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::OutputClosed;
        }
        Failure::failed("the output cannot be written").caused_by(&error)
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
    fn cause_is_printed_only_if_it_adds_information() {
        let check = |message: &str, causes: &[&str], printed: &[&str]| {
            let causes = causes.iter().map(|&cause| cause.to_owned()).collect();
            let error = ErrorMessage { exit_code: 1, message: message.to_owned(), causes, help: Vec::new() };
            assert_eq!(error.informative_causes(), printed);
        };
        let causes =
            ["unable to open database file: a/b.db", "Error code 14: Unable to open the database file"];
        check("a/b.db cannot be opened: there is no a", &causes, &[]);
        check("it failed", &causes, &[causes[0]]);
        check("full", &["no space", "no space", "left"], &["no space", "left"]);
    }
}
