//! `LogFormatReader`: reads the requested columns of access log lines of a given format.

use std::ops::ControlFlow;

use memchr::{memchr, memmem};

use super::access_log::{RequestParts, TextPart, find_quote, is_method, request_parts};
use super::block_reader::Block;
use super::column_index::{ColumnError, column_indexes};
use super::line_reader::for_each_line;
use super::log_format::{LogFormat, Part};
use super::log_line_start::host_part;
use super::row::{FieldSpan, Fields, RecordError, Row};

/// Reads lines of a format.
pub(crate) struct LogFormatReader {
    format: LogFormat,
    /// The index of each requested column.
    indexes: Vec<usize>,
    max_record_bytes: usize,
    found: Vec<Option<TextPart>>,
    spans: Vec<FieldSpan>,
    scratch: Vec<u8>,
}

impl LogFormatReader {
    /// Returns a reader of the given columns, for records up to `max_record_bytes`.
    ///
    /// # Errors
    /// When the format has no such column.
    pub(crate) fn new(
        format: &LogFormat,
        requested: &[String],
        max_record_bytes: usize,
    ) -> Result<LogFormatReader, ColumnError> {
        let indexes = column_indexes(format.columns(), requested)?;
        let found = vec![None; format.columns().len()];
        let (spans, scratch) = (Vec::new(), Vec::new());
        Ok(LogFormatReader { format: format.clone(), indexes, max_record_bytes, found, spans, scratch })
    }

    /// Calls `each` for the records of a block until it breaks. Returns the end of the last record, or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let LogFormatReader { format, indexes, max_record_bytes, found, spans, scratch } = self;
        for_each_line(block, *max_record_bytes, |line| {
            if format.has_directives && line.text.starts_with(b"#") {
                return ControlFlow::Continue(());
            }
            spans.clear();
            scratch.clear();
            let result = if line.is_too_long {
                Err(RecordError::TooLong(*max_record_bytes))
            } else {
                parse(format, line.text, found).map_err(RecordError::NotOfFormat)
            };
            let fields = result.map(|()| {
                spans.extend(indexes.iter().map(|&index| {
                    let Some(part) = found.get(index).copied().flatten() else { return FieldSpan::Missing };
                    if format.parts.contains(&Part::UtcTime(index)) {
                        return utc_time(line.text, part, scratch);
                    }
                    part.span(line.text, line.start, scratch)
                }));
                Fields { spans, items: &[], block: block.bytes, scratch }
            });
            each(Row { line: line.number, start: line.start, end: line.end, fields })
        })
    }
}

