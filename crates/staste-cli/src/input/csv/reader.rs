//! `CsvReader`: reads the requested columns of CSV records.
//!
//! Quotes follow RFC 4180 and the `csv` crate: a field is quoted if its first byte is a quote, and a quote elsewhere is
//! text. Only a newline, with or without a carriage return before it, ends a record. Blank lines are skipped.

use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter};
use staste::text_format::csv_text;

use super::super::block_reader::Block;
use super::super::column_index::{ColumnError, column_indexes};
use super::super::line_reader::{is_too_long, trim_newline};
use super::super::record_boundary::{CsvDialect, CsvRecordEnd, csv_record_end};
use super::super::row::{FieldSpan, Fields, RecordError, Row};
use super::field::CsvField;

/// Reads CSV records in blocks.
pub(crate) struct CsvReader {
    delimiter: u8,
    comment: Option<u8>,
    comments: CommentCount,
    /// Number of fields of a record.
    width: usize,
    max_record_bytes: usize,
    /// The indexes of the requested columns in the record, ascending, each with its index in the request.
    requested: Vec<(usize, usize)>,
    /// The requested columns in which an export of this program guards text that looks like a formula.
    guarded: Vec<usize>,
    /// The end of each field of the current record.
    ends: Vec<usize>,
    spans: Vec<FieldSpan>,
    scratch: Vec<u8>,
}

/// The number of comments.
#[derive(Default)]
struct CommentCount {
    lines: u64,
    /// The last line that was counted. A line can be read several times.
    last: u64,
}

impl CsvReader {
    /// Returns a reader of the requested columns of a file, for records up to `max_record_bytes`.
    ///
    /// # Errors
    /// When a requested column does not exist.
    pub(crate) fn new(
        columns: &[String],
        requested: &[String],
        CsvDialect { delimiter, comment }: CsvDialect,
        max_record_bytes: usize,
    ) -> Result<CsvReader, ColumnError> {
        let indexes = column_indexes(columns, requested)?;
        let is_guarded = |column: &String| columns.contains(&format!("{column}:variant"));
        let guarded = requested.iter().enumerate().filter(|(_, column)| is_guarded(column));
        let guarded = guarded.map(|(index, _)| index).collect();
        let mut requested: Vec<_> =
            indexes.into_iter().enumerate().map(|(position, index)| (index, position)).collect();
        requested.sort_unstable();
        let spans = vec![FieldSpan::Missing; requested.len()];
        let width = columns.len();
        let ends = vec![0; width];
        Ok(CsvReader {
            delimiter,
            comment,
            comments: CommentCount::default(),
            width,
            max_record_bytes,
            requested,
            guarded,
            ends,
            spans,
            scratch: Vec::new(),
        })
    }

