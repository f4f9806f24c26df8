//! `CsvRows`: the records of CSV, for the columns that were asked for.
//!
//! Quotes as in RFC 4180 and the `csv` crate: a field is quoted when its first byte is a quote, and a
//! quote elsewhere is text. Only a newline, with or without a return before it, ends a record. Blank
//! lines are passed over.

use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter};
use staste::text_format::csv_text;

use super::block::Block;
use super::boundary::{Extent, extent};
use super::columns::{NoColumn, places};
use super::csv_field::CsvField;
use super::lines::{too_long, trim_newline};
use super::row::{Fields, Malformed, Row, Span};

/// Reads CSV records.
pub(crate) struct CsvRows {
    delimiter: u8,
    width: usize,
    longest: usize,
    /// The places wanted, rising, each with its index among the columns asked for.
    wanted: Vec<(usize, usize)>,
    /// Which of the columns asked for are of our own exports, where choices that look like formulas are guarded.
    guarded: Vec<usize>,
    /// The end of each field of the record at hand.
    ends: Vec<usize>,
    spans: Vec<Span>,
    scratch: Vec<u8>,
}

impl CsvRows {
    /// Rows of files with the given columns, giving those `wanted`; records up to `longest` bytes.
    ///
    /// # Errors
    /// A column wanted is not there.
    pub(crate) fn new(
        columns: &[String],
        wanted: &[String],
        delimiter: u8,
        longest: usize,
    ) -> Result<CsvRows, NoColumn> {
        let places = places(columns, wanted)?;
        let is_guarded = |column: &String| columns.contains(&format!("{column}:variant"));
        let guarded = wanted.iter().enumerate().filter(|(_, column)| is_guarded(column));
        let guarded = guarded.map(|(index, _)| index).collect();
        let mut wanted: Vec<_> =
            places.into_iter().enumerate().map(|(index, place)| (place, index)).collect();
        wanted.sort_unstable();
        let spans = vec![Span::Missing; wanted.len()];
        let width = columns.len();
        let ends = vec![0; width];
        Ok(CsvRows { delimiter, width, longest, wanted, guarded, ends, spans, scratch: Vec::new() })
    }

    /// Calls `each` for the records of a block until it breaks; the end of the last record it was given,
    /// or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let bytes = block.bytes;
        let quotes = memchr(b'"', bytes).is_some();
        let (mut start, mut line) = block.first_record();
        while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
            let mut length = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
            let mut lines = 1;
            let mut problem = None;
            let first_line = rest.get(..length).unwrap_or_default();
            let quoted = quotes && memchr(b'"', first_line).is_some();
            if quoted {
                let view = rest.get(..self.longest).unwrap_or(rest);
                match extent(view, self.delimiter) {
                    Extent::Complete(complete) => {
                        length = complete;
                        lines = memchr_iter(b'\n', rest.get(..length).unwrap_or_default()).count();
                    }
                    Extent::Unended if rest.len() < self.longest => {
                        length = rest.len();
                        lines = memchr_iter(b'\n', rest).count();
                    }
                    // Where a broken record's quotes end must not matter: a block may not reach so far.
                    Extent::Unended | Extent::Unclosed => problem = Some(Malformed::UnclosedQuote),
                }
            }
            if too_long(first_line, self.longest) {
                problem = Some(Malformed::TooLong(self.longest));
            }
            let end = start + length;
            let record = trim_newline(rest.get(..length).unwrap_or_default());
            if !record.is_empty() {
                let fields = match problem {
                    Some(problem) => Err(problem),
                    None => self.fields(bytes, record, start, quoted),
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

    fn fields<'a>(
        &'a mut self,
        block: &'a [u8],
        record: &[u8],
        start: usize,
        quoted: bool,
    ) -> Result<Fields<'a>, Malformed> {
        let found = if quoted { self.quoted(record, start) } else { self.unquoted(record, start) };
        if found != self.width {
            return Err(Malformed::FieldCount { found, expected: self.width });
        }
        self.unguard(block);
        Ok(Fields { spans: &self.spans, items: &[], block, scratch: &self.scratch })
    }

    /// Takes off the apostrophes of guarded choices.
    fn unguard(&mut self, block: &[u8]) {
        for index in &self.guarded {
            let Some(span) = self.spans.get_mut(*index) else { continue };
            let (from, to, bytes) = match span {
                Span::Block(from, to) => (from, *to, block),
                Span::Scratch(from, to) => (from, *to, self.scratch.as_slice()),
                _ => continue,
            };
            let text =
                bytes.get(*from..to).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            *from += text.len() - csv_text(text).len();
        }
    }

