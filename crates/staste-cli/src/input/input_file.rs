//! `InputFile`: an open file with its format and columns.

use std::io;
use std::ops::ControlFlow;

use super::access_log::AccessLogReader;
use super::block_reader::{Block, BlockReader, SizeLimits};
use super::column_index::ColumnError;
use super::csv::{CsvHeader, CsvReader, Preamble, numbered_columns, parse_header};
use super::detected_format::DetectedFormat;
use super::input_format::InputFormat;
use super::input_options::InputOptions;
use super::input_stream::InputStream;
use super::line_reader::trim_newline;
use super::log_format_reader::LogFormatReader;
use super::log_kind::LogKind;
use super::ndjson::NdjsonReader;
use super::record_boundary::{CsvDialect, CsvRecordEnd, RecordBoundary, csv_record_end};
use super::row::Row;
use super::user_agent_column::user_agent_column;

/// The columns of access logs that hold addresses with queries. The column path has none.
const ADDRESS_COLUMNS: [&str; 2] = ["url", "referer"];

/// An open file at its first record, after byte order mark and header.
pub(crate) struct InputFile {
    blocks: BlockReader<InputStream>,
    format: InputFormat,
    dialect: CsvDialect,
    columns: Vec<String>,
    /// The columns of the first record of NDJSON. Others can have more.
    first_columns: Vec<String>,
    /// Number of comments before the header.
    comments: u64,
    /// True if names of columns had blanks around them.
    has_padded_header: bool,
    limits: SizeLimits,
    /// The kind of the log, if this is an access log.
    log: LogKind,
    /// True if the lines are those in a log of Docker.
    is_container_log: bool,
    /// True if the log was recognized without an option.
    is_recognized: bool,
}

/// Reads the rows of an input's blocks.
pub(crate) enum RowReader {
    Csv(CsvReader),
    Ndjson(NdjsonReader),
    AccessLog(AccessLogReader),
    LogFormat(LogFormatReader),
}

impl InputFile {
    /// Returns the input of a stream, at its first record.
    ///
    /// # Errors
    /// When the stream cannot be read, its format is unknown, or it has no header. The error names the file.
    pub(crate) fn new(stream: InputStream, options: &InputOptions) -> io::Result<InputFile> {
        let name = stream.name().to_owned();
        let may_be_list = matches!(options.format, None | Some(InputFormat::Ndjson));
        let stream = if may_be_list && stream.is_json_list() { stream.into_json_lines() } else { stream };
        let is_container_log = stream.is_docker_log() && options.format != Some(InputFormat::Ndjson);
        let stream = if is_container_log { stream.into_container_lines() } else { stream };
        let mut blocks = BlockReader::new(stream, RecordBoundary::Lines, options.limits);
        blocks.consume_byte_order_mark();
        let head = blocks.peek_bytes(64 << 10);
        let format_name = options.format_name.as_ref().unwrap_or(&name);
        let detected = DetectedFormat::find(format_name, head, options);
        let detected = detected.map_err(|problem| invalid_file(&name, &problem))?;
        let DetectedFormat { format, log, first_columns, is_recognized } = detected;
        let default_delimiter = InputFormat::default_delimiter(format_name);
        let preamble = match format {
            InputFormat::Csv => Preamble::parse(head, options.delimiter, default_delimiter, options.comment),
            InputFormat::Ndjson | InputFormat::AccessLog => {
                let dialect = CsvDialect { delimiter: default_delimiter, comment: None };
                Preamble { length: 0, dialect, comments: 0 }
            }
        };
        let Preamble { length, dialect, comments } = preamble;
        blocks.consume(length);
        blocks.set_boundary(match format {
            InputFormat::Csv => RecordBoundary::Csv(dialect),
            InputFormat::Ndjson => RecordBoundary::JsonLines,
            InputFormat::AccessLog => log.boundary(),
        });
        let mut has_padded_header = false;
        let columns = match format {
            InputFormat::Csv => {
                let header = read_csv_columns(&mut blocks, &name, dialect.delimiter, options)?;
                has_padded_header = header.is_padded;
                header.columns
            }
            InputFormat::Ndjson => Vec::new(),
            InputFormat::AccessLog => log.columns(),
        };
        let limits = options.limits;
        Ok(InputFile {
            blocks,
            format,
            dialect,
            columns,
            first_columns,
            comments,
            has_padded_header,
            limits,
            log,
            is_container_log,
            is_recognized,
        })
    }

