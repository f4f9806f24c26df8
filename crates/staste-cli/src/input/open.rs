//! `Input`: an opened file with its format and columns, ready to give blocks and rows.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::access_log::{self, AccessLogRows};
use super::block::{Block, Blocks, Limits};
use super::boundary::{Boundary, Extent, extent};
use super::columns::NoColumn;
use super::csv::CsvRows;
use super::csv_header;
use super::format::Format;
use super::lines::trim_newline;
use super::ndjson::NdjsonRows;
use super::row::Row;
use super::stream::Stream;
use crate::interrupt::Interrupt;

/// How to open an input; by default everything is found out.
#[derive(Clone, Debug)]
pub(crate) struct OpenOptions {
    /// `--input-format`.
    pub(crate) format: Option<Format>,
    /// `--delimiter`; by default a comma, or a tab for `.tsv`.
    pub(crate) delimiter: Option<u8>,
    /// False for `--no-header`: the columns are `col1`, `col2`, ...
    pub(crate) header: bool,
    /// How large blocks and records may get.
    pub(crate) limits: Limits,
    /// The end of the wait for data that does not come.
    pub(crate) interrupt: Option<Interrupt>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions {
            format: None,
            delimiter: None,
            header: true,
            limits: Limits::default(),
            interrupt: None,
        }
    }
}

/// An opened input, at its first record: byte order mark and header are consumed.
pub(crate) struct Input {
    blocks: Blocks<Stream>,
    format: Format,
    delimiter: u8,
    columns: Vec<String>,
    limits: Limits,
}

/// Reads the rows of an input's blocks.
pub(crate) enum Rows {
    Csv(CsvRows),
    Ndjson(NdjsonRows),
    AccessLog(AccessLogRows),
}

impl Input {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be read, its format cannot be told, or it has no header; the message names it.
    pub(crate) fn open(path: &Path, options: &OpenOptions) -> io::Result<Input> {
        Input::new(Stream::open(path, options.interrupt.as_ref())?, options)
    }

    /// The input that a stream holds.
    pub(crate) fn new(stream: Stream, options: &OpenOptions) -> io::Result<Input> {
        let name = stream.name().to_owned();
        let mut blocks = Blocks::new(stream, Boundary::Lines, options.limits);
        blocks.consume_byte_order_mark();
        let head = blocks.peek(64 << 10);
        let format = options.format.or_else(|| Format::detect(&name, head));
        if matches!(format, None | Some(Format::Ndjson)) && head.trim_ascii_start().starts_with(b"[") {
            let problem = "a JSON list, not one object a line; convert it with: jq -c '.[]'";
            return Err(unusable(&name, problem));
        }
        let format = match format {
            Some(format) => format,
            // Nothing to tell from: nothing in it, or the stream fails at once, which the first block says.
            None if head.is_empty() => Format::Ndjson,
            None => {
                let names = Format::NAMES.map(|(name, _)| name).join(", ");
                return Err(unusable(
                    &name,
                    &format!("what is in it is not clear; say --input-format: {names}"),
                ));
            }
        };
        let delimiter = options.delimiter.unwrap_or_else(|| Format::delimiter(&name));
        blocks.set_boundary(format.boundary(delimiter));
        let columns = match format {
            Format::Csv => csv_columns(&mut blocks, &name, delimiter, options)?,
            Format::Ndjson => Vec::new(),
            Format::AccessLog => access_log::columns(),
        };
        Ok(Input { blocks, format, delimiter, columns, limits: options.limits })
    }

    /// The format given or found.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// The columns there are; empty for NDJSON, where each line may have its own.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// True when there is such a column, or may be one: each line of NDJSON has its own.
    pub(crate) fn may_have(&self, column: &str) -> bool {
        self.format == Format::Ndjson || self.columns.iter().any(|known| known == column)
    }

    /// The blocks from the first record on.
    pub(crate) fn blocks(&mut self) -> &mut Blocks<Stream> {
        &mut self.blocks
    }

    /// The bytes consumed, as stored: of compressed ones the share that was consumed of what they became.
    pub(crate) fn position(&self) -> u64 {
        let stream = self.blocks.source();
        let (stored, delivered) = (u128::from(stream.stored()), u128::from(stream.delivered()));
        let consumed = delivered.saturating_sub(self.blocks.unfinished() as u128);
        u64::try_from(stored * consumed / delivered.max(1)).unwrap_or(u64::MAX)
    }

    /// The stream, for its name.
    pub(crate) fn stream(&self) -> &Stream {
        self.blocks.source()
    }

