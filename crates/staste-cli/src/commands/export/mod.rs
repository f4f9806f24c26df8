//! `staste export`: writes cells or a series to a file or standard output.

mod command;
mod row_writer;

pub(super) use command::ExportArguments;