    /// Returns the given or detected format.
    pub(crate) fn format(&self) -> InputFormat {
        self.format
    }

    /// Returns the columns. They are empty for NDJSON, where each line can have its own.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the number of comments before the header of CSV.
    pub(crate) fn comments(&self) -> u64 {
        self.comments
    }

    /// Returns true if names of columns had blanks around them, which are ignored.
    pub(crate) fn has_padded_header(&self) -> bool {
        self.has_padded_header
    }

    /// Returns true if the lines are those of a container in a log of Docker.
    pub(crate) fn is_container_log(&self) -> bool {
        self.is_container_log
    }

    /// Returns the name of the log in JSON, if it was recognized without an option.
    pub(crate) fn recognized_log(&self) -> Option<&'static str> {
        match self.log {
            LogKind::Json(log) if self.is_recognized => Some(log.name),
            _ => None,
        }
    }

    /// Returns true if the column exists, or can exist in JSON.
    pub(crate) fn may_have(&self, column: &str) -> bool {
        self.format == InputFormat::Ndjson
            || matches!(self.log, LogKind::Json(_))
            || self.columns.iter().any(|known| known == column)
    }

    /// Returns the column with the user agent, by its name. In NDJSON it is one of the first record.
    ///
    /// # Errors
    /// When no column has a usual name, or several have one.
    pub(crate) fn user_agent_column(&self) -> Result<&str, String> {
        let columns = if self.format == InputFormat::Ndjson { &self.first_columns } else { &self.columns };
        user_agent_column(columns)
    }

    /// Returns the columns of an access log that hold addresses with queries. Those of other files are unknown.
    pub(crate) fn address_columns(&self) -> Vec<String> {
        let is_log = self.format == InputFormat::AccessLog;
        let columns =
            self.columns.iter().filter(|column| is_log && ADDRESS_COLUMNS.contains(&column.as_str()));
        columns.cloned().collect()
    }

    /// Returns the blocks from the first record on.
    pub(crate) fn blocks(&mut self) -> &mut BlockReader<InputStream> {
        &mut self.blocks
    }

    /// Returns the number of consumed bytes of the file. For a compressed file it is estimated from the consumed share of the
    /// decompressed bytes.
    pub(crate) fn position(&self) -> u64 {
        let stream = self.blocks.source();
        let (stored, decoded) = (u128::from(stream.stored_bytes()), u128::from(stream.decoded_bytes()));
        let consumed = decoded.saturating_sub(self.blocks.unconsumed_bytes() as u128);
        u64::try_from(stored * consumed / decoded.max(1)).unwrap_or(u64::MAX)
    }

    /// Returns the stream.
    pub(crate) fn stream(&self) -> &InputStream {
        self.blocks.source()
    }

    /// Returns a reader of the requested columns.
    ///
    /// # Errors
    /// When a column does not exist. The error lists the columns that do.
    pub(crate) fn row_reader(&self, requested: &[String]) -> Result<RowReader, ColumnError> {
        let max_record_bytes = self.limits.record;
        Ok(match self.format {
            InputFormat::Csv => {
                RowReader::Csv(CsvReader::new(&self.columns, requested, self.dialect, max_record_bytes)?)
            }
            InputFormat::Ndjson => RowReader::Ndjson(NdjsonReader::new(requested, None, max_record_bytes)),
            InputFormat::AccessLog => match &self.log {
                LogKind::Combined => RowReader::AccessLog(AccessLogReader::new(requested, max_record_bytes)?),
                LogKind::Lines(format) => {
                    RowReader::LogFormat(LogFormatReader::new(format, requested, max_record_bytes)?)
                }
                LogKind::Json(log) => {
                    RowReader::Ndjson(NdjsonReader::new(requested, Some(log), max_record_bytes))
                }
            },
        })
    }
}

