//! `NdjsonReader`: reads the requested fields of newline-delimited JSON, one object per line.

use std::ops::ControlFlow;

use super::super::access_log::escape_invalid;
use super::super::block_reader::Block;
use super::super::json_log::JsonLog;
use super::super::line_reader::for_each_line;
use super::super::row::{FieldSpan, Fields, RecordError, Row};
use super::object_visitor::{FieldTree, read_object};
use super::record_fields::RecordFields;

/// Reads fields of JSON objects. `user.country` is a key with a dot, or the key `country` in the object `user`;
/// `headers.Host.0` the first element of a list, `request.path` the path of a request line `GET /a HTTP/1.1` or of an
/// address.
pub(crate) struct NdjsonReader {
    requested: Vec<String>,
    /// The log, if the columns are those of access logs.
    log: Option<&'static JsonLog>,
    max_record_bytes: usize,
    root: FieldTree,
    record: RecordFields,
    /// The indexes of the fields that each requested column can be. The first one that a record has is taken.
    choices: Vec<Vec<usize>>,
    /// The indexes and keys of fields without which a record is not one of the log.
    marks: Vec<(usize, &'static str)>,
    /// The fields of the requested columns.
    spans: Vec<FieldSpan>,
}

impl NdjsonReader {
    /// Returns a reader of the requested fields, for records up to `max_record_bytes`. In a log, the columns of access logs
    /// are fields, too.
    pub(crate) fn new(
        requested: &[String],
        log: Option<&'static JsonLog>,
        max_record_bytes: usize,
    ) -> NdjsonReader {
        // Several columns can have the same key.
        let mut paths: Vec<String> = Vec::new();
        let mut add = |path: &str| {
            paths.iter().position(|known| known == path).unwrap_or_else(|| {
                paths.push(path.to_owned());
                paths.len() - 1
            })
        };
        let keys = |column| log.map_or_else(|| vec![column], |log| log.keys(column));
        let choices = requested
            .iter()
            .map(|column| keys(column.as_str()).into_iter().map(&mut add).collect())
            .collect();
        let marks = log.iter().flat_map(|log| log.marks).map(|&mark| (add(mark), mark)).collect();
        let mut root = FieldTree::default();
        for (index, path) in paths.iter().enumerate() {
            root.add(path, index);
        }
        let record = RecordFields { seen: vec![false; paths.len()], ..RecordFields::default() };
        NdjsonReader {
            requested: requested.to_vec(),
            log,
            max_record_bytes,
            root,
            record,
            choices,
            marks,
            spans: Vec::new(),
        }
    }

    /// Calls `each` for the records of a block until it breaks. Returns the end of the last record, or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let NdjsonReader { root, record, max_record_bytes, choices, marks, spans, log, .. } = self;
        for_each_line(block, *max_record_bytes, |line| {
            let result = if line.is_too_long {
                Err(RecordError::TooLong(*max_record_bytes))
            } else {
                let mut read = |text: &[u8]| {
                    record.clear();
                    read_object(root, record, text)
                };
                let result = read(line.text).or_else(|error| match str::from_utf8(line.text) {
                    Ok(_) => Err(error),
                    // Servers write the bytes of requests as they are.
                    Err(_) => {
                        let mut escaped = Vec::with_capacity(line.text.len() + 16);
                        escape_invalid(line.text, br"\\x", &mut escaped);
                        read(&escaped)
                    }
                });
                result.and_then(|()| record.check_marks(marks, *log))
            };
            let record = &*record;
            spans.clear();
            spans.extend(choices.iter().map(|fields| record.first_present(fields, log.is_some())));
            let fields = result.map(|()| Fields {
                spans,
                items: &record.items,
                block: block.bytes,
                scratch: &record.scratch,
            });
            each(Row { line: line.number, start: line.start, end: line.end, fields })
        })
    }

