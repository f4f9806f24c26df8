//! `AccessLogRows`: the lines of a web server's access log in the common or the combined format.
//!
//! What a line holds after the user agent is passed over. A request that is not one (scanners send
//! anything) leaves method, path, query, url and protocol missing; the line counts.

use std::ops::ControlFlow;

use memchr::{memchr, memchr2, memmem, memrchr};

use super::block::Block;
use super::columns::{NoColumn, places};
use super::lines::for_each_line;
use super::row::{Fields, Malformed, Row, Span};

/// What a line holds, in the order of [`Parts`].
const COLUMNS: [&str; 13] = [
    "host", "ident", "user", "time", "method", "path", "query", "url", "protocol", "status", "bytes",
    "referer", "agent",
];

/// The columns of an access log.
pub(crate) fn columns() -> Vec<String> {
    COLUMNS.map(str::to_owned).to_vec()
}

/// True when the line is one of an access log.
pub(super) fn is_access_log(line: &[u8]) -> bool {
    parse(line).is_ok()
}

/// Reads access log lines, for the columns that were asked for.
pub(crate) struct AccessLogRows {
    /// For each column asked for, its place among all.
    wanted: Vec<usize>,
    longest: usize,
    spans: Vec<Span>,
    scratch: Vec<u8>,
}

impl AccessLogRows {
    /// Rows with the columns `wanted`; records up to `longest` bytes.
    ///
    /// # Errors
    /// An access log has no such column.
    pub(crate) fn new(wanted: &[String], longest: usize) -> Result<AccessLogRows, NoColumn> {
        let wanted = places(&columns(), wanted)?;
        Ok(AccessLogRows { wanted, longest, spans: Vec::new(), scratch: Vec::new() })
    }

    /// Calls `each` for the records of a block until it breaks; the end of the last record it was given,
    /// or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let AccessLogRows { wanted, longest, spans, scratch } = self;
        for_each_line(block, *longest, |line| {
            spans.clear();
            scratch.clear();
            let result = if line.too_long { Err(Malformed::TooLong(*longest)) } else { parse(line.text) };
            let fields = result.map(|parts| {
                let all = parts.all();
                spans.extend(wanted.iter().map(|&place| {
                    let part = all.get(place).copied().flatten();
                    part.map_or(Span::Missing, |part| part.span(line.text, line.start, scratch))
                }));
                Fields { spans, items: &[], block: block.bytes, scratch }
            });
            each(Row { line: line.number, start: line.start, end: line.end, fields })
        })
    }
}

/// A range of the line.
#[derive(Clone, Copy)]
struct Part {
    from: usize,
    to: usize,
}

/// The fields of a line, those of the request being parts of it.
struct Parts {
    before: [Option<Part>; 4],
    request: [Option<Part>; 5],
    after: [Option<Part>; 4],
}

impl Parts {
    fn all(&self) -> [Option<Part>; 13] {
        let [host, ident, user, time] = self.before;
        let [method, path, query, url, protocol] = self.request;
        let [status, bytes, referer, agent] = self.after;
        [host, ident, user, time, method, path, query, url, protocol, status, bytes, referer, agent]
    }
}

impl Part {
    fn new(from: usize, to: usize) -> Part {
        Part { from, to }
    }

    fn of(self, line: &[u8]) -> &[u8] {
        line.get(self.from..self.to).unwrap_or_default()
    }

    /// The part, unless it is the `-` that stands for nothing.
    fn present(self, line: &[u8]) -> Option<Part> {
        (self.of(line) != b"-").then_some(self)
    }

    fn span(self, line: &[u8], start: usize, scratch: &mut Vec<u8>) -> Span {
        let raw = self.of(line);
        if memchr(b'\\', raw).is_none() {
            return Span::Block(start + self.from, start + self.to);
        }
        let from = scratch.len();
        unescape(raw, scratch);
        if scratch.get(from..).is_some_and(|text| str::from_utf8(text).is_ok()) {
            return Span::Scratch(from, scratch.len());
        }
        // Bytes that are no text once unescaped are legible as they were escaped.
        scratch.truncate(from);
        Span::Block(start + self.from, start + self.to)
    }
}

