//! The commands, one file or folder each, and [`Arguments`], the whole command line.

mod answer_reader;
mod arguments;
mod backup;
mod completions;
mod copy;
mod define;
mod demo;
mod export;
mod forget;
mod forget_selection;
mod import;
mod kick;
mod metricas;
mod query;
mod repair_clock;
mod serve;
mod show;
mod sql;
mod verify;
mod view_options;

pub(crate) use arguments::Arguments;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Result;

/// Declares the enum of all commands and their dispatch.
macro_rules! commands {
    ($($name:ident($arguments:ty),)*) => {
        /// A command with its arguments.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($name($arguments),)*
        }

        impl Command {
            /// Runs the command and returns its exit code.
            ///
            /// # Errors
            /// When the command ends early.
            pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
                match self {
                    $(Command::$name(arguments) => arguments.run(context),)*
                }
            }
        }
    };
}

commands! {
    Demo(demo::DemoArguments),
    Serve(serve::ServeArguments),
    Import(Box<import::ImportArguments>),
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
