//! The names of the columns of a CSV file.

use memchr::memchr2;

use super::boundary::{Extent, extent};
use super::csv_field::CsvField;
use super::lines::trim_newline;

/// The columns a header row names.
///
/// # Errors
/// The header cannot be read; the message says why.
pub(crate) fn header(record: &[u8], delimiter: u8, longest: usize) -> Result<Vec<String>, String> {
    let text = trim_newline(record);
    if memchr2(b'\r', b'"', text).is_some_and(|at| text.get(at) == Some(&b'\r')) {
        return Err(
            "the lines end with returns instead of newlines; convert it with: tr '\\r' '\\n'".to_owned()
        );
    }
    if record.len() > longest || extent(text, delimiter) == Extent::Unclosed {
        return Err("the header row has a quoted field that is not closed, or is too long".to_owned());
    }
    let mut columns = Vec::new();
    let mut scratch = Vec::new();
    let mut at = 0;
    loop {
        let field = CsvField::parse(text, at, delimiter);
        let name = match field.plain {
            Some((from, to)) => text.get(from..to).unwrap_or_default(),
            None => {
                scratch.clear();
                field.unquote(text, &mut scratch);
                &scratch
            }
        };
        let name = str::from_utf8(name)
            .map_err(|_| "the header row is not UTF-8 text; is this CSV at all? Another encoding is converted with: iconv -f LATIN1 -t UTF-8".to_owned())?;
        columns.push(name.to_owned());
        if field.end >= text.len() {
            return Ok(columns);
        }
        at = field.end + 1;
    }
}

/// The columns `col1`, `col2`, ... of a file whose first record is given.
pub(crate) fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|n| format!("col{n}")).collect()
}
