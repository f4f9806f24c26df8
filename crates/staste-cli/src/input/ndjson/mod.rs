//! NDJSON: the records of a file, their fields, and the columns of the first one.

mod first_record;
mod object_visitor;
mod reader;
mod record_fields;

pub(super) use first_record::first_record_columns;
pub(crate) use reader::NdjsonReader;
