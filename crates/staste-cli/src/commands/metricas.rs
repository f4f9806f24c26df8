//! `staste metricas`: the metricas of the store.

use std::sync::Arc;

use clap::Args;
use staste::{Definition, Reading, Staste};

use crate::context::Context;
use crate::failure::{DONE, FAILED, Failure, Result};
use crate::output::{Cell, Format, Json, Table, aligned, printable};

/// List the metricas of the store
#[derive(Args, Debug)]
#[command(
    after_help = "A Metrica that cannot be read, as somebody deleted half of its keys, is named with what to do; the exit code is \
then 1. When kicks were lost, or could not be counted as they should, a line on standard error says so; `staste show` has \
the details.

Example:
    staste metricas --format json"
)]
pub(crate) struct MetricasArguments {
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A line of the list.
struct Listed {
    definition: Arc<Definition>,
    reading: Reading,
    choices: Vec<usize>,
}

/// A Metrica that cannot be read, by name, and why.
type Faulty = (String, Vec<String>);

impl MetricasArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let faulty = staste.store().faults(None)?;
        let is_faulty =
            |definition: &Arc<Definition>| faulty.iter().any(|(name, _)| *name == definition.name);
        let sound = staste.definitions()?.into_iter().filter(|definition| !is_faulty(definition));
        let listed = sound.map(|definition| look(&staste, definition)).collect::<Result<Vec<Listed>>>()?;
        match self.format {
            Format::Table => table(context, &listed, &faulty)?,
            Format::Json => {
                let all = listed.iter().map(Listed::json).chain(faulty.iter().map(faulty_json)).collect();
                context.screen.json(&Json::List(all))?;
            }
            Format::Csv => csv(context, &listed)?,
        }
        // Those that cannot be read have no numbers, and are not to be missed.
        if !matches!(self.format, Format::Json) {
            for (name, faults) in &faulty {
                faults.iter().for_each(|fault| context.screen.note(printable(&format!("{name}, {fault}"))));
            }
        }
        super::show::note(&mut context.screen, &staste.troubles()?)?;
        Ok(if faulty.is_empty() { DONE } else { FAILED })
    }
}

fn look(staste: &Staste, definition: Arc<Definition>) -> Result<Listed> {
    let metrica = staste.known(&definition.name)?;
    let choices = definition.axes.iter().map(|axis| Ok(metrica.choices(&axis.name)?.len()));
    let choices = choices.collect::<Result<Vec<usize>>>()?;
    Ok(Listed { reading: metrica.read()?, choices, definition })
}

impl Listed {
    fn kind(&self) -> &'static str {
        if self.definition.is_averaged() { "averaged" } else { "plain" }
    }

    fn json(&self) -> Json {
        let axes = self.definition.axes.iter().zip(&self.choices).map(|(axis, choices)| {
            Json::Object(vec![
                ("name", Json::text(&axis.name)),
                ("kind", Json::text(axis.kind.name())),
                ("choices", Json::Number(choices.to_string())),
            ])
        });
        Json::Object(vec![
            ("name", Json::text(&self.definition.name)),
            ("kind", Json::text(self.kind())),
            ("axes", Json::List(axes.collect())),
            ("total", Json::total(self.reading.total)),
            ("count", self.reading.count.map_or(Json::Null, Json::integer)),
        ])
    }
}

fn faulty_json((name, faults): &Faulty) -> Json {
    let faults = Json::List(faults.iter().map(Json::text).collect());
    Json::Object(vec![("name", Json::text(name)), ("faults", faults)])
}

fn table(context: &mut Context, listed: &[Listed], faulty: &[Faulty]) -> Result<()> {
    if listed.is_empty() && faulty.is_empty() {
        return Err(Failure::failed("the store has no metricas yet").help(
            "define one: staste define guests --axis gender=boy,girl --axis age; or staste import a file",
        ));
    }
    let mut table = Table::new();
    table.left("metrica");
    table.left("kind");
    table.right("total");
    table.right("count");
    table.left("axes (choices)");
    let totals = listed.iter().map(|listed| aligned(&[listed.reading.total.to_string()]).concat());
    for (listed, total) in listed.iter().zip(totals) {
        let axes = listed.definition.axes.iter().zip(&listed.choices);
        let axes: Vec<String> = axes.map(|(axis, choices)| format!("{} ({choices})", axis.name)).collect();
        let count = listed
            .reading
            .count
            .map_or(Cell::faint("-"), |count| Cell::new(aligned(&[count.to_string()]).concat()));
        table.row(vec![
            Cell::new(&listed.definition.name),
            Cell::new(listed.kind()),
            Cell::new(total),
            count,
            Cell::new(axes.join(", ")),
        ]);
    }
    for (name, _) in faulty {
        table.row(vec![
            Cell::new(name),
            Cell::faint("corrupt"),
            Cell::faint("-"),
            Cell::faint("-"),
            Cell::faint("-"),
        ]);
    }
    table.draw(&mut context.screen)
}

fn csv(context: &mut Context, listed: &[Listed]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(context.screen.writer());
    writer.write_record(["metrica", "kind", "total", "count", "axes"])?;
    for listed in listed {
        let axes: Vec<&str> = listed.definition.axes.iter().map(|axis| axis.name.as_str()).collect();
        writer.write_record([
            &listed.definition.name,
            listed.kind(),
            &listed.reading.total.to_string(),
            &listed.reading.count.map(|count| count.to_string()).unwrap_or_default(),
            &axes.join(" "),
        ])?;
    }
    Ok(writer.flush()?)
}
