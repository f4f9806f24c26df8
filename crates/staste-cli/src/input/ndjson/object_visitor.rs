//! `read_object`: reads the requested fields of a JSON object without building the object.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::access_log::{RequestParts, TextPart, address_parts, request_parts};
use super::super::log_format::REQUEST_COLUMNS;
use super::super::row::RecordError;
use super::record_fields::RecordFields;

/// The keys to find in one object.
#[derive(Default)]
pub(super) struct FieldTree {
    /// Keys with the index of their field.
    fields: Vec<(String, usize)>,
    /// Keys of objects that contain requested fields.
    inner: Vec<(String, FieldTree)>,
}

impl FieldTree {
    pub(super) fn add(&mut self, path: &str, index: usize) {
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

/// Reads the requested fields of a JSON object.
pub(super) fn read_object(
    tree: &FieldTree,
    record: &mut RecordFields,
    json: &[u8],
) -> Result<(), RecordError> {
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