impl RowReader {
    /// Calls `each` for the rows of a block until it breaks. Returns the number of bytes to consume.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        match self {
            RowReader::Csv(rows) => rows.read(block, each),
            RowReader::Ndjson(rows) => rows.read(block, each),
            RowReader::AccessLog(rows) => rows.read(block, each),
            RowReader::LogFormat(rows) => rows.read(block, each),
        }
    }

    /// Returns the number of comments between rows of CSV.
    pub(crate) fn comments(&self) -> u64 {
        match self {
            RowReader::Csv(rows) => rows.comments(),
            RowReader::Ndjson(_) | RowReader::AccessLog(_) | RowReader::LogFormat(_) => 0,
        }
    }

    /// Returns notes about what was ignored in rows.
    pub(crate) fn notes(&self) -> Vec<String> {
        match self {
            RowReader::AccessLog(rows) => rows.notes(),
            RowReader::Csv(_) | RowReader::Ndjson(_) | RowReader::LogFormat(_) => Vec::new(),
        }
    }

    /// Returns the requested columns that no row has had so far, most likely misspelt. Only NDJSON can have such columns.
    pub(crate) fn missing_columns(&self) -> Vec<&str> {
        match self {
            RowReader::Ndjson(rows) => rows.missing_columns().collect(),
            RowReader::Csv(_) | RowReader::AccessLog(_) | RowReader::LogFormat(_) => Vec::new(),
        }
    }
}

/// Returns the columns of a CSV file, and consumes its header if it has one.
fn read_csv_columns(
    blocks: &mut BlockReader<InputStream>,
    name: &str,
    delimiter: u8,
    options: &InputOptions,
) -> io::Result<CsvHeader> {
    loop {
        let Some(block) = blocks.peek_block()? else {
            let empty = "the file is empty";
            let nothing = CsvHeader { columns: Vec::new(), is_padded: false };
            return if options.has_header { Err(invalid_file(name, empty)) } else { Ok(nothing) };
        };
        let length = match csv_record_end(block.bytes, delimiter) {
            CsvRecordEnd::Complete(length) => length,
            CsvRecordEnd::MissingNewline | CsvRecordEnd::UnclosedQuote => block.bytes.len(),
        };
        let record = block.bytes.get(..length).unwrap_or_default();
        if trim_newline(record).is_empty() {
            blocks.consume(length);
            continue;
        }
        let columns = parse_header(record, delimiter, options.limits.record);
        let header = columns.map_err(|problem| invalid_file(name, &problem))?;
        if options.has_header {
            blocks.consume(length);
            return Ok(header);
        }
        return Ok(CsvHeader { columns: numbered_columns(header.columns.len()), is_padded: false });
    }
}

