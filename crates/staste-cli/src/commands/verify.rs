//! `staste verify`: proves that every sum in the store is the sum of its parts.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use staste::{SqliteStore, VerifyReport};

use crate::context::{Context, known};
use crate::failure::{DONE, FAILED, Result};
use crate::output::{Cell, Json, ReportFormat, Table, grouped, printable};
use crate::progress::Steps;

/// Prove that all sums are right
#[derive(Args, Debug)]
#[command(
    after_help = "Compares every bucket with the sum of the finer ones in it, as far as they are kept, and in every bucket \
the cells for all choices with the sums over the choices; and checks the file, or warns of what a server is \
set to and holds. A Metrica that cannot be read, as half of it is missing, is a fault. Faults are listed, and the \
exit code is then 1.

Examples:
    staste verify
    staste verify guests --format json"
)]
pub(crate) struct VerifyArguments {
    /// The Metrica; all of them without it
    metrica: Option<String>,

    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl VerifyArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let mut faulty: BTreeMap<String, Vec<String>> =
            staste.store().faults(self.metrica.as_deref())?.into_iter().collect();
        let mut names: BTreeSet<String> = faulty.keys().cloned().collect();
        match &self.metrica {
            Some(_) if !names.is_empty() => {}
            Some(name) => names.extend([known(&staste, name)?.name().to_owned()]),
            None => names.extend(staste.definitions()?.iter().map(|definition| definition.name.clone())),
        }
        let steps = Steps::new("cells looked at", context.screen.is_quiet());
        let mut all: Vec<(String, VerifyReport)> = Vec::with_capacity(names.len());
        let mut before = 0;
        for name in names {
            let verified = match faulty.remove(&name) {
                Some(faults) => VerifyReport::of_faults(faults),
                None => staste.known(&name)?.verify(&mut |cells| steps.at(before + cells, None))?,
            };
            before += verified.cells;
            all.push((name, verified));
        }
        let file = context.address()?.file().map(|path| SqliteStore::at(path).check()).transpose()?;
        steps.finish();
        let warnings = staste.store().warnings()?;
        match self.format {
            ReportFormat::Json => context.screen.json(&json(&all, file.as_deref(), &warnings))?,
            ReportFormat::Table => table(context, &all, file.as_deref(), &warnings)?,
        }
        let sound = all.iter().all(|(_, verified)| verified.faults.is_empty());
        Ok(if sound && file.is_none_or(|file| file.is_empty()) { DONE } else { FAILED })
    }
}

fn json(all: &[(String, VerifyReport)], file: Option<&[String]>, warnings: &[String]) -> Json {
    let texts = |texts: &[String]| Json::List(texts.iter().map(Json::text).collect());
    let metricas = all.iter().map(|(name, verified)| {
        Json::Object(vec![
            ("name", Json::text(name)),
            ("buckets", Json::integer(verified.buckets)),
            ("cells", Json::integer(verified.cells)),
            ("sums", Json::integer(verified.sums)),
            ("faults", texts(&verified.faults)),
        ])
    });
    Json::Object(vec![
        ("metricas", Json::List(metricas.collect())),
        ("file", file.map_or(Json::Null, |file| Json::Object(vec![("faults", texts(file))]))),
        ("warnings", texts(warnings)),
    ])
}

fn table(
    context: &mut Context,
    all: &[(String, VerifyReport)],
    file: Option<&[String]>,
    warnings: &[String],
) -> Result<()> {
    let screen = &mut context.screen;
    let mut table = Table::new();
    table.left("metrica");
    table.right("buckets");
    table.right("cells");
    table.right("sums compared");
    table.right("faults");
    for (name, verified) in all {
        let numbers = [verified.buckets, verified.cells, verified.sums, verified.faults.len() as u64];
        let numbers = numbers.map(|number| Cell::new(grouped(&number.to_string())));
        table.row(std::iter::once(Cell::new(name)).chain(numbers).collect());
    }
    if !screen.is_quiet() {
        table.draw(screen)?;
    }
    let mut faults: Vec<String> = Vec::new();
    for (name, verified) in all {
        faults.extend(verified.faults.iter().map(|fault| format!("{name}, {fault}")));
    }
    faults.extend(file.unwrap_or_default().iter().map(|fault| format!("the file: {fault}")));
    for fault in &faults {
        let mark = screen.paint().red("fault:");
        screen.line(format!("{mark} {}", printable(fault)))?;
    }
    for warning in warnings {
        let mark = screen.paint().yellow("warning:");
        screen.line(format!("{mark} {}", printable(warning)))?;
    }
    if faults.is_empty() && !screen.is_quiet() {
        let checked = if file.is_some() {
            "every sum is the sum of its parts, and the file is sound"
        } else {
            "every sum is the sum of its parts"
        };
        screen.line("")?;
        let checked = screen.paint().green(checked);
        screen.line(checked)?;
    }
    Ok(())
}
