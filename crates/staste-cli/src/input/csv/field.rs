//! `CsvField`: one field of a CSV record that has quotes.

use memchr::memchr;

use super::super::record_boundary::find_closing_quote;
use super::super::row::FieldSpan;

/// A field of a record that contains quotes.
pub(super) struct CsvField {
    start: usize,
    /// The offset of the delimiter after the field, or the end of the record.
    pub(super) end: usize,
    /// The range of the text, if the record contains it without escapes.
    pub(super) unescaped: Option<(usize, usize)>,
}

impl CsvField {
    /// Parses the field that starts at `start`.
    pub(super) fn parse(record: &[u8], start: usize, delimiter: u8) -> CsvField {
        let delimiter_from = |at: usize| {
            let rest = record.get(at..).unwrap_or_default();
            memchr(delimiter, rest).map_or(record.len(), |found| at + found)
        };
        if record.get(start) != Some(&b'"') {
            let end = delimiter_from(start);
            return CsvField { start, end, unescaped: Some((start, end)) };
        }
        let close = find_closing_quote(record, start + 1).unwrap_or(record.len());
        let end = delimiter_from(close.saturating_add(1));
        let text = record.get(start + 1..close).unwrap_or_default();
        let is_unescaped = end == close + 1 && memchr(b'"', text).is_none();
        CsvField { start, end, unescaped: is_unescaped.then_some((start + 1, close)) }
    }

    /// Appends the text without quotes and escapes to `scratch`.
    pub(super) fn unescape_into(&self, record: &[u8], scratch: &mut Vec<u8>) -> FieldSpan {
        let from = scratch.len();
        let close = find_closing_quote(record, self.start + 1).unwrap_or(record.len());
        let mut text = record.get(self.start + 1..close).unwrap_or_default();
        while let Some(quote) = memchr(b'"', text) {
            scratch.extend_from_slice(text.get(..=quote).unwrap_or_default());
            text = text.get(quote + 2..).unwrap_or_default();
        }
        scratch.extend_from_slice(text);
        scratch.extend_from_slice(record.get(close + 1..self.end).unwrap_or_default());
        FieldSpan::Scratch(from, scratch.len())
    }
}
