//! The commands, one a file.

mod backup;
mod completions;
mod copy;
mod define;
mod definition_arguments;
mod demo;
mod export;
mod forget;
mod import;
mod kick;
mod metricas;
mod query;
mod repair_clock;
mod serve;
mod show;
mod sql;
mod verify;

pub use copy::copy_command;
pub(crate) use definition_arguments::{DefinitionArguments, kind, week_start};

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Result;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::DemoArguments),
    Serve(serve::ServeArguments),
    Import(import::ImportArguments),
    Query(query::QueryArguments),
    Sql(sql::SqlArguments),
    Kick(kick::KickArguments),
    Metricas(metricas::MetricasArguments),
    Show(show::ShowArguments),
    Define(define::DefineArguments),
    Export(export::ExportArguments),
    Forget(forget::ForgetArguments),
    Copy(copy::CopyArguments),
    Backup(backup::BackupArguments),
    Verify(verify::VerifyArguments),
    RepairClock(repair_clock::RepairClockArguments),
    Completions(completions::CompletionsArguments),
}

impl Command {
    /// Does it; the exit code.
    ///
    /// # Errors
    /// Why it ended early.
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        match self {
            Command::Demo(arguments) => arguments.run(context),
            Command::Serve(arguments) => arguments.run(context),
            Command::Import(arguments) => arguments.run(context),
            Command::Query(arguments) => arguments.run(context),
            Command::Sql(arguments) => arguments.run(context),
            Command::Kick(arguments) => arguments.run(context),
            Command::Metricas(arguments) => arguments.run(context),
            Command::Show(arguments) => arguments.run(context),
            Command::Define(arguments) => arguments.run(context),
            Command::Export(arguments) => arguments.run(context),
            Command::Copy(arguments) => arguments.run(context),
            Command::Forget(arguments) => arguments.run(context),
            Command::Backup(arguments) => arguments.run(context),
            Command::Verify(arguments) => arguments.run(context),
            Command::RepairClock(arguments) => arguments.run(context),
            Command::Completions(arguments) => arguments.run(context),
        }
    }
}
