//! `AccessLogReader`: reads the access log of a web server in the common or combined format.
//!
//! Text after the user agent is ignored. If the request is invalid, as those of scanners often are, the line counts
//! without method, path, query, url and protocol.

use std::ops::ControlFlow;

use memchr::{memchr, memchr2, memrchr};

use super::block_reader::Block;
use super::column_index::{ColumnError, column_indexes};
use super::line_reader::for_each_line;
use super::log_line_start::{Extras, LineStart};
use super::row::{FieldSpan, Fields, RecordError, Row};

/// The columns, in the order of [`LineParts`].
const COLUMNS: [&str; 13] = [
    "host", "ident", "user", "time", "method", "path", "query", "url", "protocol", "status", "bytes",
    "referer", "agent",
];

/// Returns the columns of an access log.
pub(crate) fn columns() -> Vec<String> {
    COLUMNS.map(str::to_owned).to_vec()
}

/// Returns true if the line is one of an access log.
pub(super) fn is_access_log(line: &[u8]) -> bool {
    parse(line).is_ok()
}

/// Reads the requested columns of access log lines.
pub(crate) struct AccessLogReader {
    /// The index in [`COLUMNS`] of each requested column.
    indexes: Vec<usize>,
    max_record_bytes: usize,
    spans: Vec<FieldSpan>,
    scratch: Vec<u8>,
    extras: ExtraLines,
}

/// Numbers of lines by what they have besides the fields.
#[derive(Clone, Copy, Debug, Default)]
struct ExtraLines {
    nuls: u64,
    prefix: u64,
    forwarded: u64,
    /// The last line that was counted. A line can be read several times.
    last: u64,
}

impl ExtraLines {
    fn add(&mut self, line: u64, extras: Extras) {
        if line <= self.last {
            return;
        }
        self.last = line;
        self.nuls += u64::from(extras.nuls);
        self.prefix += u64::from(extras.prefix);
        self.forwarded += u64::from(extras.forwarded);
    }
}

impl AccessLogReader {
    /// Returns a reader of the given columns, for records up to `max_record_bytes`.
    ///
    /// # Errors
    /// When an access log has no such column.
    pub(crate) fn new(requested: &[String], max_record_bytes: usize) -> Result<AccessLogReader, ColumnError> {
        let indexes = column_indexes(&columns(), requested)?;
        let extras = ExtraLines::default();
        Ok(AccessLogReader { indexes, max_record_bytes, spans: Vec::new(), scratch: Vec::new(), extras })
    }

    /// Returns notes about what was ignored in lines.
    pub(crate) fn notes(&self) -> Vec<String> {
        let ExtraLines { nuls, prefix, forwarded, .. } = self.extras;
        let notes = [
            (nuls, "with NUL bytes at the start, which are ignored"),
            (prefix, "with a prefix, such as that of syslog, which is ignored"),
            (forwarded, "with several forwarded addresses, of which the first is the host"),
        ];
        let notes = notes.into_iter().filter(|(lines, _)| *lines > 0);
        notes.map(|(lines, what)| format!("lines {what}: {lines}")).collect()
    }

    /// Calls `each` for the records of a block until it breaks. Returns the end of the last record, or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let AccessLogReader { indexes, max_record_bytes, spans, scratch, extras } = self;
        for_each_line(block, *max_record_bytes, |line| {
            spans.clear();
            scratch.clear();
            let result = if line.is_too_long {
                Err(RecordError::TooLong(*max_record_bytes))
            } else {
                parse(line.text)
            };
            let fields = result.map(|parts| {
                extras.add(line.number, parts.extras);
                let all = parts.all();
                spans.extend(indexes.iter().map(|&index| {
                    let part = all.get(index).copied().flatten();
                    part.map_or(FieldSpan::Missing, |part| part.span(line.text, line.start, scratch))
                }));
                Fields { spans, items: &[], block: block.bytes, scratch }
            });
            each(Row { line: line.number, start: line.start, end: line.end, fields })
        })
    }
}

/// A range of bytes in the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextPart {
    from: usize,
    to: usize,
}

/// The fields of a line. Those of the request are parts of it.
struct LineParts {
    extras: Extras,
    before: [Option<TextPart>; 4],
    request: [Option<TextPart>; 5],
    after: [Option<TextPart>; 4],
}

