//! `Row`: one record of a block with the fields that were asked for, or what is wrong with it.

use std::fmt;

/// One record.
pub(crate) struct Row<'a> {
    /// The number of the line it starts in, from 1.
    pub(crate) line: u64,
    /// Where it starts in the block.
    pub(crate) start: usize,
    /// Where it ends in the block, its newline included.
    pub(crate) end: usize,
    /// Its fields, in the order they were asked for.
    pub(crate) fields: Result<Fields<'a>, Malformed>,
}

/// The fields of a well-formed record.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(super) spans: &'a [Span],
    pub(super) items: &'a [(usize, usize)],
    pub(super) block: &'a [u8],
    pub(super) scratch: &'a [u8],
}

/// The content of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// The record has no such field, or it is null or `-`.
    Missing,
    /// Text, an integer or a boolean.
    Text(&'a [u8]),
    /// A number with a fraction or an exponent, as it was written.
    Float(&'a [u8]),
    /// A list of texts.
    List(List<'a>),
    /// A list that holds something else than texts, or an object.
    Nested,
}

/// The texts of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List<'a> {
    items: &'a [(usize, usize)],
    scratch: &'a [u8],
}

/// Where the content of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Missing,
    /// A text in the block.
    Block(usize, usize),
    /// A text in the scratch.
    Scratch(usize, usize),
    /// A number in the scratch.
    Float(usize, usize),
    /// A range of the items, which are ranges of the scratch.
    List(usize, usize),
    Nested,
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The record is longer than the limit, which is given.
    TooLong(usize),
    /// A quoted field is not closed, or not within the limit.
    UnclosedQuote,
    /// The record has another number of fields than the header.
    FieldCount { found: usize, expected: usize },
    /// The line is not JSON.
    Json(String),
    /// The line is JSON but not an object.
    NotAnObject,
    /// The line is not one of an access log.
    NotAccessLog(&'static str),
}

impl<'a> Fields<'a> {
    /// The field at `index` of the columns asked for.
    pub(crate) fn field(&self, index: usize) -> Field<'a> {
        let text = |bytes: &'a [u8], from, to| bytes.get(from..to).unwrap_or_default();
        match self.spans.get(index) {
            Some(&Span::Block(from, to)) => Field::Text(text(self.block, from, to)),
            Some(&Span::Scratch(from, to)) => Field::Text(text(self.scratch, from, to)),
            Some(&Span::Float(from, to)) => Field::Float(text(self.scratch, from, to)),
            Some(&Span::List(from, to)) => Field::List(List {
                items: self.items.get(from..to).unwrap_or_default(),
                scratch: self.scratch,
            }),
            Some(Span::Nested) => Field::Nested,
            Some(Span::Missing) | None => Field::Missing,
        }
    }
}

impl<'a> List<'a> {
    /// The texts in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.items.iter().map(move |&(from, to)| self.scratch.get(from..to).unwrap_or_default())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::TooLong(limit) => write!(f, "the record is longer than {limit} bytes"),
            Malformed::UnclosedQuote => f.write_str("a quoted field that opens in this line is not closed"),
            Malformed::FieldCount { found, expected } => {
                let fields = if *found == 1 { "field" } else { "fields" };
                write!(f, "{found} {fields} where the header has {expected}")
            }
            Malformed::Json(problem) => write!(f, "not JSON: {problem}"),
            Malformed::NotAnObject => f.write_str("not a JSON object"),
            Malformed::NotAccessLog(problem) => write!(f, "not an access log line: {problem}"),
        }
    }
}