    /// Calls `each` for the records of a block until it breaks. Returns the end of the last record, or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let bytes = block.bytes;
        let has_quotes = memchr(b'"', bytes).is_some();
        let (mut start, mut line) = block.first_record();
        while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
            let mut length = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
            let mut lines = 1;
            let mut error = None;
            let first_line = rest.get(..length).unwrap_or_default();
            if self.comment.is_some() && first_line.first().copied() == self.comment {
                self.comments.add(line);
                start += length;
                line += 1;
                continue;
            }
            let is_quoted = has_quotes && memchr(b'"', first_line).is_some();
            if is_quoted {
                let view = rest.get(..self.max_record_bytes).unwrap_or(rest);
                match csv_record_end(view, self.delimiter) {
                    CsvRecordEnd::Complete(complete) => {
                        length = complete;
                        lines = memchr_iter(b'\n', rest.get(..length).unwrap_or_default()).count();
                    }
                    CsvRecordEnd::MissingNewline if rest.len() < self.max_record_bytes => {
                        length = rest.len();
                        lines = memchr_iter(b'\n', rest).count();
                    }
                    // A broken record ends at its first newline, wherever its quote closes, because a block may end before that.
                    CsvRecordEnd::MissingNewline | CsvRecordEnd::UnclosedQuote => {
                        error = Some(RecordError::UnclosedQuote);
                    }
                }
            }
            if is_too_long(first_line, self.max_record_bytes) {
                error = Some(RecordError::TooLong(self.max_record_bytes));
            }
            let end = start + length;
            let record = trim_newline(rest.get(..length).unwrap_or_default());
            if !record.is_empty() {
                let fields = match error {
                    Some(error) => Err(error),
                    None => self.fields(bytes, record, start, is_quoted),
                };
                if each(Row { line, start, end, fields }).is_break() {
                    return end;
                }
            }
            start = end;
            line += lines as u64;
        }
        bytes.len()
    }

    /// Returns the number of comments.
    pub(crate) fn comments(&self) -> u64 {
        self.comments.lines
    }

    fn fields<'a>(
        &'a mut self,
        block: &'a [u8],
        record: &[u8],
        start: usize,
        is_quoted: bool,
    ) -> Result<Fields<'a>, RecordError> {
        let found =
            if is_quoted { self.split_quoted(record, start) } else { self.split_unquoted(record, start) };
        if found != self.width {
            let starts_with_hash = record.starts_with(b"#");
            return Err(RecordError::FieldCount { found, expected: self.width, starts_with_hash });
        }
        self.unguard(block);
        Ok(Fields { spans: &self.spans, items: &[], block, scratch: &self.scratch })
    }

    /// Removes the apostrophes before guarded text.
    fn unguard(&mut self, block: &[u8]) {
        for index in &self.guarded {
            let Some(span) = self.spans.get_mut(*index) else { continue };
            let (from, to, bytes) = match span {
                FieldSpan::Block(from, to) => (from, *to, block),
                FieldSpan::Scratch(from, to) => (from, *to, self.scratch.as_slice()),
                _ => continue,
            };
            let text =
                bytes.get(*from..to).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            *from += text.len() - csv_text(text).len();
        }
    }

    /// Splits a record without quotes. Returns the number of fields.
    fn split_unquoted(&mut self, record: &[u8], start: usize) -> usize {
        let mut found = 0;
        {
            let ends = &mut self.ends;
            for_each_match(record, self.delimiter, |at| {
                if let Some(end) = ends.get_mut(found) {
                    *end = start + at;
                }
                found += 1;
            });
        }
        if let Some(end) = self.ends.get_mut(found) {
            *end = start + record.len();
        }
        for &(index, position) in &self.requested {
            let from = match index.checked_sub(1).and_then(|before| self.ends.get(before)) {
                Some(end) => end + 1,
                None => start,
            };
            if let (Some(span), Some(&to)) = (self.spans.get_mut(position), self.ends.get(index)) {
                *span = FieldSpan::Block(from, to);
            }
        }
        found + 1
    }

    /// Splits a record with quotes. Returns the number of fields.
    fn split_quoted(&mut self, record: &[u8], start: usize) -> usize {
        self.scratch.clear();
        let mut requested = self.requested.iter().peekable();
        let mut found = 0;
        let mut at = 0;
        loop {
            let field = CsvField::parse(record, at, self.delimiter);
            if let Some(&(_, position)) = requested.next_if(|&&(index, _)| index == found)
                && let Some(span) = self.spans.get_mut(position)
            {
                *span = match field.unescaped {
                    Some((from, to)) => FieldSpan::Block(start + from, start + to),
                    None => field.unescape_into(record, &mut self.scratch),
                };
            }
            found += 1;
            if field.end >= record.len() {
                return found;
            }
            at = field.end + 1;
        }
    }
}

impl CommentCount {
    fn add(&mut self, line: u64) {
        self.lines += u64::from(line > self.last);
        self.last = self.last.max(line);
    }
}

/// Calls `found` with the offset of every `byte` in `text`, eight bytes per step.
///
/// Fields are short, so that a call of `memchr` per field would cost more than the field.
pub(super) fn for_each_match(text: &[u8], byte: u8, mut found: impl FnMut(usize)) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pattern = ONES * u64::from(byte);
    let (words, rest) = text.as_chunks::<8>();
    let mut base = 0;
    for word in words {
        let differing = u64::from_le_bytes(*word) ^ pattern;
        // The high bit of a byte of `matches` is set exactly where that byte does not differ.
        let mut matches = !(((differing & LOW) + LOW) | differing | LOW);
        while matches != 0 {
            found(base + (matches.trailing_zeros() / 8) as usize);
            matches &= matches - 1;
        }
        base += 8;
    }
    for (at, _) in rest.iter().enumerate().filter(|&(_, &at)| at == byte) {
        found(base + at);
    }
}
