//! The input side of `staste import`: files of records to the texts of kicks.
//!
//! [`Stream`] decompresses, [`Blocks`] cuts its bytes into blocks of complete records, [`Rows`] reads the
//! records of a block in one of three formats, and [`RowMapper`] takes choices, value and date out of a row as
//! a [`Mapping`] says. [`Input`] puts the first three together for one file. Nothing here knows of Stores.
//!
//! ```text
//! let mut input = Input::open(path, &OpenOptions::default())?;
//! let picker = RowMapper::new(&mapping, input.format());
//! let mut rows = input.rows(&mapping.columns())?;
//! while let Some(block) = input.blocks().block()? {
//!     let read = rows.read(&block, &mut |row| match row.fields.map(|fields| picker.pick(&fields)) { ... });
//!     hash = ChainHash::next(hash, &block.bytes[..read]);
//!     input.blocks().consume(read);
//! }
//! ```

mod access_log;
mod block;
mod boundary;
mod chain_hash;
mod columns;
mod csv;
mod csv_field;
mod csv_header;
mod date;
mod format;
mod lines;
mod mapping;
mod ndjson;
mod open;
mod row;
mod row_mapper;
mod stream;
mod waiting;

pub(crate) use block::Blocks;
pub(crate) use chain_hash::ChainHash;
pub(crate) use date::{BadDate, DATE_FORMS, Dates, When};
pub(crate) use format::{Format, parse_delimiter};
pub(crate) use mapping::{AxisColumn, Mapping, NullAction, NullRule};
pub(crate) use open::{Input, OpenOptions, Rows};
pub(crate) use row::Fields;
pub(crate) use row_mapper::{Chosen, NotPicked, Picked, RowMapper};
