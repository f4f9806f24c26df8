//! `staste import`: counts the rows of files.

mod column_arguments;
mod command;
mod format_arguments;
mod import_context;

pub(super) use command::ImportArguments;
