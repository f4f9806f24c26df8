//! The buckets and cells of a Metrica: finding, reading and writing them.

pub(crate) mod bucket;
pub(crate) mod cell_reader;
pub(crate) mod cell_writer;