    /// A reader of rows with the columns `wanted`.
    ///
    /// # Errors
    /// A column is not there; the message lists those that are.
    pub(crate) fn rows(&self, wanted: &[String]) -> Result<Rows, NoColumn> {
        let longest = self.limits.record;
        Ok(match self.format {
            Format::Csv => Rows::Csv(CsvRows::new(&self.columns, wanted, self.delimiter, longest)?),
            Format::Ndjson => Rows::Ndjson(NdjsonRows::new(wanted, longest)),
            Format::AccessLog => Rows::AccessLog(AccessLogRows::new(wanted, longest)?),
        })
    }
}

impl Rows {
    /// Calls `each` for the rows of a block until it breaks; how many bytes of the block that was, which
    /// is what to consume.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        match self {
            Rows::Csv(rows) => rows.read(block, each),
            Rows::Ndjson(rows) => rows.read(block, each),
            Rows::AccessLog(rows) => rows.read(block, each),
        }
    }

    /// The columns asked for that no row had so far, most likely misspelt; only NDJSON can have such.
    pub(crate) fn never_seen(&self) -> Vec<&str> {
        match self {
            Rows::Ndjson(rows) => rows.never_seen().collect(),
            Rows::Csv(_) | Rows::AccessLog(_) => Vec::new(),
        }
    }
}

/// The columns of a CSV file, whose header is consumed if it has one.
fn csv_columns(
    blocks: &mut Blocks<Stream>,
    name: &str,
    delimiter: u8,
    options: &OpenOptions,
) -> io::Result<Vec<String>> {
    loop {
        let Some(block) = blocks.block()? else {
            let empty = "it is empty, without even a header";
            return if options.header { Err(unusable(name, empty)) } else { Ok(Vec::new()) };
        };
        let length = match extent(block.bytes, delimiter) {
            Extent::Complete(length) => length,
            Extent::Unended | Extent::Unclosed => block.bytes.len(),
        };
        let record = block.bytes.get(..length).unwrap_or_default();
        if trim_newline(record).is_empty() {
            blocks.consume(length);
            continue;
        }
        let columns = csv_header::header(record, delimiter, options.limits.record);
        let columns = columns.map_err(|problem| unusable(name, &problem))?;
        if options.header {
            blocks.consume(length);
            return Ok(columns);
        }
        return Ok(csv_header::numbered(columns.len()));
    }
}

