//! `staste metricas`: lists the metricas in the store.

use std::sync::Arc;

use clap::Args;
use staste::{Definition, Reading, Staste};

use crate::context::Context;
use crate::failure::{EXIT_FAILURE, EXIT_SUCCESS, Failure, Result};
use crate::output::{Cell, Json, OutputFormat, Table, aligned, printable};

/// List the metricas in the store
#[derive(Args, Debug)]
#[command(after_help = "\
Each row shows the total of a Metrica, its number of events if it is averaged, and its axes with the number of choices \
seen on each. A damaged Metrica, with some of its keys missing, is listed as corrupt with what to do about it; the exit \
code is then 1. If kicks were lost in the last 7 days, a warning is printed; `staste show` has the details.

Examples:
    staste metricas
    staste metricas --format json")]
pub(crate) struct MetricasArguments {
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,
}

/// A Metrica of the list.
struct ListedMetrica {
    definition: Arc<Definition>,
    reading: Reading,
    /// Number of choices of each axis.
    choices: Vec<usize>,
}

/// The name of a damaged Metrica and its faults.
type DamagedMetrica = (String, Vec<String>);

impl MetricasArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let damaged = staste.store().faults(None)?;
        let is_corrupt =
            |definition: &Arc<Definition>| damaged.iter().any(|(name, _)| *name == definition.name);
        let readable = staste.definitions()?.into_iter().filter(|definition| !is_corrupt(definition));
        let listed = readable
            .map(|definition| ListedMetrica::read(&staste, definition))
            .collect::<Result<Vec<_>>>()?;
        match self.format {
            OutputFormat::Table => write_table(context, &listed, &damaged)?,
            OutputFormat::Json => {
                let all =
                    listed.iter().map(ListedMetrica::json).chain(damaged.iter().map(damaged_json)).collect();
                context.screen.json(&Json::List(all))?;
            }
            OutputFormat::Csv => write_csv(context, &listed)?,
        }
        // JSON has the faults in the list itself.
        if !matches!(self.format, OutputFormat::Json) {
            for (name, faults) in &damaged {
                faults.iter().for_each(|fault| context.screen.note(printable(&format!("{name}, {fault}"))));
            }
        }
        super::show::print_warning(&mut context.screen, &staste.troubles()?)?;
        Ok(if damaged.is_empty() { EXIT_SUCCESS } else { EXIT_FAILURE })
    }
}

impl ListedMetrica {
    fn read(staste: &Staste, definition: Arc<Definition>) -> Result<ListedMetrica> {
        let metrica = staste.stored_metrica(&definition.name)?;
        let choices = definition.axes().map(|axis| Ok(metrica.choices(&axis.name)?.len()));
        let choices = choices.collect::<Result<Vec<usize>>>()?;
        Ok(ListedMetrica { reading: metrica.read()?, choices, definition })
    }

    fn kind(&self) -> &'static str {
        self.definition.kind.name()
    }

    fn json(&self) -> Json {
        let axes = self.definition.axes().zip(&self.choices).map(|(axis, choices)| {
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

fn damaged_json((name, faults): &DamagedMetrica) -> Json {
    let faults = Json::List(faults.iter().map(Json::text).collect());
    Json::Object(vec![("name", Json::text(name)), ("faults", faults)])
}

fn write_table(context: &mut Context, listed: &[ListedMetrica], damaged: &[DamagedMetrica]) -> Result<()> {
    if listed.is_empty() && damaged.is_empty() {
        return Err(Failure::failed("the store has no metricas yet").help(
            "define one, such as `staste define guests --axis gender=boy,girl --axis age`, or import a file with \
             `staste import`",
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
        let axes = listed.definition.axes().zip(&listed.choices);
        let axes: Vec<String> = axes.map(|(axis, choices)| format!("{} ({choices})", axis.name)).collect();
        let count = listed
            .reading
            .count
            .map_or(Cell::dim("-"), |count| Cell::new(aligned(&[count.to_string()]).concat()));
        table.row(vec![
            Cell::new(&listed.definition.name),
            Cell::new(listed.kind()),
            Cell::new(total),
            count,
            Cell::new(axes.join(", ")),
        ]);
    }
    for (name, _) in damaged {
        table.row(vec![
            Cell::new(name),
            Cell::dim("corrupt"),
            Cell::dim("-"),
            Cell::dim("-"),
            Cell::dim("-"),
        ]);
    }
    table.draw(&mut context.screen)
}

fn write_csv(context: &mut Context, listed: &[ListedMetrica]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(context.screen.writer());
    writer.write_record(["metrica", "kind", "total", "count", "axes"])?;
    for listed in listed {
        let axes: Vec<&str> = listed.definition.axes().map(|axis| axis.name.as_str()).collect();
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
