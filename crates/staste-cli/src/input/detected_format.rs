//! `DetectedFormat`: the format of a file, as an option gives it or as its first bytes show it.

use super::input_format::InputFormat;
use super::input_options::InputOptions;
use super::json_log::JsonLog;
use super::log_format::LogFormat;
use super::log_kind::LogKind;
use super::ndjson::first_record_columns;

/// The format of a file.
pub(super) struct DetectedFormat {
    pub(super) format: InputFormat,
    /// The kind of the log, if it is an access log.
    pub(super) log: LogKind,
    /// The columns of the first record of JSON. Others can have more.
    pub(super) first_columns: Vec<String>,
    /// True if the file is a log in JSON that was recognized without an option.
    pub(super) is_recognized: bool,
}

impl DetectedFormat {
    /// Finds the format of a file with such a name and such first bytes.
    ///
    /// # Errors
    /// When no option gives the format and it is unknown.
    pub(super) fn find(name: &str, head: &[u8], options: &InputOptions) -> Result<DetectedFormat, String> {
        let may_be_log = matches!(options.format, None | Some(InputFormat::AccessLog));
        let first_columns = first_record_columns(head);
        let given = options
            .log
            .clone()
            .or_else(|| LogFormat::from_directives(head).filter(|_| may_be_log).map(LogKind::Lines));
        let recognized = JsonLog::recognize(&first_columns).filter(|_| may_be_log && given.is_none());
        if let Some(log) = given.or(recognized.map(LogKind::Json)) {
            let (format, is_recognized) = (InputFormat::AccessLog, recognized.is_some());
            return Ok(DetectedFormat { format, log, first_columns, is_recognized });
        }
        let format = match options.format.or_else(|| InputFormat::detect(name, head)) {
            Some(format) => format,
            // The input is empty, or the stream fails at once, which the first block reports.
            None if head.is_empty() => InputFormat::Ndjson,
            None => {
                let names = InputFormat::NAMES.map(|(name, _)| name).join(", ");
                return Err(format!("unknown format; give --input-format with one of {names}"));
            }
        };
        Ok(DetectedFormat { format, log: LogKind::Combined, first_columns, is_recognized: false })
    }
}