/// Finds the columns of a line.
fn parse(format: &LogFormat, line: &[u8], found: &mut [Option<TextPart>]) -> Result<(), String> {
    found.fill(None);
    let mut at = 0;
    let mut parts = format.parts.iter();
    let mut is_quoted = false;
    let mut set = |index: usize, part: TextPart| {
        if let Some(slot) = found.get_mut(index) {
            *slot = part.present(line);
        }
    };
    while let Some(part) = parts.next() {
        let rest = line.get(at..).unwrap_or_default();
        let index = match part {
            Part::Literal(literal) => {
                if !rest.starts_with(literal) {
                    let expected = String::from_utf8_lossy(literal);
                    return Err(format!("expected {expected:?} at byte {}", at + 1));
                }
                at += literal.len();
                is_quoted = literal.ends_with(b"\"");
                continue;
            }
            Part::BracketedTime(index) => {
                let end = memchr(b']', rest).filter(|_| rest.starts_with(b"[")).ok_or("expected [time]")?;
                set(*index, TextPart::new(at + 1, at + end));
                at += end + 1;
                continue;
            }
            Part::UtcTime(index) => {
                // The date has ten bytes, and one separates it from the time.
                let time = rest.get(11..).ok_or("expected a date and a time")?;
                let end = time.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(time.len());
                set(*index, TextPart::new(at, at + 11 + end));
                at += 11 + end;
                continue;
            }
            Part::Field(index) | Part::Host(index) | Part::Method(index) | Part::Request(index) => *index,
        };
        let mut ahead = parts.clone();
        let length = match (ahead.next(), ahead.next()) {
            (Some(Part::Literal(next)), _) if is_quoted && next.starts_with(b"\"") => find_quote(rest),
            // The name of a user can have blanks.
            (Some(Part::Literal(next)), Some(Part::BracketedTime(_))) => {
                field_end(rest, &[next, &b"["[..]].concat()).or_else(|| field_end(rest, next))
            }
            (Some(Part::Literal(next)), _) => field_end(rest, next),
            (Some(_), _) => None,
            // Text after the last field is ignored.
            (None, _) => {
                Some(rest.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(rest.len()))
            }
        };
        let name = format.columns().get(index).map_or("", String::as_str);
        let length = length.ok_or_else(|| format!("the line ends before the end of the field {name}"))?;
        let field = TextPart::new(at, at + length);
        at += length;
        match part {
            Part::Host(_) => {
                // The first of several forwarded addresses is that of the client.
                let (from, to) = field.range();
                let first = line.get(from..to).and_then(|hosts| memchr(b',', hosts));
                let (from, to) = host_part(line, (from, first.map_or(to, |length| from + length)))
                    .ok_or("expected an address or a host name in the column host")?;
                set(index, TextPart::new(from, to));
            }
            Part::Request(_) => {
                let RequestParts(parts) = request_parts(line, field);
                (index..).zip(parts).for_each(|(index, part)| {
                    if let Some(part) = part {
                        set(index, part);
                    }
                });
            }
            // As in a request line, the method of an invalid request is missing.
            Part::Method(_) if !is_method(field.of(line)) => {}
            _ => set(index, field),
        }
    }
    Ok(())
}

/// Writes a date and a time in UTC as one text.
fn utc_time(line: &[u8], part: TextPart, scratch: &mut Vec<u8>) -> FieldSpan {
    let (from, to) = part.range();
    let start = scratch.len();
    scratch.extend_from_slice(line.get(from..from + 10).unwrap_or_default());
    scratch.push(b'T');
    scratch.extend_from_slice(line.get(from + 11..to).unwrap_or_default());
    scratch.push(b'Z');
    FieldSpan::Scratch(start, scratch.len())
}

/// Returns the end of a field before a text. A list of addresses has blanks after its commas.
fn field_end(rest: &[u8], next: &[u8]) -> Option<usize> {
    let is_in_list =
        |at: usize| next.starts_with(b" ") && rest.get(..at).is_some_and(|field| field.ends_with(b","));
    memmem::find_iter(rest, next).find(|at| !is_in_list(*at))
}

#[cfg(test)]
mod tests {
    use super::super::row::Field;
    use super::*;

