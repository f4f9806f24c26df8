//! `CsvField`: one field of a CSV record that has quotes.

use memchr::memchr;

use super::boundary::closing_quote;
use super::row::Span;

/// A field of a record with quotes.
pub(super) struct CsvField {
    start: usize,
    /// The delimiter after it, or the end of the record.
    pub(super) end: usize,
    /// Where its text stands, if it stands somewhere as it is.
    pub(super) plain: Option<(usize, usize)>,
}

impl CsvField {
    /// The field that starts at `start` of the record.
    pub(super) fn parse(record: &[u8], start: usize, delimiter: u8) -> CsvField {
        let delimiter_from = |at: usize| {
            let rest = record.get(at..).unwrap_or_default();
            memchr(delimiter, rest).map_or(record.len(), |found| at + found)
        };
        if record.get(start) != Some(&b'"') {
            let end = delimiter_from(start);
            return CsvField { start, end, plain: Some((start, end)) };
        }
        let close = closing_quote(record, start + 1).unwrap_or(record.len());
        let end = delimiter_from(close.saturating_add(1));
        let text = record.get(start + 1..close).unwrap_or_default();
        let as_it_is = end == close + 1 && memchr(b'"', text).is_none();
        CsvField { start, end, plain: as_it_is.then_some((start + 1, close)) }
    }

    /// Writes the text without its quotes to `scratch`.
    pub(super) fn unquote(&self, record: &[u8], scratch: &mut Vec<u8>) -> Span {
        let from = scratch.len();
        let close = closing_quote(record, self.start + 1).unwrap_or(record.len());
        let mut text = record.get(self.start + 1..close).unwrap_or_default();
        while let Some(quote) = memchr(b'"', text) {
            scratch.extend_from_slice(text.get(..=quote).unwrap_or_default());
            text = text.get(quote + 2..).unwrap_or_default();
        }
        scratch.extend_from_slice(text);
        scratch.extend_from_slice(record.get(close + 1..self.end).unwrap_or_default());
        Span::Scratch(from, scratch.len())
    }
}
