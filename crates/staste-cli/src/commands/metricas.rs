//! `staste metricas`: the metricas of the store.

use std::sync::Arc;

use clap::Args;
use staste::{Definition, Reading, Staste};

use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::output::{Cell, Format, Json, Table, aligned};

/// List the metricas of the store
#[derive(Args, Debug)]
#[command(after_help = "Example:\n    staste metricas --format json")]
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

impl MetricasArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let listed = staste.definitions()?.into_iter().map(|definition| look(&staste, definition));
        let listed = listed.collect::<Result<Vec<Listed>>>()?;
        match self.format {
            Format::Table => table(context, &listed)?,
            Format::Json => {
                let all = listed.iter().map(Listed::json).collect();
                context.screen.json(&Json::List(all))?;
            }
            Format::Csv => csv(context, &listed)?,
        }
        Ok(DONE)
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

fn table(context: &mut Context, listed: &[Listed]) -> Result<()> {
    if listed.is_empty() {
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
