//! `NdjsonReader`: reads the requested fields of newline-delimited JSON, one object per line.

use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::access_log::{RequestParts, TextPart, address_parts, request_parts};
use super::block_reader::Block;
use super::json_log::JsonLog;
use super::line_reader::for_each_line;
use super::log_format::REQUEST_COLUMNS;
use super::row::{FieldSpan, Fields, RecordError, Row};

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

/// The keys to find in one object.
#[derive(Default)]
struct FieldTree {
    /// Keys with the index of their field.
    fields: Vec<(String, usize)>,
    /// Keys of objects that contain requested fields.
    inner: Vec<(String, FieldTree)>,
}

/// The fields of the current record.
#[derive(Default)]
struct RecordFields {
    spans: Vec<FieldSpan>,
    items: Vec<(usize, usize)>,
    scratch: Vec<u8>,
    /// Whether any record so far has the field.
    seen: Vec<bool>,
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
                record.clear();
                read_object(root, record, line.text).and_then(|()| record.check_marks(marks, *log))
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

/// Returns the columns of the first line with their dotted names, in the order of the alphabet. Lists have their first
/// element only.
pub(super) fn first_record_columns(head: &[u8]) -> Vec<String> {
    let line = head.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut columns = Vec::new();
    if let Ok(record @ Value::Object(_)) = serde_json::from_slice(line) {
        add_columns(&record, "", &mut columns);
    }
    columns
}

fn add_columns(value: &Value, column: &str, columns: &mut Vec<String>) {
    let mut add_inner = |key: &str, value: &Value| {
        let inner = if column.is_empty() { key.to_owned() } else { format!("{column}.{key}") };
        add_columns(value, &inner, columns);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| add_inner(key, value)),
        Value::Array(list) => list.iter().take(1).for_each(|value| add_inner("0", value)),
        _ => columns.push(column.to_owned()),
    }
}

impl FieldTree {
    fn add(&mut self, path: &str, index: usize) {
        self.fields.push((path.to_owned(), index));
        if let Some((key, rest)) = path.split_once('.') {
            let found = self.inner.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                self.inner.push((key.to_owned(), FieldTree::default()));
                self.inner.len() - 1
            });
            if let Some((_, inner)) = self.inner.get_mut(found) {
                inner.add(rest, index);
            }
        }
    }
}

impl RecordFields {
    fn clear(&mut self) {
        self.spans.clear();
        self.spans.resize(self.seen.len(), FieldSpan::Missing);
        self.items.clear();
        self.scratch.clear();
    }