    fn read(format: &str, line: &str, columns: &str) -> Result<Vec<String>, String> {
        let columns: Vec<String> = columns.split(' ').map(str::to_owned).collect();
        let format = LogFormat::parse(format).unwrap();
        let mut rows = LogFormatReader::new(&format, &columns, 1000).unwrap();
        let block = Block { bytes: line.as_bytes(), first_line: 1, is_inside_line: false };
        let mut result = None;
        rows.read(&block, &mut |row| {
            let show = |fields: &Fields<'_>, n| match fields.field(n) {
                Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => "(missing)".to_owned(),
            };
            result = Some(match &row.fields {
                Ok(fields) => Ok((0..columns.len()).map(|n| show(fields, n)).collect()),
                Err(error) => Err(error.to_string()),
            });
            ControlFlow::Break(())
        });
        result.unwrap()
    }

    #[test]
    fn line_of_a_named_format_is_read() {
        let vhost = r#"example.com:443 203.0.113.1 - frank [10/Oct/2023:13:55:36 +0000] "GET /a?b=1 HTTP/1.1" 200 512 "-" "M \"x\"""#;
        assert_eq!(
            read("vhost_combined", vhost, "vhost port host user time path query status bytes referer agent")
                .unwrap(),
            [
                "example.com",
                "443",
                "203.0.113.1",
                "frank",
                "10/Oct/2023:13:55:36 +0000",
                "/a",
                "b=1",
                "200",
                "512",
                "(missing)",
                "M \"x\""
            ]
        );
        let alb = r#"https 2023-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2"#;
        assert_eq!(
            read("alb", alb, "host time status bytes url agent").unwrap(),
            [
                "192.168.131.39",
                "2023-07-02T22:23:00.186641Z",
                "200",
                "57",
                "https://www.example.com:443/a",
                "curl/7.46.0"
            ]
        );
    }

    #[test]
    fn line_of_a_given_format_is_read() {
        let format =
            r#"[$time_iso8601] $remote_addr "$request" $status rt=${request_time}s up=$upstream_addr"#;
        let line = r#"[2023-10-10T13:55:36+00:00] 2001:db8::1 "POST / HTTP/2.0" 204 rt=0.012s up=10.0.0.1:80, 10.0.0.2:80"#;
        assert_eq!(
            read(format, line, "time host method status request_time upstream_addr").unwrap(),
            ["2023-10-10T13:55:36+00:00", "2001:db8::1", "POST", "204", "0.012", "10.0.0.1:80,"]
        );
        let forwarded = r#"203.0.113.7, 10.0.0.1 200"#;
        assert_eq!(read("%h %s", "203.0.113.7 200", "host status").unwrap(), ["203.0.113.7", "200"]);
        assert_eq!(read("%h %s", forwarded, "host status").unwrap(), ["203.0.113.7", "200"]);
    }

    #[test]
    fn extended_log_format_is_read_by_its_directives() {
        let iis = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2023-11-14 00:00:00\n\
                   #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken\n\
                   2023-11-14 10:00:01 10.0.0.1 GET /a b=1 443 - 203.0.113.1 Mozilla/5.0+(X) 200 15\n";
        let cloudfront = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status\n\
                          2023-11-14\t10:00:01\tLHR61\t2390\t203.0.113.1\tGET\td1.cloudfront.net\t/a\t200\n";
        for (log, columns, expected) in [
            (
                iis,
                "time host method path query status time-taken user",
                "2023-11-14T10:00:01Z 203.0.113.1 GET /a b=1 200 15 -",
            ),
            (
                cloudfront,
                "time host method path status bytes cs(Host)",
                "2023-11-14T10:00:01Z 203.0.113.1 GET /a 200 2390 d1.cloudfront.net",
            ),
        ] {
            let format = LogFormat::from_directives(log.as_bytes()).unwrap();
            let columns: Vec<String> = columns.split(' ').map(str::to_owned).collect();
            let mut rows = LogFormatReader::new(&format, &columns, 1000).unwrap();
            let block = Block { bytes: log.as_bytes(), first_line: 1, is_inside_line: false };
            let mut all = Vec::new();
            rows.read(&block, &mut |row| {
                let fields = row.fields.unwrap();
                let text = |n| match fields.field(n) {
                    Field::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    _ => "-".to_owned(),
                };
                all.push((0..columns.len()).map(text).collect::<Vec<_>>().join(" "));
                ControlFlow::Continue(())
            });
            assert_eq!(all, [expected]);
        }
        assert!(LogFormat::from_directives(b"#comment\na,b\n").is_none());
        assert!(LogFormat::from_directives(b"a,b\n#Fields: c\n").is_none());
    }

    #[test]
    fn other_line_is_rejected_with_the_reason() {
        let check = |line: &str, words: &str| {
            let error = read(r#"%h %t "%r" %>s"#, line, "host").unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        };
        check("a/b [t] \"GET /\" 200", "an address or a host name");
        check("h t \"GET /\" 200", "expected [time]");
        check("h [t] GET / 200", "expected \" \\\"\" at byte");
        check("h [t] \"GET / 200", "ends before the end of the field method");
    }
}