fn unusable(name: &str, problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::super::row::Field;
    use super::*;

    fn open(name: &str, text: &[u8], options: &OpenOptions) -> io::Result<Input> {
        Input::new(Stream::new(name, Box::new(io::Cursor::new(text.to_vec())))?, options)
    }

    /// The rows as `line:field|field`.
    fn rows(input: &mut Input, wanted: &[&str]) -> Vec<String> {
        let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
        let mut rows = input.rows(&wanted).unwrap();
        let mut all = Vec::new();
        while let Some(block) = input.blocks().block().unwrap() {
            let read = rows.read(&block, &mut |row| {
                let show = |field| match field {
                    Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    _ => "-".to_owned(),
                };
                let text = match row.fields {
                    Ok(fields) => {
                        (0..wanted.len()).map(|n| show(fields.field(n))).collect::<Vec<_>>().join("|")
                    }
                    Err(problem) => problem.to_string(),
                };
                all.push(format!("{}:{text}", row.line));
                ControlFlow::Continue(())
            });
            input.blocks().consume(read);
        }
        all
    }

    #[test]
    fn csv_has_a_header_or_numbers() {
        let text = b"\xef\xbb\xbf\r\n\"a b\",c\r\n1,\"2\n3\"\r\n\r\n4,5";
        let mut input = open("x.csv", text, &OpenOptions::default()).unwrap();
        assert_eq!(input.columns(), ["a b", "c"]);
        assert_eq!(rows(&mut input, &["c", "a b"]), ["3:2\n3|1", "6:5|4"]);
        let options = OpenOptions { header: false, delimiter: Some(b';'), ..OpenOptions::default() };
        let mut input = open("x.csv", b"\xef\xbb\xbf1;2\n3;4\n5\n", &options).unwrap();
        assert_eq!(
            rows(&mut input, &["col2", "col1"]),
            ["1:2|1", "2:4|3", "3:1 field where the header has 2"]
        );
    }

    #[test]
    fn the_other_formats_open_too() {
        let mut input = open("-", b"\xef\xbb\xbf{\"a\":1}\n{\"a\":2}", &OpenOptions::default()).unwrap();
        assert_eq!(rows(&mut input, &["a"]), ["1:1", "2:2"]);
        let log = b"h - - [t] \"GET / HTTP/1.1\" 200 1\nh - - [t] \"GET / HT";
        let mut input = open("access.log", log, &OpenOptions::default()).unwrap();
        assert_eq!(rows(&mut input, &["status", "path", "user"]), ["1:200|/|-"]);
        assert_eq!(input.blocks().unfinished(), 19);
        let error = input.rows(&["ip".to_owned()]).err().unwrap().to_string();
        assert!(error.starts_with("there is no column `ip`; there are: host, ident, user, time,"), "{error}");
    }

    #[test]
    fn what_cannot_be_opened_is_told() {
        let check = |name, text: &[u8], reason: &str| {
            let error = open(name, text, &OpenOptions::default()).err().unwrap().to_string();
            assert!(error.starts_with(name) && error.contains(reason), "{error}");
        };
        check("a.csv", b"", "it is empty");
        check("a.csv", b"\n\n", "it is empty");
        check("a.csv", b"a,b\r1,2\r", "returns instead of newlines");
        check("a.csv", b"a,\"b\n1,2", "not closed");
        check("a.csv", b"a,\xff\n1,2", "not UTF-8");
        check("a.json", b"[{\"a\":1}]", "jq -c");
        check("a.ndjson", b"[{\"a\":1}]", "jq -c");
        check("a", b"hello", "csv, ndjson, access-log");
        assert!(open("a.log", b"", &OpenOptions::default()).is_ok());
        assert!(open("a", b"", &OpenOptions::default()).is_ok());
    }

    #[test]
    fn an_import_goes_on_where_another_run_stopped() {
        let text = b"a,b\n1,2\n3,4\n5,6\n";
        let mut input = open("x.csv", text, &OpenOptions::default()).unwrap();
        assert!(input.blocks().peek(4).starts_with(b"1,2\n"));
        input.blocks().consume(4);
        assert_eq!(rows(&mut input, &["a"]), ["3:3", "4:5"]);
    }

    #[test]
    fn the_size_of_blocks_changes_nothing() {
        let json = "{\"a\":1}\n\n{\"a\":2}\r\nnope\n{\"a\":\"LONG\"}\n{\"a\":\"\\n3\"}"
            .replace("LONG", &"x".repeat(200));
        let line = "h - - [t] \"GET /p HTTP/1.1\" 200 1\n";
        let log = format!("{line}{line}garbage\n{}\n{line}\n{line}h - -", "x".repeat(200));
        for (name, text, wanted) in [("x.jsonl", json, "a"), ("access.log", log, "path")] {
            let limited = |block| {
                let limits = Limits { block, record: 60 };
                let options = OpenOptions { limits, ..OpenOptions::default() };
                rows(&mut open(name, text.as_bytes(), &options).unwrap(), &[wanted])
            };
            let expected = limited(1 << 20);
            assert_eq!(expected.iter().filter(|row| row.ends_with("longer than 60 bytes")).count(), 1);
            assert!(expected.len() > 4);
            for block in 1..=64 {
                assert_eq!(limited(block), expected, "{name} {block}");
            }
        }
    }

    #[test]
    fn rows_before_a_cut_in_gzip_come_first() {
        let text: String = (0..50_000).map(|n| format!("{n},{}\n", n * 7919 % 10_007)).collect();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, format!("a,b\n{text}").as_bytes()).unwrap();
        let mut gzip = encoder.finish().unwrap();
        gzip.truncate(gzip.len() / 2);
        let options =
            OpenOptions { limits: Limits { block: 10_000, record: 1000 }, ..OpenOptions::default() };
        let mut input = open("x.csv.gz", &gzip, &options).unwrap();
        let mut reader = input.rows(&["a".to_owned()]).unwrap();
        let mut count = 0;
        let error = loop {
            let block = match input.blocks().block() {
                Ok(block) => block.unwrap(),
                Err(error) => break error,
            };
            let read = reader.read(&block, &mut |row| {
                assert!(row.fields.is_ok());
                count += 1;
                ControlFlow::Continue(())
            });
            input.blocks().consume(read);
        };
        assert!((15_000..35_000).contains(&count), "{count}");
        assert!(error.to_string().starts_with("x.csv.gz: the gzip data ends early after "), "{error}");
    }

    #[test]
    fn the_position_is_what_was_consumed() {
        let text: String = (0..2_000).map(|n| format!("{n},b\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        for (name, bytes) in [("a.csv", text.into_bytes()), ("a.csv.gz", packed.finish().unwrap())] {
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let options =
                OpenOptions { limits: Limits { block: 4_096, record: 4_096 }, ..OpenOptions::default() };
            let mut input = Input::open(&path, &options).unwrap();
            let mut before = 0;
            while let Some(length) = input.blocks().block().unwrap().map(|block| block.bytes.len()) {
                assert!(input.position() < bytes.len() as u64, "{name}: not done while a block is left");
                input.blocks().consume(length);
                assert!(input.position() >= before, "{name}");
                before = input.position();
            }
            assert_eq!(input.position(), bytes.len() as u64, "{name}");
        }
    }
}
