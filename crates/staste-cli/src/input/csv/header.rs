//! The column names of a CSV file.

use memchr::memchr2;

use super::super::line_reader::trim_newline;
use super::super::record_boundary::{CsvRecordEnd, csv_record_end};
use super::field::CsvField;

/// The columns of a CSV file.
pub(crate) struct CsvHeader {
    pub(crate) columns: Vec<String>,
    /// True if names had blanks around them, which are removed.
    pub(crate) is_padded: bool,
}

/// Parses a header row to column names.
///
/// # Errors
/// When the header is invalid; the error says why.
pub(crate) fn parse_header(
    record: &[u8],
    delimiter: u8,
    max_record_bytes: usize,
) -> Result<CsvHeader, String> {
    let text = trim_newline(record);
    if memchr2(b'\r', b'"', text).is_some_and(|at| text.get(at) == Some(&b'\r')) {
        return Err(
            "the lines end with carriage returns instead of newlines; convert the file with: tr '\\r' '\\n'"
                .to_owned(),
        );
    }
    if record.len() > max_record_bytes || csv_record_end(text, delimiter) == CsvRecordEnd::UnclosedQuote {
        return Err("the header row is too long or has an unclosed quote".to_owned());
    }
    let mut header = CsvHeader { columns: Vec::new(), is_padded: false };
    let mut scratch = Vec::new();
    let mut at = 0;
    loop {
        let field = CsvField::parse(text, at, delimiter);
        let name = match field.unescaped {
            Some((from, to)) => text.get(from..to).unwrap_or_default(),
            None => {
                scratch.clear();
                field.unescape_into(text, &mut scratch);
                &scratch
            }
        };
        let name = str::from_utf8(name)
            .map_err(|_| "the header row is not UTF-8: check that the file is CSV, or convert its encoding, such as with: iconv -f LATIN1 -t UTF-8".to_owned())?;
        // Blanks around a name are there for the eye.
        let trimmed = name.trim_matches([' ', '\t']);
        header.is_padded |= trimmed.len() < name.len();
        header.columns.push(trimmed.to_owned());
        if field.end >= text.len() {
            return Ok(header);
        }
        at = field.end + 1;
    }
}

/// Returns the column names `col1`, `col2` and so on, for a file without a header.
pub(crate) fn numbered_columns(columns: usize) -> Vec<String> {
    (1..=columns).map(|n| format!("col{n}")).collect()
}
