//! `LogKind`: the kind of an access log: the combined format, another line format, or JSON.

use super::access_log;
use super::json_log::JsonLog;
use super::log_format::LogFormat;
use super::record_boundary::RecordBoundary;

/// The kind of an access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogKind {
    /// The common or combined format, with the prefixes and suffixes that servers add.
    Combined,
    /// Lines of a format that is given, or described in the log.
    Lines(LogFormat),
    /// Records of a web server in JSON.
    Json(&'static JsonLog),
}

impl LogKind {
    /// Parses the value of `--log-format`.
    ///
    /// # Errors
    /// When it is neither a name nor a valid format.
    pub(crate) fn parse(text: &str) -> Result<LogKind, String> {
        match JsonLog::named(text) {
            Some(log) => Ok(LogKind::Json(log)),
            None => LogFormat::parse(text).map(LogKind::Lines),
        }
    }

    /// Returns the columns. Logs in JSON can have more.
    pub(super) fn columns(&self) -> Vec<String> {
        match self {
            LogKind::Combined => access_log::columns(),
            LogKind::Lines(format) => format.columns().to_vec(),
            LogKind::Json(log) => log.columns(),
        }
    }

    /// Returns how the records end.
    pub(super) fn boundary(&self) -> RecordBoundary {
        match self {
            LogKind::Combined | LogKind::Lines(_) => RecordBoundary::TerminatedLines,
            LogKind::Json(_) => RecordBoundary::JsonLines,
        }
    }
}
