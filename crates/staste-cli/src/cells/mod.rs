//! The cells of a Metrica, read for export: the full points of each bucket of the finest scale that is kept.

mod own;
mod reader;
mod spans;

pub(crate) use reader::{CellReader, Point};
