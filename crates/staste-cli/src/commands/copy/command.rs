//! `CopyArguments`: the command `staste copy`.

use std::ops::ControlFlow;
use std::sync::Arc;

use clap::Args;
use staste::{Address, Axis, CopyPhase, CopyReport, MemoryStore, Metrica, Staste};

use super::super::define::parse_axes;
use super::report::Report;
use crate::context::{Context, find_metrica, handle};
use crate::definition_arguments::Caps;
use crate::failure::{EXIT_INTERRUPTED, EXIT_SUCCESS, Failure, Result};
use crate::interrupt::Interrupt;
use crate::output::ReportFormat;
use crate::spinner::Spinner;

/// Copy metricas to another store, optionally with new axes
#[derive(Args, Debug)]
#[command(after_help = "\
The command copies definitions, the counts of every scale that is kept, choices in their order, and the record of what \
was imported, so that imports continue in the other store. Then it compares both stores cell by cell and checks all \
sums of the copy.

Programs can keep counting. Run the command again to copy what was counted since, or to finish an interrupted copy. A \
target that has counts of its own in the same Metrica is refused, because counts of two stores cannot be merged.

To move to another store: copy, stop the programs, copy again, and start the programs with the new store. Do not count \
in the new store before the last copy.

Examples:
    staste copy --from sqlite:staste.db --to redis://localhost
    staste copy --from redis://old --to redis://new --metrica visits \\
        --axis country
    staste copy --to sqlite:copy.db --metrica guests --metrica visits --dry-run")]
pub(crate) struct CopyArguments {
    /// Store to copy from. Default: the store of --store
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,

    /// Store to copy to, such as sqlite:copy.db or redis://localhost
    #[arg(long, value_name = "ADDRESS")]
    to: String,

    /// Name of a Metrica to copy. Repeatable. Default: all metricas
    #[arg(long, value_name = "NAME")]
    metrica: Vec<String>,

    /// Axis to add to the copy, as for `staste define`: NAME or NAME=a,b,c. Existing events are unset on it. Needs exactly
    /// one --metrica. Repeatable
    #[arg(long, value_name = "NAME[=A,B]")]
    axis: Vec<String>,

    /// Axis of paths to add to the copy. Repeatable
    #[arg(long, value_name = "NAME")]
    path_axis: Vec<String>,

    /// Maximum number of choices of an axis to add. Repeatable. Default: 10,000
    #[arg(long, value_name = "AXIS=NUMBER")]
    cap: Vec<String>,

    /// Make the copy of an averaged Metrica a distribution: percentiles are recorded from then on. Needs exactly one
    /// --metrica
    #[arg(long)]
    distribution: bool,

    /// Print what would be copied, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl CopyArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let caps = Caps::parse(&self.cap)?;
        let axes = parse_axes(&self.axis, &self.path_axis, &caps)?;
        if let Some((axis, _)) = axes.first().filter(|_| self.metrica.len() != 1) {
            return Err(Failure::input(format!("the axis {axis} needs exactly one --metrica"))
                .help("name the one that gets the axis with --metrica"));
        }
        if self.distribution && self.metrica.len() != 1 {
            return Err(Failure::input("--distribution needs exactly one --metrica")
                .help("name the one that becomes a distribution with --metrica"));
        }
        let (from, to) = self.addresses(context)?;
        let source = handle(from.store());
        let metricas = self.metricas(&source)?;
        let target = handle(match to.exists() {
            // A dry run must not create a file.
            false if self.dry_run => Arc::new(MemoryStore::new()),
            _ => to.store(),
        });
        let interrupt = Interrupt::listen()?;
        let mut report = Report::new(&from, &to, self.dry_run);
        let mut outcome = Ok(());
        for metrica in metricas {
            match self.copy(&metrica, &target, &axes, &interrupt, context.screen.is_quiet()) {
                Ok(copied) => report.copies.push(copied),
                Err(failure) => outcome = Err(failure),
            }
            if outcome.is_err() || report.is_interrupted() {
                break;
            }
        }
        // The copies that succeeded are reported even if a later one failed.
        if outcome.is_ok() || !report.copies.is_empty() {
            report.write(&mut context.screen, self.format)?;
            context.screen.flush()?;
        }
        outcome?;
        Ok(if report.is_interrupted() { EXIT_INTERRUPTED } else { EXIT_SUCCESS })
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
            return Err(Failure::input(format!("{to} keeps nothing after this command ends"))
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
            return self.metrica.iter().map(|name| find_metrica(source, name)).collect();
        }
        if let Some((name, faults)) = source.store().faults(None)?.pop() {
            return Err(Failure::failed(format!("metrica {name} cannot be copied")).help(faults.join("; ")));
        }
        let definitions = source.definitions()?;
        if definitions.is_empty() {
            return Err(Failure::failed(format!("{} has no metricas to copy", source.store().address())));
        }
        definitions.iter().map(|definition| Ok(source.stored_metrica(&definition.name)?)).collect()
    }

    fn copy(
        &self,
        metrica: &Metrica,
        target: &Staste,
        axes: &[(&str, Axis)],
        interrupt: &Interrupt,
        is_quiet: bool,
    ) -> Result<CopyReport> {
        let job = metrica.copy_to(target);
        let job = axes.iter().fold(job, |job, (name, axis)| job.axis(name, axis.clone()));
        let job = if self.distribution { job.distribution() } else { job };
        let mut spinner: Option<(CopyPhase, Spinner)> = None;
        let mut on_progress = |step: staste::CopyProgress| {
            if spinner.as_ref().is_none_or(|(phase, _)| *phase != step.phase) {
                spinner.take().iter().for_each(|(_, spinner)| spinner.finish());
                spinner = Some((step.phase, Spinner::new(phase_text(step.phase), is_quiet)));
            }
            spinner.iter().for_each(|(_, spinner)| spinner.set(step.done, None));
            if interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let outcome = if self.dry_run { job.dry_run(&mut on_progress) } else { job.run(&mut on_progress) };
        spinner.iter().for_each(|(_, spinner)| spinner.finish());
        outcome.map_err(|error| {
            let (is_unavailable, is_conflict) = (error.is_unavailable(), error.is_conflict());
            let failure = Failure::from(error);
            if is_unavailable {
                failure.help("run it again: it continues after what is already copied")
            } else if is_conflict {
                failure.help(format!(
                    "name another store with --to, or forget it there: staste forget {} --store {:?}",
                    metrica.name(),
                    target.store().address()
                ))
            } else {
                failure
            }
        })
    }
}

fn phase_text(phase: CopyPhase) -> &'static str {
    match phase {
        CopyPhase::Checking => "cells read",
        CopyPhase::Copying => "points copied",
        CopyPhase::Comparing => "cells compared",
        _ => "cells verified",
    }
}
