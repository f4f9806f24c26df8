//! CSV: the header, the fields and the records of a file.

mod field;
mod header;
mod preamble;
mod reader;
#[cfg(test)]
mod tests;

pub(super) use header::{CsvHeader, numbered_columns, parse_header};
pub(super) use preamble::{Preamble, separator_line};
pub(crate) use reader::CsvReader;
