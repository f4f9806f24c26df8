//! `InputOptions`: the options to open files with.

use super::block_reader::SizeLimits;
use super::input_format::InputFormat;
use super::log_kind::LogKind;
use crate::interrupt::Interrupt;

/// Options to open a file. By default format and delimiter are detected.
#[derive(Clone, Debug)]
pub(crate) struct InputOptions {
    /// `--input-format`.
    pub(crate) format: Option<InputFormat>,
    /// `--log-format`, for access logs.
    pub(crate) log: Option<LogKind>,
    /// `--delimiter`. Default: a comma, or a tab for `.tsv`.
    pub(crate) delimiter: Option<u8>,
    /// `--comment`: what starts the comments of CSV. Default: those above the header start with `#`, and there are no others.
    pub(crate) comment: Option<u8>,
    /// False for `--no-header`: the columns are `col1`, `col2` and so on.
    pub(crate) has_header: bool,
    /// Maximum sizes of blocks and records.
    pub(crate) limits: SizeLimits,
    /// The name that shows the format and the separator, if that of the file does not.
    pub(crate) format_name: Option<String>,
    /// Ends the wait for data from a pipe.
    pub(crate) interrupt: Option<Interrupt>,
}

impl Default for InputOptions {
    fn default() -> InputOptions {
        InputOptions {
            format: None,
            log: None,
            delimiter: None,
            comment: None,
            has_header: true,
            limits: SizeLimits::default(),
            format_name: None,
            interrupt: None,
        }
    }
}
