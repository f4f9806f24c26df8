//! `RecordBoundary`: where one record ends and the next one starts, found from the bytes alone.
//!
//! A record is *broken* if it is longer than the limit, or if its quotes are not closed within the limit or before the
//! end. A broken record ends at its first newline, so that a stray quote invalidates only one line. This does not depend
//! on the bytes after the limit. So the `BlockReader`, which sees the following bytes,
//! and the CSV reader, which sees only the block, find the same records.

use memchr::{memchr, memchr2, memrchr};

/// The bytes that have a meaning in a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CsvDialect {
    /// Separates the fields of a record.
    pub(crate) delimiter: u8,
    /// Starts a line that is a comment, if it is the first byte of a record.
    pub(crate) comment: Option<u8>,
}

/// How the records of a format end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordBoundary {
    /// At a newline outside quotes, or after a comment.
    Csv(CsvDialect),
    /// At a newline. A last line without one is a record.
    Lines,
    /// At a newline. A last line without one is still being written and is not a record yet.
    TerminatedLines,
    /// At a newline. A last line without one is a record if it is complete JSON.
    JsonLines,
}

/// How a CSV record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CsvRecordEnd {
    /// The record is complete and has this number of bytes, with its newline.
    Complete(usize),
    /// The bytes end outside quotes, without a newline.
    MissingNewline,
    /// The bytes end inside quotes.
    UnclosedQuote,
}

impl RecordBoundary {
    /// Returns the end of the last record in `bytes`, which start with a record, or 0 if none is complete.
    ///
    /// If the first record is longer than `max_record_bytes` and has no newline in `bytes`, returns the length of `bytes`.
    /// `is_end` is true at the end of the stream.
    pub(crate) fn last_record_end(self, bytes: &[u8], max_record_bytes: usize, is_end: bool) -> usize {
        match self {
            RecordBoundary::Csv(dialect) if memchr(b'"', bytes).is_some() => {
                last_quoted_record_end(bytes, dialect, max_record_bytes, is_end)
            }
            RecordBoundary::Csv(_) | RecordBoundary::Lines if is_end => bytes.len(),
            RecordBoundary::JsonLines if is_end && is_json(last_line(bytes)) => bytes.len(),
            _ => match memrchr(b'\n', bytes) {
                Some(newline) => newline + 1,
                None if bytes.len() >= max_record_bytes => bytes.len(),
                None => 0,
            },
        }
    }
}

fn last_line(bytes: &[u8]) -> &[u8] {
    bytes.get(memrchr(b'\n', bytes).map_or(0, |newline| newline + 1)..).unwrap_or_default()
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// Finds the end of the CSV record at the start of `bytes`. A quote opens a quoted field only as its first byte.
pub(crate) fn csv_record_end(bytes: &[u8], delimiter: u8) -> CsvRecordEnd {
    let mut at = 0;
    while let Some(found) = memchr2(b'"', b'\n', bytes.get(at..).unwrap_or_default()) {
        let found = at + found;
        if bytes.get(found) == Some(&b'\n') {
            return CsvRecordEnd::Complete(found + 1);
        }
        let opens = found.checked_sub(1).is_none_or(|before| bytes.get(before) == Some(&delimiter));
        at = found + 1;
        if opens {
            match find_closing_quote(bytes, at) {
                Some(close) => at = close + 1,
                None => return CsvRecordEnd::UnclosedQuote,
            }
        }
    }
    CsvRecordEnd::MissingNewline
}

/// Finds the quote that closes a field whose text starts at `from`. A doubled quote is text.
pub(crate) fn find_closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

fn last_quoted_record_end(
    bytes: &[u8],
    CsvDialect { delimiter, comment }: CsvDialect,
    max_record_bytes: usize,
    is_end: bool,
) -> usize {
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        // Quotes have no meaning in a comment.
        if comment.is_some()
            && rest.first().copied() == comment
            && let Some(newline) = memchr(b'\n', rest)
        {
            start += newline + 1;
            continue;
        }
        let view = rest.get(..max_record_bytes).unwrap_or(rest);
        let is_cut_off = rest.len() >= max_record_bytes;
        match csv_record_end(view, delimiter) {
            CsvRecordEnd::Complete(length) => start += length,
            CsvRecordEnd::MissingNewline if is_end && !is_cut_off => return bytes.len(),
            CsvRecordEnd::MissingNewline | CsvRecordEnd::UnclosedQuote if is_end || is_cut_off => {
                match memchr(b'\n', rest) {
                    Some(newline) => start += newline + 1,
                    None if is_end || start == 0 => return bytes.len(),
                    None => break,
                }
            }
            CsvRecordEnd::MissingNewline | CsvRecordEnd::UnclosedQuote => break,
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_record_ends_at_the_first_newline_outside_quotes() {
        let check =
            |text: &str, expected| assert_eq!(csv_record_end(text.as_bytes(), b','), expected, "{text:?}");
        check("a,b\nc", CsvRecordEnd::Complete(4));
        check("\n", CsvRecordEnd::Complete(1));
        check("\"a\nb\",c\nd", CsvRecordEnd::Complete(8));
        check("x,\"a\"\"\n\"\n", CsvRecordEnd::Complete(9));
        check("5\",b\nc\"\n", CsvRecordEnd::Complete(5));
        check("\"a\"b\"\n", CsvRecordEnd::Complete(6));
        check("a,b", CsvRecordEnd::MissingNewline);
        check("\"a\"", CsvRecordEnd::MissingNewline);
        check("", CsvRecordEnd::MissingNewline);
        check("a,\"b\n", CsvRecordEnd::UnclosedQuote);
        check("\"a\"\"\n", CsvRecordEnd::UnclosedQuote);
    }

    #[test]
    fn block_ends_after_the_last_complete_record() {
        let boundary = RecordBoundary::Csv(CsvDialect { delimiter: b',', comment: Some(b'#') });
        let csv = |text: &str, is_end| boundary.last_record_end(text.as_bytes(), 10, is_end);
        assert_eq!(csv("a\nb\nc", false), 4);
        assert_eq!(csv("a\nb\nc", true), 5);
        assert_eq!(csv("a\n\"b\nc", false), 2);
        assert_eq!(csv("a\n\"b\nc", true), 6, "broken: ends at its newline, and c follows");
        assert_eq!(csv("\"b\nc", false), 0);
        assert_eq!(csv("\"b\n4567890", false), 3, "not closed within the limit");
        assert_eq!(csv("0123456789", false), 10, "the head of a line that is too long");
        assert_eq!(csv("012345678", false), 0);
        assert_eq!(csv("#,\"\nb\n\"c\n", false), 6, "a quote in a comment opens nothing");
        let log =
            |text: &str, is_end| RecordBoundary::TerminatedLines.last_record_end(text.as_bytes(), 10, is_end);
        assert_eq!(log("a\nb", true), 2);
        assert_eq!(log("b", true), 0);
    }
}
