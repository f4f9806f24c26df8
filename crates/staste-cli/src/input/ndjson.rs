//! `NdjsonRows`: the records of newline-delimited JSON, one object a line.

use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::block::Block;
use super::lines::for_each_line;
use super::row::{Fields, Malformed, Row, Span};

/// Reads JSON objects for the fields asked for; `user.country` is a key with a dot or a key in an object.
pub(crate) struct NdjsonRows {
    wanted: Vec<String>,
    longest: usize,
    root: Node,
    out: Out,
}

/// The keys looked for in one object.
#[derive(Default)]
struct Node {
    /// Keys whose value is the field at the index.
    fields: Vec<(String, usize)>,
    /// Keys of objects to look into.
    inner: Vec<(String, Node)>,
}

/// The fields of the record at hand.
#[derive(Default)]
struct Out {
    spans: Vec<Span>,
    items: Vec<(usize, usize)>,
    scratch: Vec<u8>,
    seen: Vec<bool>,
}

impl NdjsonRows {
    /// Rows with the fields `wanted`; records up to `longest` bytes.
    pub(crate) fn new(wanted: &[String], longest: usize) -> NdjsonRows {
        let mut root = Node::default();
        for (index, path) in wanted.iter().enumerate() {
            root.add(path, index);
        }
        let seen = vec![false; wanted.len()];
        NdjsonRows { wanted: wanted.to_vec(), longest, root, out: Out { seen, ..Out::default() } }
    }

    /// Calls `each` for the records of a block until it breaks; the end of the last record it was given,
    /// or of the block.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> usize {
        let NdjsonRows { root, out, longest, wanted } = self;
        for_each_line(block, *longest, |line| {
            let result = if line.too_long {
                Err(Malformed::TooLong(*longest))
            } else {
                out.clear(wanted.len());
                object(root, out, line.text)
            };
            let out = &*out;
            let fields = result.map(|()| Fields {
                spans: &out.spans,
                items: &out.items,
                block: block.bytes,
                scratch: &out.scratch,
            });
            each(Row { line: line.number, start: line.start, end: line.end, fields })
        })
    }

    /// The fields asked for that no record had so far: most likely misspelt.
    pub(crate) fn never_seen(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().zip(&self.out.seen).filter(|(_, seen)| !**seen).map(|(name, _)| name.as_str())
    }
}

impl Node {
    fn add(&mut self, path: &str, index: usize) {
        self.fields.push((path.to_owned(), index));
        if let Some((key, rest)) = path.split_once('.') {
            let found = self.inner.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                self.inner.push((key.to_owned(), Node::default()));
                self.inner.len() - 1
            });
            if let Some((_, inner)) = self.inner.get_mut(found) {
                inner.add(rest, index);
            }
        }
    }
}

impl Out {
    fn clear(&mut self, width: usize) {
        self.spans.clear();
        self.spans.resize(width, Span::Missing);
        self.items.clear();
        self.scratch.clear();
    }

    /// Notes the value of a field.
    fn put(&mut self, index: usize, json: &str) -> Result<(), serde_json::Error> {
        let span = match json.as_bytes() {
            [b'"', ..] => self.text(json).map(|(from, to)| Span::Scratch(from, to))?,
            [b'[', ..] => self.list(json)?,
            [b'{', ..] => Span::Nested,
            b"null" => Span::Missing,
            b"-0" => self.copy("0", Span::Scratch),
            [b'-' | b'0'..=b'9', ..] if json.contains(['.', 'e', 'E']) => self.copy(json, Span::Float),
            _ => self.copy(json, Span::Scratch),
        };
        if let (Some(field), Some(seen)) = (self.spans.get_mut(index), self.seen.get_mut(index)) {
            *field = span;
            *seen = true;
        }
        Ok(())
    }

    fn list(&mut self, json: &str) -> Result<Span, serde_json::Error> {
        let first = self.items.len();
        for item in serde_json::from_str::<Vec<&RawValue>>(json)? {
            if !item.get().starts_with('"') {
                return Ok(Span::Nested);
            }
            let place = self.text(item.get())?;
            self.items.push(place);
        }
        Ok(Span::List(first, self.items.len()))
    }

