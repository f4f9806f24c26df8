//! `Answer`: what a command did.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// What a command printed, and how it ended.
pub(super) struct Answer {
    pub(super) output: Vec<String>,
    pub(super) end: End,
}

/// How a command ended.
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut(Duration),
}

impl End {
    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::Exited(status) if status.success())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "ended with {status}"),
            Self::TimedOut(patience) => write!(f, "was ended after {} s", patience.as_secs()),
        }
    }
}
