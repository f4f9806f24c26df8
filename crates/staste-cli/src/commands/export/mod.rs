//! `staste export`: writes cells or a series to a file or standard output.

mod cell_writer;
mod command;

pub(super) use command::ExportArguments;