fn parse(line: &[u8]) -> Result<Parts, Malformed> {
    parts(line).map_err(Malformed::NotAccessLog)
}

fn parts(line: &[u8]) -> Result<Parts, &'static str> {
    let rest = |from: usize| line.get(from..).unwrap_or_default();
    let word = |from: usize| memchr(b' ', rest(from)).map(|length| Part::new(from, from + length));
    let host = word(0).ok_or("there is no space in it")?;
    let ident = word(host.to + 1).ok_or("there is nothing after the host")?;
    let bracket = memmem::find(rest(ident.to), b" [").ok_or("there is no [time]")? + ident.to;
    let user = Part::new(ident.to + 1, bracket.max(ident.to + 1));
    if user.of(line).starts_with(b"- ") {
        return Err("two names before the user; a vhost_combined log? cut the first with: cut -d' ' -f2-");
    }
    let open = bracket + 2;
    let time = Part::new(open, open + memchr(b']', rest(open)).ok_or("the [time] is not closed")?);
    let request = quoted(line, time.to + 1).ok_or("there is no \"request\" after the [time]")?;
    let status = Part::new(request.to + 2, (request.to + 5).min(line.len()));
    let digits = status.of(line);
    if rest(request.to + 1).first() != Some(&b' ')
        || digits.len() != 3
        || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err("there is no status of three digits after the request");
    }
    let bytes = match rest(status.to).first() {
        None => None,
        Some(b' ') => Some(word(status.to + 1).unwrap_or(Part::new(status.to + 1, line.len()))),
        Some(_) => return Err("there is no status of three digits after the request"),
    };
    if bytes.is_some_and(|bytes| bytes.of(line) != b"-" && !bytes.of(line).iter().all(u8::is_ascii_digit)) {
        return Err("the bytes after the status are not a number");
    }
    let referer = bytes.and_then(|bytes| quoted(line, bytes.to));
    let agent = referer.and_then(|referer| quoted(line, referer.to + 1));
    let present = |part: Part| part.present(line);
    let not_empty = |part: &Part| part.from < part.to;
    Ok(Parts {
        before: [Some(host), ident.present(line), user.present(line).filter(not_empty), Some(time)],
        request: request_parts(line, request),
        after: [
            Some(status),
            bytes.and_then(present).filter(not_empty),
            referer.and_then(present),
            agent.and_then(present),
        ],
    })
}

/// The text between quotes after the space at `from`, which may hold escaped quotes.
fn quoted(line: &[u8], from: usize) -> Option<Part> {
    let text = line.get(from..)?.strip_prefix(b" \"")?;
    let mut at = 0;
    loop {
        let found = at + memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(found) == Some(&b'"') {
            return Some(Part::new(from + 2, from + 2 + found));
        }
        at = found + 2;
    }
}

/// Method, path, query, url and protocol.
fn request_parts(line: &[u8], request: Part) -> [Option<Part>; 5] {
    let text = request.of(line);
    let is_method =
        |text: &[u8]| text.len() <= 20 && text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-');
    let Some(space) = memchr(b' ', text).filter(|&space| space > 0) else { return [None; 5] };
    if !text.get(..space).is_some_and(is_method) {
        return [None; 5];
    }
    let method = Part::new(request.from, request.from + space);
    let url_from = method.to + 1;
    // A path may hold spaces; a request before HTTP/1.0 has no protocol.
    let protocol = memrchr(b' ', text)
        .filter(|&last| last > space && text.get(last + 1..).is_some_and(|text| text.starts_with(b"HTTP/")))
        .map(|last| Part::new(request.from + last + 1, request.to));
    let url = Part::new(url_from, protocol.map_or(request.to, |protocol| protocol.from - 1));
    let question = memchr(b'?', url.of(line)).map(|question| url.from + question);
    let path = Part::new(url.from, question.unwrap_or(url.to));
    let query = question.map(|question| Part::new(question + 1, url.to));
    [Some(method), Some(path), query, Some(url), protocol]
}

