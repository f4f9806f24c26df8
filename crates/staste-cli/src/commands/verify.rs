//! `staste verify`: checks that every sum in the store equals the sum of its parts.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use staste::{SqliteStore, VerifyReport};

use crate::context::{Context, find_metrica};
use crate::failure::{EXIT_FAILURE, EXIT_SUCCESS, Result};
use crate::output::{Cell, Json, ReportFormat, Table, grouped, printable};
use crate::spinner::Spinner;

/// Check that every sum is the sum of its parts
#[derive(Args, Debug)]
#[command(after_help = "\
The command compares each day with its hours, each year with its months and so on, as far as they are kept, and the \
sum over all choices of an axis with the choices. It also checks the SQLite file for damage, or warns about \
settings and keys of a Redis server that put counts at risk. A Metrica that is damaged because some of its keys are missing is a fault. If there are \
faults, they are listed and the exit code is 1.

Examples:
    staste verify
    staste verify guests --format json")]
pub(crate) struct VerifyArguments {
    /// Name of the Metrica. Default: all metricas
    metrica: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl VerifyArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let mut damaged: BTreeMap<String, Vec<String>> =
            staste.store().faults(self.metrica.as_deref())?.into_iter().collect();
        let mut names: BTreeSet<String> = damaged.keys().cloned().collect();
        match &self.metrica {
            Some(_) if !names.is_empty() => {}
            Some(name) => names.extend([find_metrica(&staste, name)?.name().to_owned()]),
            None => names.extend(staste.definitions()?.iter().map(|definition| definition.name.clone())),
        }
        let spinner = Spinner::new("cells checked", context.screen.is_quiet());
        let mut reports: Vec<(String, VerifyReport)> = Vec::with_capacity(names.len());
        let mut before = 0;
        for name in names {
            let report = match damaged.remove(&name) {
                Some(faults) => VerifyReport::from_faults(faults),
                None => {
                    staste.stored_metrica(&name)?.verify(&mut |cells| spinner.set(before + cells, None))?
                }
            };
            before += report.cells;
            reports.push((name, report));
        }
        let file_faults = context.address()?.file().map(|path| SqliteStore::at(path).check()).transpose()?;
        spinner.finish();
        let warnings = staste.store().warnings()?;
        match self.format {
            ReportFormat::Json => context.screen.json(&json(&reports, file_faults.as_deref(), &warnings))?,
            ReportFormat::Table => write_table(context, &reports, file_faults.as_deref(), &warnings)?,
        }
        let has_no_faults = reports.iter().all(|(_, report)| report.faults.is_empty())
            && file_faults.is_none_or(|faults| faults.is_empty());
        Ok(if has_no_faults { EXIT_SUCCESS } else { EXIT_FAILURE })
    }
}

fn json(reports: &[(String, VerifyReport)], file_faults: Option<&[String]>, warnings: &[String]) -> Json {
    let texts = |texts: &[String]| Json::List(texts.iter().map(Json::text).collect());
    let metricas = reports.iter().map(|(name, report)| {
        Json::Object(vec![
            ("name", Json::text(name)),
            ("buckets", Json::integer(report.buckets)),
            ("cells", Json::integer(report.cells)),
            ("sums", Json::integer(report.sums)),
            ("faults", texts(&report.faults)),
        ])
    });
    Json::Object(vec![
        ("metricas", Json::List(metricas.collect())),
        ("file", file_faults.map_or(Json::Null, |faults| Json::Object(vec![("faults", texts(faults))]))),
        ("warnings", texts(warnings)),
    ])
}

fn write_table(
    context: &mut Context,
    reports: &[(String, VerifyReport)],
    file_faults: Option<&[String]>,
    warnings: &[String],
) -> Result<()> {
    let screen = &mut context.screen;
    let mut table = Table::new();
    table.left("metrica");
    table.right("buckets");
    table.right("cells");
    table.right("sums compared");
    table.right("faults");
    for (name, report) in reports {
        let numbers = [report.buckets, report.cells, report.sums, report.faults.len() as u64];
        let numbers = numbers.map(|number| Cell::new(grouped(&number.to_string())));
        table.row(std::iter::once(Cell::new(name)).chain(numbers).collect());
    }
    if !screen.is_quiet() {
        table.draw(screen)?;
    }
    let mut faults: Vec<String> = Vec::new();
    for (name, report) in reports {
        faults.extend(report.faults.iter().map(|fault| format!("{name}, {fault}")));
    }
    faults.extend(file_faults.unwrap_or_default().iter().map(|fault| format!("the file: {fault}")));
    for fault in &faults {
        let mark = screen.style().red("fault:");
        screen.line(format!("{mark} {}", printable(fault)))?;
    }
    for warning in warnings {
        let mark = screen.style().yellow("warning:");
        screen.line(format!("{mark} {}", printable(warning)))?;
    }
    if faults.is_empty() && !screen.is_quiet() {
        let verdict = if file_faults.is_some() {
            "every sum is the sum of its parts, and the file is intact"
        } else {
            "every sum is the sum of its parts"
        };
        screen.line("")?;
        let verdict = screen.style().green(verdict);
        screen.line(verdict)?;
    }
    Ok(())
}
