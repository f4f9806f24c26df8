//! `staste copy`: brings metricas from one store to another, and compares both.

mod command_line;
mod report;

use std::ops::ControlFlow;
use std::sync::Arc;

use clap::Args;
use staste::{Address, Axis, CopyPhase, CopyReport, MemoryStore, Metrica, Staste};

pub use self::command_line::copy_command;
use self::report::Report;
use super::define::axes;
use super::definition_arguments::caps;
use crate::context::{Context, handle, known};
use crate::failure::{DONE, Failure, INTERRUPTED, Result};
use crate::interrupt::Interrupt;
use crate::output::ReportFormat;
use crate::progress::Steps;

/// Copy metricas to another store, with a further axis if wanted
#[derive(Args, Debug)]
#[command(
    after_help = "Everything comes over: definitions, the counts of every scale that is kept, choices in their order, and the \
record of what was imported, so that imports go on at the other store. Then both are compared, cell by cell, and \
the sums of the copy are proved. Programs may go on counting: copying again brings what came since, and a copy that \
was interrupted goes on. A store where others counted into the same metrica is refused: kicks of two stores are not \
joined.

To move: copy; stop what counts; copy again; count at the new store. What is kicked at the new one before the last \
copy is in its way.

Examples:
    staste copy --from sqlite:staste.db --to redis://localhost
    staste copy --from redis://old --to redis://new --metrica visits --axis country
    staste copy --to sqlite:copy.db --metrica guests --metrica visits --dry-run"
)]
pub(crate) struct CopyArguments {
    /// The store to copy from; the one of --store without it
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,

    /// The store to copy to
    #[arg(long, value_name = "ADDRESS")]
    to: String,

    /// A Metrica, as often as wanted; all of them without it
    #[arg(long, value_name = "NAME")]
    metrica: Vec<String>,

    /// A further axis for the copy, on which what was counted so far is unset; as for `staste define`, and with one
    /// --metrica
    #[arg(long, value_name = "NAME[=A,B]")]
    axis: Vec<String>,

    /// A further axis of paths
    #[arg(long, value_name = "NAME")]
    path_axis: Vec<String>,

    /// The most choices a further axis keeps; 10,000 without it
    #[arg(long, value_name = "AXIS=NUMBER")]
    cap: Vec<String>,

    /// Tell what would be copied and write nothing
    #[arg(long)]
    dry_run: bool,

    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl CopyArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let caps = caps(&self.cap)?;
        let axes = axes(&self.axis, &self.path_axis, &caps)?;
        if let Some((axis, _)) = axes.first().filter(|_| self.metrica.len() != 1) {
            return Err(Failure::input(format!("--axis {axis} does not say of which metrica"))
                .help("name the one that gets the axis with --metrica"));
        }
        let (from, to) = self.addresses(context)?;
        let source = handle(from.store());
        let metricas = self.metricas(&source)?;
        let target = handle(match to.exists() {
            // Telling what would be makes no file.
            false if self.dry_run => Arc::new(MemoryStore::new()),
            _ => to.store(),
        });
        let interrupt = Interrupt::listen()?;
        let mut report = Report::new(&from, &to, self.dry_run);
        let mut outcome = Ok(());
        for metrica in metricas {
            match self.copy(&metrica, &target, &axes, &interrupt, context.screen.is_quiet()) {
                Ok(copied) => report.copied.push(copied),
                Err(failure) => outcome = Err(failure),
            }
            if outcome.is_err() || report.is_broken_off() {
                break;
            }
        }
        // What went well is told, also when something did not.
        if outcome.is_ok() || !report.copied.is_empty() {
            report.write(&mut context.screen, self.format)?;
            context.screen.flush()?;
        }
        outcome?;
        Ok(if report.is_broken_off() { INTERRUPTED } else { DONE })
    }

    fn addresses(&self, context: &Context) -> Result<(Address, Address)> {
        let parse = |text: &String| Address::parse(text).map_err(|error| Failure::input(error.to_string()));
        let from = self.from.as_ref().map_or_else(|| context.address(), parse)?;
        let to = parse(&self.to)?;
        let is_same_file = match (from.file(), to.file()) {
            (Some(one), Some(other)) => {
                matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
            }
            _ => false,
        };
        if is_same_file || from.to_string() == to.to_string() {
            return Err(Failure::input(format!("{to} cannot be copied to itself"))
                .help("name another file, server, database or prefix with --to"));
        }
        if !to.store().capabilities().durable {
            return Err(Failure::input(format!("{to} is gone when this program ends, and the copy with it"))
                .help("copy to a file or a server, such as --to sqlite:copy.db"));
        }
        if !from.exists() {
            return Err(Failure::failed(format!("there is no store {from} yet"))
                .help("name the store to copy from with --from"));
        }
        Ok((from, to))
    }

    fn metricas(&self, source: &Staste) -> Result<Vec<Metrica>> {
        if !self.metrica.is_empty() {
            return self.metrica.iter().map(|name| known(source, name)).collect();
        }
        if let Some((name, faults)) = source.store().faults(None)?.pop() {
            return Err(Failure::failed(format!("metrica {name} cannot be copied")).help(faults.join("; ")));
        }
        let definitions = source.definitions()?;
        if definitions.is_empty() {
            return Err(Failure::failed(format!("{} has no metricas to copy", source.store().address())));
        }
        definitions.iter().map(|definition| Ok(source.known(&definition.name)?)).collect()
    }

    fn copy(
        &self,
        metrica: &Metrica,
        target: &Staste,
        axes: &[(&str, Axis)],
        interrupt: &Interrupt,
        quiet: bool,
    ) -> Result<CopyReport> {
        let copying = metrica.copy_to(target);
        let copying = axes.iter().fold(copying, |copying, (name, axis)| copying.axis(name, axis.clone()));
        let mut steps: Option<(CopyPhase, Steps)> = None;
        let mut progress = |step: staste::CopyProgress| {
            if steps.as_ref().is_none_or(|(phase, _)| *phase != step.phase) {
                steps.take().iter().for_each(|(_, steps)| steps.finish());
                steps = Some((step.phase, Steps::new(told(step.phase), quiet)));
            }
            steps.iter().for_each(|(_, steps)| steps.at(step.done, None));
            if interrupt.came() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let outcome = if self.dry_run { copying.dry_run(&mut progress) } else { copying.run(&mut progress) };
        steps.iter().for_each(|(_, steps)| steps.finish());
        outcome.map_err(|error| {
            let (goes_on, is_conflict) = (error.is_unavailable(), error.is_conflict());
            let failure = Failure::from(error);
            if goes_on {
                failure.help("run it again: what was copied stays, and it goes on from there")
            } else if is_conflict {
                failure.help(format!(
                    "name another place with --to, or forget it there: staste forget {} --store {:?}",
                    metrica.name(),
                    target.store().address()
                ))
            } else {
                failure
            }
        })
    }
}

fn told(phase: CopyPhase) -> &'static str {
    match phase {
        CopyPhase::Looking => "cells looked at",
        CopyPhase::Copying => "points copied",
        CopyPhase::Comparing => "cells compared",
        _ => "cells verified",
    }
}
