//! `RecordFields`: the fields of one JSON object.

use serde_json::value::RawValue;

use super::super::json_log::JsonLog;
use super::super::row::{FieldSpan, RecordError};

/// The fields of the current record.
#[derive(Default)]
pub(super) struct RecordFields {
    pub(super) spans: Vec<FieldSpan>,
    pub(super) items: Vec<(usize, usize)>,
    pub(super) scratch: Vec<u8>,
    /// Whether any record so far has the field.
    pub(super) seen: Vec<bool>,
}

impl RecordFields {
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.spans.resize(self.seen.len(), FieldSpan::Missing);
        self.items.clear();
        self.scratch.clear();
    }

    /// Rejects a record that lacks a field which each record of the log has.
    pub(super) fn check_marks(
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
    pub(super) fn first_present(&self, fields: &[usize], is_log: bool) -> FieldSpan {
        let mut spans = fields.iter().filter_map(|field| self.spans.get(*field).copied());
        let is_present = |span: &FieldSpan| match *span {
            FieldSpan::Missing => false,
            FieldSpan::Scratch(from, to) if is_log => !matches!(self.scratch.get(from..to), Some(b"" | b"-")),
            _ => true,
        };
        spans.find(is_present).unwrap_or(FieldSpan::Missing)
    }

    /// Sets the value of a field.
    pub(super) fn set(&mut self, index: usize, json: &str) -> Result<(), serde_json::Error> {
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
    pub(super) fn set_text(&mut self, index: usize, text: &str) {
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