impl LineParts {
    fn all(&self) -> [Option<TextPart>; 13] {
        let [host, ident, user, time] = self.before;
        let [method, path, query, url, protocol] = self.request;
        let [status, bytes, referer, agent] = self.after;
        [host, ident, user, time, method, path, query, url, protocol, status, bytes, referer, agent]
    }
}

impl TextPart {
    pub(super) fn new(from: usize, to: usize) -> TextPart {
        TextPart { from, to }
    }

    pub(super) fn of(self, line: &[u8]) -> &[u8] {
        line.get(self.from..self.to).unwrap_or_default()
    }

    /// Returns the part, or none for the `-` that stands for a missing value.
    pub(super) fn present(self, line: &[u8]) -> Option<TextPart> {
        (self.of(line) != b"-").then_some(self)
    }

    /// Returns the start and the end.
    pub(super) fn range(self) -> (usize, usize) {
        (self.from, self.to)
    }

    pub(super) fn span(self, line: &[u8], start: usize, scratch: &mut Vec<u8>) -> FieldSpan {
        let raw = self.of(line);
        let has_escapes = memchr(b'\\', raw).is_some();
        if !has_escapes && (raw.is_ascii() || str::from_utf8(raw).is_ok()) {
            return FieldSpan::Block(start + self.from, start + self.to);
        }
        let from = scratch.len();
        if has_escapes {
            unescape(raw, scratch);
            if scratch.get(from..).is_some_and(|text| str::from_utf8(text).is_ok()) {
                return FieldSpan::Scratch(from, scratch.len());
            }
            // A byte is one choice, whether the server has escaped it as nginx or as Apache does, or not at all.
            let unescaped = scratch.split_off(from);
            escape_invalid(&unescaped, b"\\x", scratch);
        } else {
            escape_invalid(raw, b"\\x", scratch);
        }
        FieldSpan::Scratch(from, scratch.len())
    }
}

/// Appends `raw` to `out` with each byte that is not UTF-8 as two hexadecimal digits after a mark, such as `\xe9`, as web servers
/// write them.
pub(super) fn escape_invalid(raw: &[u8], mark: &[u8], out: &mut Vec<u8>) {
    for chunk in raw.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(mark);
            out.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
    }
}

fn parse(line: &[u8]) -> Result<LineParts, RecordError> {
    parse_parts(line).map_err(RecordError::NotAccessLog)
}

fn parse_parts(line: &[u8]) -> Result<LineParts, &'static str> {
    let rest = |from: usize| line.get(from..).unwrap_or_default();
    let word = |from: usize| memchr(b' ', rest(from)).map(|length| TextPart::new(from, from + length));
    let LineStart { host, ident, user, time, extras } = LineStart::parse(line)?;
    let [host, ident, user] = [host, ident, user].map(|(from, to)| TextPart::new(from, to));
    let time = TextPart::new(time, time + memchr(b']', rest(time)).ok_or("unclosed [time]")?);
    let request = find_quoted(line, time.to + 1).ok_or("missing \"request\" after the [time]")?;
    let status = TextPart::new(request.to + 2, (request.to + 5).min(line.len()));
    let digits = status.of(line);
    if rest(request.to + 1).first() != Some(&b' ')
        || digits.len() != 3
        || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err("missing status of three digits after the request");
    }
    let bytes = match rest(status.to).first() {
        None => None,
        Some(b' ') => Some(word(status.to + 1).unwrap_or(TextPart::new(status.to + 1, line.len()))),
        Some(_) => return Err("missing status of three digits after the request"),
    };
    if bytes.is_some_and(|bytes| bytes.of(line) != b"-" && !bytes.of(line).iter().all(u8::is_ascii_digit)) {
        return Err("invalid number of bytes after the status");
    }
    let referer = bytes.and_then(|bytes| find_quoted(line, bytes.to));
    let agent = referer.and_then(|referer| find_quoted(line, referer.to + 1));
    let present = |part: TextPart| part.present(line);
    let not_empty = |part: &TextPart| part.from < part.to;
    Ok(LineParts {
        extras,
        before: [host.present(line), ident.present(line), user.present(line).filter(not_empty), Some(time)],
        request: request_parts(line, request).0,
        after: [
            Some(status),
            bytes.and_then(present).filter(not_empty),
            referer.and_then(present),
            agent.and_then(present),
        ],
    })
}

