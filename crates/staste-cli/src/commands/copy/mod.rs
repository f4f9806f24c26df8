//! `staste copy`: copies metricas to another store and compares both.

mod command;
mod report;

pub(super) use command::CopyArguments;
