//! The input of `staste import`: from files to the choices, values and dates of kicks.
//!
//! [`InputStream`](input_stream::InputStream) decompresses a file. [`BlockReader`] splits its bytes into blocks of
//! complete records. [`RowReader`] reads the records of a block in one of three formats. [`InputFile`] combines these
//! three. [`RowMapper`] takes choices, value and date from a row according to a [`ColumnMapping`]. Nothing here uses a
//! Store.
//!
//! ```text
//! let mut input = InputFile::new(InputStream::open(path, None)?, &InputOptions::default())?;
//! let mapper = RowMapper::new(&mapping, input.format());
//! let mut rows = input.row_reader(&mapping.columns())?;
//! while let Some(block) = input.blocks().peek_block()? {
//!     let length = rows.read(&block, &mut |row| match row.fields.map(|fields| mapper.map(&fields)) { ... });
//!     input.blocks().consume(length);
//! }
//! ```

mod access_log;
mod block_reader;
mod bot_list;
mod column_index;
mod column_mapping;
mod condition;
mod csv;
mod date_parser;
mod detected_format;
mod docker_log;
mod input_file;
mod input_format;
mod input_options;
mod input_stream;
mod interruptible_reader;
mod json_list;
mod json_log;
mod line_reader;
mod live_reader;
mod log_format;
mod log_format_reader;
mod log_kind;
mod log_line_start;
mod ndjson;
mod number_format;
mod query_filter;
mod record_boundary;
mod row;
mod row_mapper;
mod user_agent_column;
mod utf16_reader;

pub(crate) use block_reader::BlockReader;
pub(crate) use column_mapping::{AxisColumn, ColumnMapping, NullAction, NullRule};
pub(crate) use condition::Condition;
pub(crate) use date_parser::{DATE_FORMATS, DateError, DateParser, EventTime};
pub(crate) use input_file::{InputFile, RowReader};
pub(crate) use input_format::{InputFormat, parse_comment, parse_delimiter};
pub(crate) use input_options::InputOptions;
pub(crate) use input_stream::InputStream;
pub(crate) use live_reader::LiveReader;
pub(crate) use log_kind::LogKind;
pub(crate) use number_format::{NumberFormat, number_format_hint};
pub(crate) use query_filter::QueryFilter;
pub(crate) use row::Fields;
pub(crate) use row_mapper::{MappedChoice, MappedRow, MappingError, RowMapper};
