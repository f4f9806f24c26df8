//! Tests of [`CsvReader`] against the `csv` crate and against itself in blocks of every size.

use std::ops::ControlFlow;

use super::super::block_reader::{Block, BlockReader, SizeLimits};
use super::super::record_boundary::{CsvDialect, CsvRecordEnd, RecordBoundary, csv_record_end};
use super::super::row::{Field, Fields, RecordError};
use super::header::numbered_columns;
use super::reader::{CsvReader, for_each_match};

const DIALECT: CsvDialect = CsvDialect { delimiter: b',', comment: Some(b'#') };

/// A row as line number, offset, and fields or error.
type RowSeen = (u64, u64, Result<Vec<Vec<u8>>, RecordError>);

/// Reads all rows in blocks of a size, with the columns in reverse order.
fn read(text: &[u8], width: usize, limits: SizeLimits) -> Vec<RowSeen> {
    let columns = numbered_columns(width);
    let reversed: Vec<String> = columns.iter().rev().cloned().collect();
    let mut rows = CsvReader::new(&columns, &reversed, DIALECT, limits.record).unwrap();
    let mut blocks = BlockReader::new(text, RecordBoundary::Csv(DIALECT), limits);
    let mut seen: Vec<RowSeen> = Vec::new();
    let mut next = 0;
    while let Some(block) = blocks.peek_block().unwrap() {
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

fn whole(record: usize) -> SizeLimits {
    SizeLimits { block: 1 << 20, record }
}

/// Reads the records with the csv crate.
fn reference(text: &[u8], width: usize) -> Vec<Result<Vec<Vec<u8>>, RecordError>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let records = reader.byte_records().map(|record| {
        let fields: Vec<Vec<u8>> = record.unwrap().iter().map(<[u8]>::to_vec).collect();
        let found = fields.len();
        if found == width {
            Ok(fields)
        } else {
            Err(RecordError::FieldCount { found, expected: width, starts_with_hash: false })
        }
    });
    records.collect()
}

/// A generator of texts that are hard to parse.
struct TextGenerator(u64);

impl TextGenerator {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    /// Any mixture of the bytes that matter.
    fn arbitrary(&mut self) -> Vec<u8> {
        let tokens: [&[u8]; 9] = [b"a", b"bcdefghijk", b",", b",", b"\"", b"\"", b"\n", b"\r\n", b"\xff\xc3"];
        let length = self.below(60);
        (0..length).flat_map(|_| tokens[self.below(tokens.len())].to_vec()).collect()
    }

    /// Well-formed rows.
    fn well_formed(&mut self) -> Vec<u8> {
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

/// Returns true if the text ends inside quotes, where this reader and the csv crate differ on purpose.
fn ends_in_quotes(text: &[u8]) -> bool {
    let mut rest = text;
    loop {
        match csv_record_end(rest, b',') {
            CsvRecordEnd::Complete(length) => rest = &rest[length..],
            CsvRecordEnd::UnclosedQuote => return true,
            CsvRecordEnd::MissingNewline => return false,
        }
    }
}

#[test]
fn rows_equal_those_of_the_csv_crate() {
    let mut texts = TextGenerator(1);
    let mut compared = 0;
    for round in 0..20_000 {
        let text = if round % 2 == 0 { texts.arbitrary() } else { texts.well_formed() };
        if ends_in_quotes(&text) {
            continue;
        }
        compared += 1;
        let width = if round % 2 == 0 { 2 } else { 3 };
        let ours = read(&text, width, whole(1 << 20)).into_iter().map(|(_, _, fields)| fields);
        assert_eq!(ours.collect::<Vec<_>>(), reference(&text, width), "{:?}", String::from_utf8_lossy(&text));
    }
    assert!(compared > 14_000, "{compared}");
}

#[test]
fn row_has_its_line_number_and_offset() {
    let text = b"a,b,c\r\n\"x\ny\",2,3\n1,\"\r\n\",3\r\n4,5\n7,8,9";
    let column_indexes =
        |seen: Vec<RowSeen>| seen.into_iter().map(|(line, at, _)| (line, at)).collect::<Vec<_>>();
    let ours = column_indexes(read(text, 3, whole(100)));
    assert_eq!(ours, [(1, 0), (2, 7), (4, 17), (6, 27), (7, 31)]);
}

#[test]
fn block_size_does_not_change_the_rows() {
    let mut texts = TextGenerator(2);
    for round in 0..500 {
        let text = if round % 2 == 0 { texts.arbitrary() } else { texts.well_formed() };
        for record in [5, 12, 40, 1 << 20] {
            let expected = read(&text, 3, whole(record));
            for block in 1..=64 {
                let seen = read(&text, 3, SizeLimits { block, record });
                assert_eq!(seen, expected, "{block} {record} {:?}", String::from_utf8_lossy(&text));
            }
        }
    }
}

#[test]
fn comments_between_rows_are_skipped_in_blocks_of_every_size() {
    let text = b"a,b\n# one, \"two\n#,\"\n1,\"2\n#3\"\n\"#\",4\n#last";
    let expected: Vec<(u64, u64)> = vec![(1, 0), (4, 20), (6, 29)];
    for block in 1..=64 {
        let seen = read(text, 2, SizeLimits { block, record: 40 });
        assert!(seen.iter().all(|(_, _, fields)| fields.is_ok()), "{block} {seen:?}");
        assert_eq!(seen.iter().map(|(line, at, _)| (*line, *at)).collect::<Vec<_>>(), expected, "{block}");
    }
}

#[test]
fn stray_quote_invalidates_one_line_only() {
    let seen = read(b"1,2\n3,\"4\n5,6\n7,8", 2, whole(100));
    let lines: Vec<_> = seen.iter().map(|(line, _, fields)| (*line, fields.is_ok())).collect();
    assert_eq!(lines, [(1, true), (2, false), (3, true), (4, true)]);
    assert_eq!(seen[1].2, Err(RecordError::UnclosedQuote));
}

#[test]
fn record_over_the_limit_is_one_invalid_row() {
    let small = SizeLimits { block: 1 << 16, record: 1 << 14 };
    let mut text = b"1,\"".to_vec();
    text.extend(b"x\n".repeat(small.record));
    let seen = read(&text, 2, small);
    assert_eq!((seen.len(), &seen[0].2), (small.record, &Err(RecordError::UnclosedQuote)));
    assert_eq!(seen[1].2, Err(RecordError::FieldCount { found: 1, expected: 2, starts_with_hash: false }));
    let limits = SizeLimits::default();
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
fn field_can_be_any_bytes() {
    let seen = read(b"\xff\xfe,\0\n", 2, whole(100));
    assert_eq!(seen[0].2, Ok(vec![b"\xff\xfe".to_vec(), b"\0".to_vec()]));
}

#[test]
fn reading_stops_when_the_callback_breaks() {
    let columns = numbered_columns(1);
    let mut rows = CsvReader::new(&columns, &columns, DIALECT, 100).unwrap();
    let block = Block { bytes: b"1\n2\n3\n", first_line: 1, is_inside_line: false };
    let read = rows.read(&block, &mut |row| match row.line {
        2 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert_eq!(read, 4);
}

#[test]
fn search_of_eight_bytes_per_step_equals_search_by_byte() {
    let mut texts = TextGenerator(3);
    for _ in 0..5000 {
        let length = texts.below(40);
        let text: Vec<u8> =
            (0..length).map(|_| [b',', b'-', b'+', 0xac, 0x2c ^ 1, 0, 255][texts.below(7)]).collect();
        let mut found = Vec::new();
        for_each_match(&text, b',', |at| found.push(at));
        let expected: Vec<usize> = (0..length).filter(|&at| text[at] == b',').collect();
        assert_eq!(found, expected);
    }
}