fn invalid_file(name: &str, problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::super::row::Field;
    use super::*;

    fn open(name: &str, text: &[u8], options: &InputOptions) -> io::Result<InputFile> {
        InputFile::new(InputStream::new(name, Box::new(io::Cursor::new(text.to_vec())))?, options)
    }

    /// Reads the rows as `line:field|field`.
    fn rows(input: &mut InputFile, columns: &[&str]) -> Vec<String> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let mut rows = input.row_reader(&columns).unwrap();
        let mut all = Vec::new();
        while let Some(block) = input.blocks().peek_block().unwrap() {
            let read = rows.read(&block, &mut |row| {
                let show = |field| match field {
                    Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    _ => "-".to_owned(),
                };
                let text = match row.fields {
                    Ok(fields) => {
                        (0..columns.len()).map(|n| show(fields.field(n))).collect::<Vec<_>>().join("|")
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
    fn csv_columns_are_named_by_the_header_or_numbered() {
        let text = b"\xef\xbb\xbf\r\n\"a b\",c\r\n1,\"2\n3\"\r\n\r\n4,5";
        let mut input = open("x.csv", text, &InputOptions::default()).unwrap();
        assert_eq!(input.columns(), ["a b", "c"]);
        assert_eq!(rows(&mut input, &["c", "a b"]), ["3:2\n3|1", "6:5|4"]);
        let options = InputOptions { has_header: false, delimiter: Some(b';'), ..InputOptions::default() };
        let mut input = open("x.csv", b"\xef\xbb\xbf1;2\n3;4\n5\n", &options).unwrap();
        assert_eq!(rows(&mut input, &["col2", "col1"]), ["1:2|1", "2:4|3", "3:expected 2 fields, found 1"]);
    }

    #[test]
    fn ndjson_and_access_logs_are_opened_without_header() {
        let mut input = open("-", b"\xef\xbb\xbf{\"a\":1}\n{\"a\":2}", &InputOptions::default()).unwrap();
        assert_eq!(rows(&mut input, &["a"]), ["1:1", "2:2"]);
        let log = b"h - - [t] \"GET / HTTP/1.1\" 200 1\nh - - [t] \"GET / HT";
        let mut input = open("access.log", log, &InputOptions::default()).unwrap();
        assert_eq!(rows(&mut input, &["status", "path", "user"]), ["1:200|/|-"]);
        assert_eq!(input.blocks().unconsumed_bytes(), 19);
        let error = input.row_reader(&["ip".to_owned()]).err().unwrap().to_string();
        assert!(
            error.starts_with("unknown column `ip`: expected one of host, ident, user, time,"),
            "{error}"
        );
    }

    #[test]
    fn json_list_is_read_element_by_element() {
        for name in ["a.json", "a.ndjson", "-"] {
            let list = b"\xef\xbb\xbf [\n  {\"a\": 1, \"b\": [2, 3]},\n  {\n\"a\": \"x\"}\n]\n";
            let mut input = open(name, list, &InputOptions::default()).unwrap();
            assert_eq!(rows(&mut input, &["a"]), ["1:1", "2:x"], "{name}");
        }
    }

    #[test]
    fn invalid_file_is_refused_with_the_reason() {
        let check = |name, text: &[u8], reason: &str| {
            let error = open(name, text, &InputOptions::default()).err().unwrap().to_string();
            assert!(error.starts_with(name) && error.contains(reason), "{error}");
        };
        check("a.csv", b"", "is empty");
        check("a.csv", b"\n\n", "is empty");
        check("a.csv", b"a,b\r1,2\r", "returns instead of newlines");
        check("a.csv", b"a,\"b\n1,2", "unclosed quote");
        check("a.csv", b"a,\xff\n1,2", "not UTF-8");
        check("a", b"hello", "csv, ndjson, access-log");
        assert!(open("a.log", b"", &InputOptions::default()).is_ok());
        assert!(open("a", b"", &InputOptions::default()).is_ok());
    }

    #[test]
    fn reading_continues_after_the_bytes_another_run_consumed() {
        let text = b"a,b\n1,2\n3,4\n5,6\n";
        let mut input = open("x.csv", text, &InputOptions::default()).unwrap();
        assert!(input.blocks().peek_bytes(4).starts_with(b"1,2\n"));
        input.blocks().consume(4);
        assert_eq!(rows(&mut input, &["a"]), ["3:3", "4:5"]);
    }

    #[test]
    fn block_size_does_not_change_the_rows() {
        let json = "{\"a\":1}\n\n{\"a\":2}\r\nnope\n{\"a\":\"LONG\"}\n{\"a\":\"\\n3\"}"
            .replace("LONG", &"x".repeat(200));
        let line = "h - - [t] \"GET /p HTTP/1.1\" 200 1\n";
        let log = format!("{line}{line}garbage\n{}\n{line}\n{line}h - -", "x".repeat(200));
        for (name, text, column) in [("x.jsonl", json, "a"), ("access.log", log, "path")] {
            let limited = |block| {
                let limits = SizeLimits { block, record: 60 };
                let options = InputOptions { limits, ..InputOptions::default() };
                rows(&mut open(name, text.as_bytes(), &options).unwrap(), &[column])
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
    fn rows_before_the_end_of_truncated_gzip_are_read_before_the_error() {
        let text: String = (0..50_000).map(|n| format!("{n},{}\n", n * 7919 % 10_007)).collect();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, format!("a,b\n{text}").as_bytes()).unwrap();
        let mut gzip = encoder.finish().unwrap();
        gzip.truncate(gzip.len() / 2);
        let options =
            InputOptions { limits: SizeLimits { block: 10_000, record: 1000 }, ..InputOptions::default() };
        let mut input = open("x.csv.gz", &gzip, &options).unwrap();
        let mut reader = input.row_reader(&["a".to_owned()]).unwrap();
        let mut count = 0;
        let error = loop {
            let block = match input.blocks().peek_block() {
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
    fn position_is_the_number_of_consumed_bytes_of_the_file() {
        let text: String = (0..2_000).map(|n| format!("{n},b\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        for (name, bytes) in [("a.csv", text.into_bytes()), ("a.csv.gz", packed.finish().unwrap())] {
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let options = InputOptions {
                limits: SizeLimits { block: 4_096, record: 4_096 },
                ..InputOptions::default()
            };
            let stream = InputStream::open(&path, None).unwrap();
            let mut input = InputFile::new(stream, &options).unwrap();
            let mut before = 0;
            while let Some(length) = input.blocks().peek_block().unwrap().map(|block| block.bytes.len()) {
                assert!(input.position() < bytes.len() as u64, "{name}: not done while a block is left");
                input.blocks().consume(length);
                assert!(input.position() >= before, "{name}");
                before = input.position();
            }
            assert_eq!(input.position(), bytes.len() as u64, "{name}");
        }
    }
}