    /// Rejects a record that lacks a field which each record of the log has.
    fn check_marks(
        &self,
        marks: &[(usize, &'static str)],
        log: Option<&'static JsonLog>,
    ) -> Result<(), RecordError> {
        let is_missing =
            |field: &usize| self.spans.get(*field).is_none_or(|span| *span == FieldSpan::Missing);
        match (marks.iter().find(|(field, _)| is_missing(field)), log) {
            (Some((_, key)), Some(JsonLog { name, .. })) => {
                Err(RecordError::NotOfFormat(format!("it has no {key}, which each record of {name} has")))
            }
            _ => Ok(()),
        }
    }

    /// Returns the first field that is present. In logs, an empty text and `-` stand for a missing one.
    fn first_present(&self, fields: &[usize], is_log: bool) -> FieldSpan {
        let mut spans = fields.iter().filter_map(|field| self.spans.get(*field).copied());
        let is_present = |span: &FieldSpan| match *span {
            FieldSpan::Missing => false,
            FieldSpan::Scratch(from, to) if is_log => !matches!(self.scratch.get(from..to), Some(b"" | b"-")),
            _ => true,
        };
        spans.find(is_present).unwrap_or(FieldSpan::Missing)
    }

    /// Sets the value of a field.
    fn set(&mut self, index: usize, json: &str) -> Result<(), serde_json::Error> {
        let span = match json.as_bytes() {
            [b'"', ..] => self.text(json).map(|(from, to)| FieldSpan::Scratch(from, to))?,
            [b'[', ..] => self.list(json)?,
            [b'{', ..] => FieldSpan::Nested,
            b"null" => FieldSpan::Missing,
            b"-0" => self.copy("0", FieldSpan::Scratch),
            [b'-' | b'0'..=b'9', ..] if json.contains(['.', 'e', 'E']) => self.copy(json, FieldSpan::Float),
            _ => self.copy(json, FieldSpan::Scratch),
        };
        if let (Some(field), Some(seen)) = (self.spans.get_mut(index), self.seen.get_mut(index)) {
            *field = span;
            *seen = true;
        }
        Ok(())
    }

    /// Sets a field to a text.
    fn set_text(&mut self, index: usize, text: &str) {
        let span = self.copy(text, FieldSpan::Scratch);
        if let (Some(field), Some(seen)) = (self.spans.get_mut(index), self.seen.get_mut(index)) {
            *field = span;
            *seen = true;
        }
    }

    fn list(&mut self, json: &str) -> Result<FieldSpan, serde_json::Error> {
        let first = self.items.len();
        for item in serde_json::from_str::<Vec<&RawValue>>(json)? {
            if !item.get().starts_with('"') {
                return Ok(FieldSpan::Nested);
            }
            let place = self.text(item.get())?;
            self.items.push(place);
        }
        Ok(FieldSpan::List(first, self.items.len()))
    }

    /// Copies the text of a JSON string to the scratch.
    fn text(&mut self, json: &str) -> Result<(usize, usize), serde_json::Error> {
        Ok(match unescaped_text(json) {
            Some(text) => self.copy(text, |from, to| (from, to)),
            None => self.copy(&serde_json::from_str::<String>(json)?, |from, to| (from, to)),
        })
    }

    fn copy<T>(&mut self, text: &str, place: impl FnOnce(usize, usize) -> T) -> T {
        let from = self.scratch.len();
        self.scratch.extend_from_slice(text.as_bytes());
        place(from, self.scratch.len())
    }
}

/// Returns the text of a JSON string that has no escapes.
fn unescaped_text(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

/// Reads the requested fields of a JSON object.
fn read_object(tree: &FieldTree, record: &mut RecordFields, json: &[u8]) -> Result<(), RecordError> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return match serde_json::from_slice::<IgnoredAny>(json) {
            Ok(_) => Err(RecordError::NotAnObject),
            Err(error) => Err(malformed(&error)),
        };
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = ObjectVisitor { tree, record }.deserialize(&mut deserializer);
    read.and_then(|()| deserializer.end()).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> RecordError {
    // The line is always 1, so only the column is reported.
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or_default();
    RecordError::Json(format!("{problem} at column {}", error.column()))
}

/// Reads the keys of a tree from an object.
struct ObjectVisitor<'a, 'record> {
    tree: &'a FieldTree,
    record: &'record mut RecordFields,
}

impl<'de> DeserializeSeed<'de> for ObjectVisitor<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(KeyVisitor(self.tree))? {
            if found == (None, None) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?.get();
            if let Some(index) = found.0 {
                self.record.set(index, value).map_err(A::Error::custom)?;
            }
            if let Some((_, tree)) = found.1.and_then(|inner| self.tree.inner.get(inner)) {
                read_inner(tree, self.record, value).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

/// Reads the requested fields in a value: those of an object, the elements of a list by their positions, and the parts of a
/// request line.
fn read_inner(tree: &FieldTree, record: &mut RecordFields, value: &str) -> Result<(), serde_json::Error> {
    match value.as_bytes() {
        [b'{', ..] => {
            let mut inner = serde_json::Deserializer::from_str(value);
            ObjectVisitor { tree, record }.deserialize(&mut inner)
        }
        [b'[', ..] => {
            for (position, element) in serde_json::from_str::<Vec<&RawValue>>(value)?.into_iter().enumerate()
            {
                let position = position.to_string();
                if let Some((_, index)) = tree.fields.iter().find(|(name, _)| *name == position) {
                    record.set(*index, element.get())?;
                }
                if let Some((_, tree)) = tree.inner.iter().find(|(name, _)| *name == position) {
                    read_inner(tree, record, element.get())?;
                }
            }
            Ok(())
        }
        [b'"', ..] => {
            let text: String = serde_json::from_str(value)?;
            let RequestParts(parts) = request_or_address_parts(&text);
            for (name, part) in REQUEST_COLUMNS.iter().zip(parts) {
                let field = tree.fields.iter().find(|(field, _)| field == name);
                let text = part.and_then(|part| text.get(part.range().0..part.range().1));
                if let (Some((_, index)), Some(text)) = (field, text) {
                    record.set_text(*index, text);
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Returns the parts of a request line, or of an address.
fn request_or_address_parts(text: &str) -> RequestParts {
    let whole = TextPart::new(0, text.len());
    if text == "*" || ["/", "http://", "https://"].iter().any(|start| text.starts_with(start)) {
        let (path, query) = address_parts(text.as_bytes(), whole);
        return RequestParts([None, Some(path), query, Some(whole), None]);
    }
    request_parts(text.as_bytes(), whole)
}

/// Finds the index of a key among the fields and among the inner objects of a tree.
struct KeyVisitor<'a>(&'a FieldTree);

impl<'de> DeserializeSeed<'de> for KeyVisitor<'_> {
    type Value = (Option<usize>, Option<usize>);

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyVisitor<'_> {
    type Value = (Option<usize>, Option<usize>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let field = self.0.fields.iter().find(|(name, _)| name == key).map(|(_, index)| *index);
        let inner = self.0.inner.iter().position(|(name, _)| name == key);
        Ok((field, inner))
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Field;
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
    fn columns_of_the_first_record_have_dotted_names() {
        let head = b"\n{\"b\":{\"x\":[\"1\",\"2\"],\"y\":null},\"a\":1}\n{\"c\":1}\n";
        assert_eq!(first_record_columns(head), ["a", "b.x.0", "b.y"]);
        assert!(first_record_columns(b"nope").is_empty() && first_record_columns(b"[1]").is_empty());
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
        assert!(
            rows[3].as_ref().is_err_and(|error| error.starts_with("5: not JSON: invalid unicode")),
            "{rows:?}"
        );
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