/// Finds the text between quotes after the space at `from`. It can contain escaped quotes.
fn find_quoted(line: &[u8], from: usize) -> Option<TextPart> {
    let text = line.get(from..)?.strip_prefix(b" \"")?;
    find_quote(text).map(|length| TextPart::new(from + 2, from + 2 + length))
}

/// Returns the offset of the quote that closes a text. The text can contain escaped quotes.
pub(super) fn find_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(found) == Some(&b'"') {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Method, path, query, url and protocol of a request.
pub(super) struct RequestParts(pub(super) [Option<TextPart>; 5]);

/// Returns true if a text is the method of a request, and not what scanners send in its place.
pub(super) fn is_method(text: &[u8]) -> bool {
    (1..=20).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-')
}

/// Splits a request into method, path, query, url and protocol.
pub(super) fn request_parts(line: &[u8], request: TextPart) -> RequestParts {
    let text = request.of(line);
    let Some(space) = memchr(b' ', text).filter(|&space| space > 0) else { return RequestParts([None; 5]) };
    if !text.get(..space).is_some_and(is_method) {
        return RequestParts([None; 5]);
    }
    let method = TextPart::new(request.from, request.from + space);
    let url_from = method.to + 1;
    // A path can contain spaces. Requests of HTTP/0.9 have no protocol.
    let protocol = memrchr(b' ', text)
        .filter(|&last| last > space && text.get(last + 1..).is_some_and(|text| text.starts_with(b"HTTP/")))
        .map(|last| TextPart::new(request.from + last + 1, request.to));
    let url = TextPart::new(url_from, protocol.map_or(request.to, |protocol| protocol.from - 1));
    let (path, query) = address_parts(line, url);
    RequestParts([Some(method), Some(path), query, Some(url), protocol])
}

/// Splits an address into path and query.
pub(super) fn address_parts(line: &[u8], url: TextPart) -> (TextPart, Option<TextPart>) {
    let question = memchr(b'?', url.of(line)).map(|question| url.from + question);
    let path = TextPart::new(url.from, question.unwrap_or(url.to));
    (path, question.map(|question| TextPart::new(question + 1, url.to)))
}

/// Appends `raw` to `out` with the escapes of Apache and nginx replaced. Any other backslash is kept.
fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = raw;
    while let Some(backslash) = memchr(b'\\', rest) {
        let (before, from) = rest.split_at(backslash);
        out.extend_from_slice(before);
        let (byte, length) = match from {
            [_, quoted @ (b'"' | b'\\'), ..] => (*quoted, 2),
            [_, b'n', ..] => (b'\n', 2),
            [_, b't', ..] => (b'\t', 2),
            [_, b'r', ..] => (b'\r', 2),
            [_, b'x', high, low, ..] if hex(high).is_some() && hex(low).is_some() => {
                (hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0), 4)
            }
            _ => (b'\\', 1),
        };
        out.push(byte);
        rest = from.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::super::row::Field;
    use super::*;

    /// Reads columns of one line, with `(missing)` for a missing field.
    fn read(line: &[u8], columns: &str) -> Result<Vec<String>, String> {
        let columns: Vec<String> = columns.split(' ').map(str::to_owned).collect();
        let mut rows = AccessLogReader::new(&columns, 1000).unwrap();
        let block = Block { bytes: line, first_line: 1, is_inside_line: false };
        let mut result = None;
        rows.read(&block, &mut |row| {
            let show = |fields: Fields<'_>, n| match fields.field(n) {
                Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => "(missing)".to_owned(),
            };
            result = Some(match row.fields {
                Ok(fields) => Ok((0..columns.len()).map(|n| show(fields, n)).collect()),
                Err(error) => Err(error.to_string()),
            });
            ControlFlow::Break(())
        });
        result.unwrap()
    }

    #[test]
    fn combined_format_has_all_columns() {
        let line = br#"127.0.0.1 id frank [10/Oct/2000:13:55:36 -0700] "GET /a%20b?x=1&y=? HTTP/1.0" 200 2326 "http://e.com/" "Mozilla/4.08 [en] (Win98)"
"#;
        let all = COLUMNS.join(" ");
        assert_eq!(
            read(line, &all).unwrap(),
            [
                "127.0.0.1",
                "id",
                "frank",
                "10/Oct/2000:13:55:36 -0700",
                "GET",
                "/a%20b",
                "x=1&y=?",
                "/a%20b?x=1&y=?",
                "HTTP/1.0",
                "200",
                "2326",
                "http://e.com/",
                "Mozilla/4.08 [en] (Win98)"
            ]
        );
    }

    #[test]
    fn dash_is_a_missing_field() {
        let line = br#"::1 - - [t] "GET / HTTP/1.1" 304 - "-" "-""#;
        let columns = "host ident user bytes referer agent query path";
        let missing = "(missing)";
        assert_eq!(
            read(line, columns).unwrap(),
            ["::1", missing, missing, missing, missing, missing, missing, "/"]
        );
        let common = b"h - - [t] \"GET / HTTP/1.1\" 304 -\n";
        assert_eq!(read(common, "status referer agent").unwrap(), ["304", missing, missing]);
    }

    #[test]
    fn escapes_are_replaced_except_for_bytes_that_are_not_utf8() {
        let line = br#"h - a b [t] "GET /\"q\" HTTP/1.1" 200 1 "\\ \z" "caf\xC3\xA9 \xFF" "more""#;
        assert_eq!(read(line, "user path referer agent").unwrap(), ["a b", "/\"q\"", "\\ \\z", "café \\xff"]);
        let line = br#"h - - [t] "GET / HTTP/1.1" 200 1 "" "caf\xc3\xa9""#;
        assert_eq!(read(line, "referer agent").unwrap(), ["", "café"]);
    }

    #[test]
    fn invalid_request_leaves_its_columns_missing() {
        for request in [r"", r"-", r"\x16\x03\x01 x", r"quit", r" / HTTP/1.1", r"get / HTTP/1.1"] {
            let line = format!("h - - [t] \"{request}\" 400 0 \"-\" \"x\"");
            let fields = read(line.as_bytes(), "method path url protocol status agent").unwrap();
            assert_eq!(fields, ["(missing)", "(missing)", "(missing)", "(missing)", "400", "x"], "{request}");
        }
        let old = read(b"h - - [t] \"GET /a b\" 200 5", "method path protocol").unwrap();
        assert_eq!(old, ["GET", "/a b", "(missing)"]);
    }

    #[test]
    fn other_lines_are_rejected_with_the_reason() {
        let check = |line: &str, reason: &str| {
            let error = read(line.as_bytes(), "host").unwrap_err();
            assert!(
                error.starts_with("not an access log line: ") && error.contains(reason),
                "{line}: {error}"
            );
        };
        check("nonsense", "separated by spaces");
        check("host ", "nothing after the host");
        check("host only", "missing [time]");
        check("h - -", "missing [time]");
        check("h - - [t", "unclosed [time]");
        check("h - - [t] GET", "missing \"request\"");
        check("h - - [t] \"GET / HTTP/1.1\\\" 200 1", "missing \"request\"");
        check("h - - [t] \"GET / HTTP/1.1\" OK 1", "missing status");
        check("h - - [t] \"GET / HTTP/1.1\" 2001 1", "missing status");
        check("h - - [t] \"GET / HTTP/1.1\"", "missing status");
        check("h - - [t] \"GET / HTTP/1.1\" 200 x", "invalid number of bytes");
        check("e.com:80 1.2.3.4 - - [t] \"GET / HTTP/1.1\" 200 1", "vhost_combined");
    }

    #[test]
    fn line_cut_at_any_byte_is_parsed_without_panic() {
        let line = br#"h i u [t] "GET /\x41\"?q HTTP/1.1" 200 12 "r\\" "a\""#;
        for end in 0..line.len() {
            let _ = parse(&line[..end]).map(|parts| {
                for part in parts.all().into_iter().flatten() {
                    part.span(&line[..end], 0, &mut Vec::new());
                }
            });
        }
    }
}