    /// Returns the requested fields that no record has had so far, most likely misspelt.
    pub(crate) fn missing_columns(&self) -> impl Iterator<Item = &str> {
        let is_seen = |field: &usize| self.record.seen.get(*field) == Some(&true);
        let columns = self.requested.iter().zip(&self.choices);
        columns.filter(move |(_, fields)| !fields.iter().any(is_seen)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::row::Field;
    use super::*;

    #[test]
    fn elements_of_lists_and_parts_of_request_lines_are_fields() {
        let caddy =
            br#"{"request":{"headers":{"User-Agent":["curl","x"],"Via":[]}},"line":"GET /a?b=1 HTTP/1.1"}"#;
        assert_eq!(
            one(
                r#"{"u":"/a?b=1","v":"https://e.com/?c","w":"*"}"#,
                &["u.path", "u.query", "u.method", "v.path", "w.path"]
            ),
            r#""/a" "b=1" - "https://e.com/" "*""#
        );
        let columns = [
            "request.headers.User-Agent.0",
            "request.headers.Via.0",
            "line.method",
            "line.path",
            "line.query",
            "line.status",
        ];
        assert_eq!(rows(caddy, &columns), [Ok(r#""curl" - "GET" "/a" "b=1" -"#.to_owned())]);
    }

    /// Reads the fields of each row, or its error.
    fn rows(text: &[u8], columns: &[&str]) -> Vec<Result<String, String>> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let mut rows = NdjsonReader::new(&columns, None, 1000);
        let block = Block { bytes: text, first_line: 1, is_inside_line: false };
        let mut all = Vec::new();
        let read = rows.read(&block, &mut |row| {
            let show = |field| match field {
                Field::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
                Field::List(list) => {
                    format!("{:?}", list.iter().map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>())
                }
                Field::Float(text) => format!("float {}", String::from_utf8_lossy(text)),
                Field::Missing => "-".to_owned(),
                Field::Nested => "nested".to_owned(),
            };
            all.push(match row.fields {
                Ok(fields) => {
                    Ok((0..columns.len()).map(|n| show(fields.field(n))).collect::<Vec<_>>().join(" "))
                }
                Err(error) => Err(format!("{}: {error}", row.line)),
            });
            ControlFlow::Continue(())
        });
        assert_eq!(read, text.len());
        all
    }

    fn one(text: &str, columns: &[&str]) -> String {
        rows(text.as_bytes(), columns).remove(0).unwrap()
    }

    #[test]
    fn value_is_the_text_of_the_json_value() {
        let line =
            r#"{"s":"x\u00e9\n","i":-9223372036854775808,"u":18446744073709551615,"z":-0,"t":true,"n":null}"#;
        assert_eq!(
            one(line, &["s", "i", "u", "z", "t", "n", "none"]),
            r#""xé\n" "-9223372036854775808" "18446744073709551615" "0" "true" - -"#
        );
        assert_eq!(
            one(r#" { "a" : "" , "f" : 1.50, "e":1e3 } "#, &["a", "f", "e"]),
            r#""" float 1.50 float 1e3"#
        );
        assert_eq!(one(r#"{"a":"é","b":"\ud83d\ude00"}"#, &["a", "b"]), r#""é" "😀""#);
        assert_eq!(one(r#"{"a":1,"a":2}"#, &["a"]), r#""2""#, "the last of equal keys");
    }

    #[test]
    fn dotted_column_is_a_key_or_a_field_of_an_inner_object() {
        let line =
            r#"{"user":{"country":"NL","a":{"b":[1]},"x.y":"dot"},"user.name":"whole","u":null,"v":"text"}"#;
        let columns = ["user.country", "user.a.b", "user.name", "user.x.y", "u.x", "v.x", "user"];
        assert_eq!(one(line, &columns), r#""NL" nested "whole" "dot" - - nested"#);
    }

    #[test]
    fn list_of_strings_is_a_list() {
        assert_eq!(
            one(r#"{"p":["a","b\"",""],"q":[],"r":["a",1]}"#, &["p", "q", "r"]),
            r#"["a", "b\"", ""] [] nested"#
        );
    }

    #[test]
    fn line_that_is_not_an_object_is_rejected() {
        let rows =
            rows(b"{\"a\":1}\n\n[1]\n{\"a\":\n{\"a\":\"\xff\"}\n{\"a\":1}x\r\nnope\n{\"a\":7}\r\n", &["a"]);
        assert_eq!(rows[0], Ok("\"1\"".to_owned()));
        assert_eq!(rows[1], Err("3: not a JSON object".to_owned()));
        assert_eq!(rows[2], Err("4: not JSON: EOF while parsing a value at column 5".to_owned()));
        assert_eq!(rows[3], Ok(format!("{:?}", "\\xff")), "a byte that is not UTF-8");
        assert_eq!(rows[4], Err("6: not JSON: trailing characters at column 8".to_owned()));
        assert!(rows[5].as_ref().is_err_and(|error| error.starts_with("7: not JSON: expected ident")));
        assert_eq!(rows[6], Ok("\"7\"".to_owned()));
    }

    #[test]
    fn deep_or_long_line_is_rejected() {
        let deep = format!("{{\"a\":{}", "[".repeat(900));
        assert!(rows(deep.as_bytes(), &["a"])[0].as_ref().is_err());
        let long = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(1000));
        let rows = rows(long.as_bytes(), &["a"]);
        assert_eq!(rows, [Err("1: the record is longer than 1000 bytes".to_owned()), Ok("\"1\"".to_owned())]);
    }

    #[test]
    fn column_that_no_row_has_is_reported() {
        let mut rows = NdjsonReader::new(&["a".to_owned(), "b".to_owned()], None, 1000);
        let block = Block { bytes: b"{\"a\":1}\n", first_line: 1, is_inside_line: false };
        rows.read(&block, &mut |_| ControlFlow::Continue(()));
        assert_eq!(rows.missing_columns().collect::<Vec<_>>(), ["b"]);
    }
}
