//! `Row`: one record of a block with its requested fields, or its error.

use std::fmt;

/// One record.
pub(crate) struct Row<'a> {
    /// The number of the line in which the record starts, from 1.
    pub(crate) line: u64,
    /// The start of the record in the block.
    pub(crate) start: usize,
    /// The end of the record in the block, after its newline.
    pub(crate) end: usize,
    /// The fields, in the order of the request.
    pub(crate) fields: Result<Fields<'a>, RecordError>,
}

/// The fields of a well-formed record.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(super) spans: &'a [FieldSpan],
    pub(super) items: &'a [(usize, usize)],
    pub(super) block: &'a [u8],
    pub(super) scratch: &'a [u8],
}

/// The content of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// The field does not exist, or is null (NDJSON) or `-` (access logs).
    Missing,
    /// Text, an integer or a boolean.
    Text(&'a [u8]),
    /// A number with a fraction or an exponent, as written.
    Float(&'a [u8]),
    /// A list of strings.
    List(List<'a>),
    /// An object, or a list of other values than strings.
    Nested,
}

/// The strings of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List<'a> {
    items: &'a [(usize, usize)],
    scratch: &'a [u8],
}

/// The location of the content of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldSpan {
    Missing,
    /// Text in the block.
    Block(usize, usize),
    /// Text in the scratch.
    Scratch(usize, usize),
    /// A number in the scratch.
    Float(usize, usize),
    /// A range of the items, which are ranges of the scratch.
    List(usize, usize),
    Nested,
}

/// Why a record is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordError {
    /// The record is longer than this limit.
    TooLong(usize),
    /// The quote of a field is not closed within the limit.
    UnclosedQuote,
    /// The number of fields differs from the header.
    FieldCount { found: usize, expected: usize, starts_with_hash: bool },
    /// The line is not JSON.
    Json(String),
    /// The line is JSON but not an object.
    NotAnObject,
    /// The line is not one of an access log.
    NotAccessLog(&'static str),
    /// The line is not of the given format.
    NotOfFormat(String),
}

impl<'a> Fields<'a> {
    /// Returns the field of a requested column.
    #[inline]
    pub(crate) fn field(&self, index: usize) -> Field<'a> {
        let text = |bytes: &'a [u8], from, to| bytes.get(from..to).unwrap_or_default();
        match self.spans.get(index) {
            Some(&FieldSpan::Block(from, to)) => Field::Text(text(self.block, from, to)),
            Some(&FieldSpan::Scratch(from, to)) => Field::Text(text(self.scratch, from, to)),
            Some(&FieldSpan::Float(from, to)) => Field::Float(text(self.scratch, from, to)),
            Some(&FieldSpan::List(from, to)) => Field::List(List {
                items: self.items.get(from..to).unwrap_or_default(),
                scratch: self.scratch,
            }),
            Some(FieldSpan::Nested) => Field::Nested,
            Some(FieldSpan::Missing) | None => Field::Missing,
        }
    }
}

impl<'a> Field<'a> {
    /// Returns the text, or the strings of the list.
    pub(super) fn texts(self) -> impl Iterator<Item = &'a [u8]> {
        let (text, list) = match self {
            Field::Text(text) | Field::Float(text) => (Some(text), None),
            Field::List(list) => (None, Some(list)),
            Field::Missing | Field::Nested => (None, None),
        };
        text.into_iter().chain(list.into_iter().flat_map(List::iter))
    }
}

impl<'a> List<'a> {
    /// Returns the strings in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.items.iter().map(move |&(from, to)| self.scratch.get(from..to).unwrap_or_default())
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::TooLong(limit) => write!(f, "the record is longer than {limit} bytes"),
            RecordError::UnclosedQuote => f.write_str("a quote that opens in this line is not closed"),
            RecordError::FieldCount { found, expected, starts_with_hash } => {
                write!(f, "expected {expected} fields, found {found}")?;
                f.write_str(if *starts_with_hash { "; if it is a comment, give --comment '#'" } else { "" })
            }
            RecordError::Json(problem) => write!(f, "not JSON: {problem}"),
            RecordError::NotAnObject => f.write_str("not a JSON object"),
            RecordError::NotOfFormat(problem) => write!(f, "not a line of the --log-format: {problem}"),
            RecordError::NotAccessLog(problem) => write!(f, "not an access log line: {problem}"),
        }
    }
}
