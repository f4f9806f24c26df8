//! `Failure`: why a command did not succeed, in words for the person at the terminal.

use std::fmt;

/// What went wrong and what to do about it.
///
/// Nobody but a person reads it, so it is text; whoever passes it on adds what it was about.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A failed file operation: what was attempted, on which path, and the system's reason.
    pub(crate) fn io(attempt: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self(format!("cannot {attempt} {}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