/// Writes `raw` with the escapes of Apache and nginx replaced; what is no escape stays as it is.
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

    /// The given columns of one line, `-` for what is missing.
    fn read(line: &[u8], wanted: &str) -> Result<Vec<String>, String> {
        let wanted: Vec<String> = wanted.split(' ').map(str::to_owned).collect();
        let mut rows = AccessLogRows::new(&wanted, 1000).unwrap();
        let block = Block { bytes: line, first_line: 1, inside_line: false };
        let mut result = None;
        rows.read(&block, &mut |row| {
            let show = |fields: Fields<'_>, n| match fields.field(n) {
                Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => "(missing)".to_owned(),
            };
            result = Some(match row.fields {
                Ok(fields) => Ok((0..wanted.len()).map(|n| show(fields, n)).collect()),
                Err(problem) => Err(problem.to_string()),
            });
            ControlFlow::Break(())
        });
        result.unwrap()
    }

    #[test]
    fn the_combined_format_has_all_columns() {
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
    fn a_dash_is_missing() {
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
    fn escapes_are_undone_where_that_gives_text() {
        let line = br#"h - a b [t] "GET /\"q\" HTTP/1.1" 200 1 "\\ \z" "caf\xc3\xa9 \xff" "more""#;
        assert_eq!(
            read(line, "user path referer agent").unwrap(),
            ["a b", "/\"q\"", "\\ \\z", "caf\\xc3\\xa9 \\xff"]
        );
        let line = br#"h - - [t] "GET / HTTP/1.1" 200 1 "" "caf\xc3\xa9""#;
        assert_eq!(read(line, "referer agent").unwrap(), ["", "café"]);
    }

    #[test]
    fn a_request_that_is_none_is_missing() {
        for request in [r"", r"-", r"\x16\x03\x01 x", r"quit", r" / HTTP/1.1", r"get / HTTP/1.1"] {
            let line = format!("h - - [t] \"{request}\" 400 0 \"-\" \"x\"");
            let fields = read(line.as_bytes(), "method path url protocol status agent").unwrap();
            assert_eq!(fields, ["(missing)", "(missing)", "(missing)", "(missing)", "400", "x"], "{request}");
        }
        let old = read(b"h - - [t] \"GET /a b\" 200 5", "method path protocol").unwrap();
        assert_eq!(old, ["GET", "/a b", "(missing)"]);
    }

    #[test]
    fn other_lines_are_refused_with_the_reason() {
        let check = |line: &str, reason: &str| {
            let error = read(line.as_bytes(), "host").unwrap_err();
            assert!(
                error.starts_with("not an access log line: ") && error.contains(reason),
                "{line}: {error}"
            );
        };
        check("nonsense", "no space");
        check("host only", "nothing after the host");
        check("h - -", "no [time]");
        check("h - - [t", "not closed");
        check("h - - [t] GET", "no \"request\"");
        check("h - - [t] \"GET / HTTP/1.1\\\" 200 1", "no \"request\"");
        check("h - - [t] \"GET / HTTP/1.1\" OK 1", "no status");
        check("h - - [t] \"GET / HTTP/1.1\" 2001 1", "no status");
        check("h - - [t] \"GET / HTTP/1.1\"", "no status");
        check("h - - [t] \"GET / HTTP/1.1\" 200 x", "not a number");
        check("e.com:80 1.2.3.4 - - [t] \"GET / HTTP/1.1\" 200 1", "vhost_combined");
    }

    #[test]
    fn a_cut_of_a_line_at_any_byte_does_no_harm() {
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