    /// Splits a record without quotes; the number of its fields.
    fn unquoted(&mut self, record: &[u8], start: usize) -> usize {
        let mut found = 0;
        {
            let ends = &mut self.ends;
            each_match(record, self.delimiter, |at| {
                if let Some(end) = ends.get_mut(found) {
                    *end = start + at;
                }
                found += 1;
            });
        }
        if let Some(end) = self.ends.get_mut(found) {
            *end = start + record.len();
        }
        for &(place, index) in &self.wanted {
            let from = match place.checked_sub(1).and_then(|before| self.ends.get(before)) {
                Some(end) => end + 1,
                None => start,
            };
            if let (Some(span), Some(&to)) = (self.spans.get_mut(index), self.ends.get(place)) {
                *span = Span::Block(from, to);
            }
        }
        found + 1
    }

    /// Splits a record with quotes; the number of its fields.
    fn quoted(&mut self, record: &[u8], start: usize) -> usize {
        self.scratch.clear();
        let mut wanted = self.wanted.iter().peekable();
        let mut found = 0;
        let mut at = 0;
        loop {
            let field = CsvField::parse(record, at, self.delimiter);
            if let Some(&(_, index)) = wanted.next_if(|&&(place, _)| place == found)
                && let Some(span) = self.spans.get_mut(index)
            {
                *span = match field.plain {
                    Some((from, to)) => Span::Block(start + from, start + to),
                    None => field.unquote(record, &mut self.scratch),
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

/// Calls `found` with the place of every `byte` in `text`, eight bytes at a step.
///
/// A search per field costs more than the field: fields are short.
fn each_match(text: &[u8], byte: u8, mut found: impl FnMut(usize)) {
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

#[cfg(test)]
mod tests {
    use super::super::block::{Blocks, Limits};
    use super::super::boundary::Boundary;
    use super::super::csv_header::numbered;
    use super::super::row::Field;
    use super::*;

    /// A row as line, start and fields or problem.
    type Seen = (u64, u64, Result<Vec<Vec<u8>>, Malformed>);

    /// All rows, read in blocks of the given size, with all columns in turned order.
    fn read(text: &[u8], width: usize, limits: Limits) -> Vec<Seen> {
        let columns = numbered(width);
        let wanted: Vec<String> = columns.iter().rev().cloned().collect();
        let mut rows = CsvRows::new(&columns, &wanted, b',', limits.record).unwrap();
        let mut blocks = Blocks::new(text, Boundary::Csv(b','), limits);
        let mut seen: Vec<Seen> = Vec::new();
        let mut next = 0;
        while let Some(block) = blocks.block().unwrap() {
            let at = next;
            let read = rows.read(&block, &mut |row| {
                assert!(row.start < row.end);
                let text = |fields: Fields<'_>, n| match fields.field(n) {
                    Field::Text(text) => text.to_vec(),
                    other => panic!("{other:?}"),
                };
                let fields = row.fields.map(|fields| (0..width).rev().map(|n| text(fields, n)).collect());
                seen.push((row.line, at + row.start as u64, fields));
                ControlFlow::Continue(())
            });
            assert_eq!(read, block.bytes.len());
            next += read as u64;
            blocks.consume(read);
        }
        assert_eq!(next, text.len() as u64);
        seen
    }

    fn whole(record: usize) -> Limits {
        Limits { block: 1 << 20, record }
    }

    /// The records as the csv crate reads them.
    fn reference(text: &[u8], width: usize) -> Vec<Result<Vec<Vec<u8>>, Malformed>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let records = reader.byte_records().map(|record| {
            let fields: Vec<Vec<u8>> = record.unwrap().iter().map(<[u8]>::to_vec).collect();
            let found = fields.len();
            if found == width { Ok(fields) } else { Err(Malformed::FieldCount { found, expected: width }) }
        });
        records.collect()
    }

    /// A generator of the texts that CSV readers get wrong.
    struct Texts(u64);

    impl Texts {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % n
        }

        /// Any mixture of the bytes that matter.
        fn wild(&mut self) -> Vec<u8> {
            let tokens: [&[u8]; 9] =
                [b"a", b"bcdefghijk", b",", b",", b"\"", b"\"", b"\n", b"\r\n", b"\xff\xc3"];
            let length = self.below(60);
            (0..length).flat_map(|_| tokens[self.below(tokens.len())].to_vec()).collect()
        }

        /// Rows with quotes where they belong.
        fn tame(&mut self) -> Vec<u8> {
            let mut text = Vec::new();
            for _ in 0..self.below(12) {
                for field in 0..3 {
                    text.extend_from_slice(if field > 0 { b"," } else { b"" });
                    let fields: [&[u8]; 8] = [
                        b"",
                        b"x",
                        b"some words",
                        b"\"\"",
                        b"\"a,b\"",
                        b"\"l\n\r\nm\"",
                        b"\"\"\"q\"\"\"",
                        b"5\" disk",
                    ];
                    text.extend_from_slice(fields[self.below(fields.len())]);
                }
                text.extend_from_slice([&b"\n"[..], b"\r\n", b"\n\n"][self.below(3)]);
            }
            text.truncate(text.len() - self.below(2).min(text.len()));
            text
        }
    }

    /// True when the text ends inside quotes, where the csv crate and we differ on purpose.
    fn ends_in_quotes(text: &[u8]) -> bool {
        let mut rest = text;
        loop {
            match extent(rest, b',') {
                Extent::Complete(length) => rest = &rest[length..],
                Extent::Unclosed => return true,
                Extent::Unended => return false,
            }
        }
    }

    #[test]
    fn rows_are_those_of_the_csv_crate() {
        let mut texts = Texts(1);
        let mut compared = 0;
        for round in 0..20_000 {
            let text = if round % 2 == 0 { texts.wild() } else { texts.tame() };
            if ends_in_quotes(&text) {
                continue;
            }
            compared += 1;
            let width = if round % 2 == 0 { 2 } else { 3 };
            let ours = read(&text, width, whole(1 << 20)).into_iter().map(|(_, _, fields)| fields);
            assert_eq!(
                ours.collect::<Vec<_>>(),
                reference(&text, width),
                "{:?}",
                String::from_utf8_lossy(&text)
            );
        }
        assert!(compared > 14_000, "{compared}");
    }

    #[test]
    fn rows_have_their_lines_and_places() {
        let text = b"a,b,c\r\n\"x\ny\",2,3\n1,\"\r\n\",3\r\n4,5\n7,8,9";
        let places = |seen: Vec<Seen>| seen.into_iter().map(|(line, at, _)| (line, at)).collect::<Vec<_>>();
        let ours = places(read(text, 3, whole(100)));
        assert_eq!(ours, [(1, 0), (2, 7), (4, 17), (6, 27), (7, 31)]);
    }

    #[test]
    fn the_size_of_blocks_changes_nothing() {
        let mut texts = Texts(2);
        for round in 0..500 {
            let text = if round % 2 == 0 { texts.wild() } else { texts.tame() };
            for record in [5, 12, 40, 1 << 20] {
                let expected = read(&text, 3, whole(record));
                for block in 1..=64 {
                    let seen = read(&text, 3, Limits { block, record });
                    assert_eq!(seen, expected, "{block} {record} {:?}", String::from_utf8_lossy(&text));
                }
            }
        }
    }

    #[test]
    fn one_stray_quote_costs_one_line() {
        let seen = read(b"1,2\n3,\"4\n5,6\n7,8", 2, whole(100));
        let lines: Vec<_> = seen.iter().map(|(line, _, fields)| (*line, fields.is_ok())).collect();
        assert_eq!(lines, [(1, true), (2, false), (3, true), (4, true)]);
        assert_eq!(seen[1].2, Err(Malformed::UnclosedQuote));
    }

    #[test]
    fn a_record_over_the_limit_is_one_error_row() {
        let small = Limits { block: 1 << 16, record: 1 << 14 };
        let mut text = b"1,\"".to_vec();
        text.extend(b"x\n".repeat(small.record));
        let seen = read(&text, 2, small);
        assert_eq!((seen.len(), &seen[0].2), (small.record, &Err(Malformed::UnclosedQuote)));
        assert_eq!(seen[1].2, Err(Malformed::FieldCount { found: 1, expected: 2 }));
        let limits = Limits::default();
        for long in ["x".repeat(limits.record + 5), format!("\"{}\"", "x".repeat(3 * limits.record)), {
            format!("\"a\"{}", "x".repeat(9 * limits.record))
        }] {
            let text = format!("1,2\n{long}\n3,4\n");
            let seen = read(text.as_bytes(), 2, limits);
            let lines: Vec<_> = seen.iter().map(|(line, _, fields)| (*line, fields.is_ok())).collect();
            assert_eq!(lines, [(1, true), (2, false), (3, true)]);
        }
    }

    #[test]
    fn fields_need_not_be_text() {
        let seen = read(b"\xff\xfe,\0\n", 2, whole(100));
        assert_eq!(seen[0].2, Ok(vec![b"\xff\xfe".to_vec(), b"\0".to_vec()]));
    }

    #[test]
    fn reading_stops_where_it_is_told_to() {
        let columns = numbered(1);
        let mut rows = CsvRows::new(&columns, &columns, b',', 100).unwrap();
        let block = Block { bytes: b"1\n2\n3\n", first_line: 1, inside_line: false };
        let read = rows.read(&block, &mut |row| match row.line {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert_eq!(read, 4);
    }

    #[test]
    fn eight_bytes_at_a_step_find_what_one_at_a_step_finds() {
        let mut texts = Texts(3);
        for _ in 0..5000 {
            let length = texts.below(40);
            let text: Vec<u8> =
                (0..length).map(|_| [b',', b'-', b'+', 0xac, 0x2c ^ 1, 0, 255][texts.below(7)]).collect();
            let mut found = Vec::new();
            each_match(&text, b',', |at| found.push(at));
            let expected: Vec<usize> = (0..length).filter(|&at| text[at] == b',').collect();
            assert_eq!(found, expected);
        }
    }
}