    /// Copies the text of a JSON string.
    fn text(&mut self, json: &str) -> Result<(usize, usize), serde_json::Error> {
        Ok(match plain(json) {
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

/// The text of a JSON string without escapes.
fn plain(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

/// Reads the object that `json` is.
fn object(node: &Node, out: &mut Out, json: &[u8]) -> Result<(), Malformed> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return match serde_json::from_slice::<IgnoredAny>(json) {
            Ok(_) => Err(Malformed::NotAnObject),
            Err(error) => Err(malformed(&error)),
        };
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = Object { node, out }.deserialize(&mut deserializer);
    read.and_then(|()| deserializer.end()).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> Malformed {
    // The line is always 1 here; the column is what helps.
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or_default();
    Malformed::Json(format!("{problem} at column {}", error.column()))
}

/// An object, of which the keys of a node are wanted.
struct Object<'a, 'out> {
    node: &'a Node,
    out: &'out mut Out,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(Key(self.node))? {
            if found == (None, None) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?.get();
            if let Some(index) = found.0 {
                self.out.put(index, value).map_err(A::Error::custom)?;
            }
            if let Some((_, node)) = found.1.and_then(|inner| self.node.inner.get(inner))
                && value.starts_with('{')
            {
                let mut inner = serde_json::Deserializer::from_str(value);
                Object { node, out: &mut *self.out }.deserialize(&mut inner).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

/// A key: the index of the field it is, and of the object to look into.
struct Key<'a>(&'a Node);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = (Option<usize>, Option<usize>);

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
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

    /// The fields of each row, or what is wrong with it.
    fn rows(text: &[u8], wanted: &[&str]) -> Vec<Result<String, String>> {
        let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
        let mut rows = NdjsonRows::new(&wanted, 1000);
        let block = Block { bytes: text, first_line: 1, inside_line: false };
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
                    Ok((0..wanted.len()).map(|n| show(fields.field(n))).collect::<Vec<_>>().join(" "))
                }
                Err(problem) => Err(format!("{}: {problem}", row.line)),
            });
            ControlFlow::Continue(())
        });
        assert_eq!(read, text.len());
        all
    }

    fn one(text: &str, wanted: &[&str]) -> String {
        rows(text.as_bytes(), wanted).remove(0).unwrap()
    }

    #[test]
    fn values_come_as_they_are_written() {
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
    fn dots_look_into_objects() {
        let line =
            r#"{"user":{"country":"NL","a":{"b":[1]},"x.y":"dot"},"user.name":"whole","u":null,"v":"text"}"#;
        let wanted = ["user.country", "user.a.b", "user.name", "user.x.y", "u.x", "v.x", "user"];
        assert_eq!(one(line, &wanted), r#""NL" nested "whole" "dot" - - nested"#);
    }

    #[test]
    fn lists_of_texts_are_lists() {
        assert_eq!(
            one(r#"{"p":["a","b\"",""],"q":[],"r":["a",1]}"#, &["p", "q", "r"]),
            r#"["a", "b\"", ""] [] nested"#
        );
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        let rows =
            rows(b"{\"a\":1}\n\n[1]\n{\"a\":\n{\"a\":\"\xff\"}\n{\"a\":1}x\r\nnope\n{\"a\":7}\r\n", &["a"]);
        assert_eq!(rows[0], Ok("\"1\"".to_owned()));
        assert_eq!(rows[1], Err("3: not a JSON object".to_owned()));
        assert_eq!(rows[2], Err("4: not JSON: EOF while parsing a value at column 5".to_owned()));
        assert!(
            rows[3].as_ref().is_err_and(|problem| problem.starts_with("5: not JSON: invalid unicode")),
            "{rows:?}"
        );
        assert_eq!(rows[4], Err("6: not JSON: trailing characters at column 8".to_owned()));
        assert!(rows[5].as_ref().is_err_and(|problem| problem.starts_with("7: not JSON: expected ident")));
        assert_eq!(rows[6], Ok("\"7\"".to_owned()));
    }

    #[test]
    fn deep_and_long_lines_are_refused() {
        let deep = format!("{{\"a\":{}", "[".repeat(900));
        assert!(rows(deep.as_bytes(), &["a"])[0].as_ref().is_err());
        let long = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(1000));
        let rows = rows(long.as_bytes(), &["a"]);
        assert_eq!(rows, [Err("1: the record is longer than 1000 bytes".to_owned()), Ok("\"1\"".to_owned())]);
    }

    #[test]
    fn misspelt_fields_are_told() {
        let mut rows = NdjsonRows::new(&["a".to_owned(), "b".to_owned()], 1000);
        let block = Block { bytes: b"{\"a\":1}\n", first_line: 1, inside_line: false };
        rows.read(&block, &mut |_| ControlFlow::Continue(()));
        assert_eq!(rows.never_seen().collect::<Vec<_>>(), ["b"]);
    }
}
