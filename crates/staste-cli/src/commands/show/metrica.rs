//! `staste show METRICA`: all that is known of one Metrica.

use staste::store::Size;
use staste::{Choice, Combinations, Definition, Metrica, Reading, Scale, Trouble};

use super::super::definition_arguments::week_start_name;
use super::{bytes_text, facts, health};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Json, ReportFormat, Screen, choice_text, grouped, printable};

/// So many choices of an axis are named.
const NAMED: usize = 8;

struct Shown {
    definition: std::sync::Arc<Definition>,
    choices: Vec<Vec<Choice>>,
    reading: Reading,
    size: Size,
    /// Of the whole store: no process reports of which metricas it lost kicks.
    troubles: Vec<Trouble>,
}

pub(super) fn show(context: &mut Context, name: &str, format: ReportFormat) -> Result<()> {
    let metrica = context.metrica(name)?;
    let shown = look(&metrica)?;
    match format {
        ReportFormat::Table => {
            let address = context.address()?;
            let has_views = address.file().is_some();
            let command = match context.has_store() {
                true => format!("staste sql --store {address}"),
                false => "staste sql".to_owned(),
            };
            shown.text(&mut context.screen, has_views.then_some(&command))
        }
        ReportFormat::Json => context.screen.json(&shown.json()),
    }
}

fn look(metrica: &Metrica) -> Result<Shown> {
    let definition = metrica.define()?;
    let choices = definition.axes.iter().map(|axis| Ok(metrica.choices(&axis.name)?));
    let choices = choices.collect::<Result<Vec<_>>>()?;
    let staste = metrica.staste();
    let (size, troubles) = (staste.size(metrica.name())?, staste.troubles()?);
    Ok(Shown { choices, reading: metrica.read()?, size, troubles, definition })
}

impl Shown {
    fn text(&self, screen: &mut Screen, sql: Option<&String>) -> Result<()> {
        let definition = &self.definition;
        let paint = screen.paint();
        screen.line(paint.bold(&definition.name))?;
        let mut known: Vec<(&str, String)> = Vec::new();
        let mut fact = |name: &'static str, text: String| known.push((name, text));
        let kind =
            if definition.is_averaged() { "averaged: totals and counts" } else { "plain: totals only" };
        fact("kind", kind.to_owned());
        fact("total", grouped(&self.reading.total.to_string()));
        if let Some(count) = self.reading.count {
            fact("count", grouped(&count.to_string()));
        }
        fact("multiplier", grouped(&definition.multiplier.to_string()));
        fact("zone", definition.zone.name().to_owned());
        fact("week starts", week_start_name(definition.week_start).to_owned());
        let cells: u64 = self.size.scales.iter().map(|(_, cells)| cells).sum();
        let bytes = self
            .size
            .bytes
            .map(|bytes| format!(" in {} of the store", bytes_text(bytes)))
            .unwrap_or_default();
        fact("size", format!("{} cells{bytes}", grouped(&cells.to_string())));
        let combinations = match definition.combinations {
            Combinations::Every => "every combination of choices has its cell",
            Combinations::Pairs => "pairs of choices have their cells, other filters scan",
        };
        fact("points", format!("at most {}; {combinations}", grouped(&definition.points.to_string())));
        facts(screen, &known)?;
        self.axes(screen)?;
        self.scales(screen)?;
        sql.map_or(Ok(()), |sql| self.view(sql, screen))?;
        health::text(screen, &self.troubles)
    }

    /// Writes the statement that gets a right sum out of the view, after the command that runs it.
    fn view(&self, sql: &str, screen: &mut Screen) -> Result<()> {
        let name = &self.definition.name;
        let rows = match self.definition.combinations {
            Combinations::Every => "every combination of choices",
            Combinations::Pairs => "every pair of choices",
        };
        screen.line("")?;
        screen.line(screen.paint().bold("view"))?;
        screen.line(format!("  holds {rows}; name one of each axis, or '(all)':"))?;
        screen.line(format!("  {} \"SELECT period, total FROM [{name}]", printable(sql)))?;
        let mut line = "    WHERE scale = 'day'".to_owned();
        for axis in &self.definition.axes {
            let condition = format!(" AND [{}] = '(all)'", column(&axis.name));
            if line.len() + condition.len() >= screen.width() {
                screen.line(std::mem::replace(&mut line, "   ".to_owned()))?;
            }
            line.push_str(&condition);
        }
        screen.line(format!("{line}\""))
    }

    fn axes(&self, screen: &mut Screen) -> Result<()> {
        let paint = screen.paint();
        if self.definition.axes.is_empty() {
            return Ok(());
        }
        screen.line("")?;
        screen.line(paint.bold("axes"))?;
        let widest = self.definition.axes.iter().map(|axis| axis.name.len()).max().unwrap_or(0);
        for (axis, choices) in self.definition.axes.iter().zip(&self.choices) {
            let mut named: Vec<String> = choices.iter().take(NAMED).map(choice_text).collect();
            if choices.len() > NAMED {
                named.push(screen.either("…", "...").to_owned());
            }
            let cap = if axis.kind.name() == "declared" {
                String::new()
            } else {
                format!(" of {}", grouped(&axis.cap.to_string()))
            };
            let head =
                format!("  {:widest$}  {:8}  {:>6}{cap}  ", axis.name, axis.kind.name(), choices.len());
            let room = screen.width().saturating_sub(head.len()).max(8);
            let named = crate::output::shortened(&named.join(", "), room, screen.unicode());
            screen.line(format!("{head}{}", paint.dim(&named)))?;
        }
        Ok(())
    }

    fn scales(&self, screen: &mut Screen) -> Result<()> {
        let mut table = crate::output::Table::new();
        table.left("scale");
        table.left("kept");
        table.right("buckets");
        table.right("cells");
        for (scale, (buckets, cells)) in Scale::KEPT.into_iter().zip(self.size.scales) {
            let cell = |text: String| crate::output::Cell::new(text);
            table.row(vec![
                cell(scale.to_string()),
                cell(self.definition.retention.of(scale).to_string()),
                cell(grouped(&buckets.to_string())),
                cell(grouped(&cells.to_string())),
            ]);
        }
        screen.line("")?;
        table.draw(screen)
    }

    fn json(&self) -> Json {
        let definition = &self.definition;
        let axes = definition.axes.iter().zip(&self.choices).map(|(axis, choices)| {
            Json::Object(vec![
                ("name", Json::text(&axis.name)),
                ("kind", Json::text(axis.kind.name())),
                ("cap", Json::integer(axis.cap)),
                (
                    "choices",
                    Json::List(choices.iter().map(|choice| Json::Object(Json::choice(choice))).collect()),
                ),
            ])
        });
        let scales = Scale::KEPT.into_iter().zip(self.size.scales).map(|(scale, (buckets, cells))| {
            Json::Object(vec![
                ("scale", Json::text(scale.name())),
                ("kept", Json::text(definition.retention.of(scale).to_string())),
                ("buckets", Json::integer(buckets)),
                ("cells", Json::integer(cells)),
            ])
        });
        Json::Object(vec![
            ("name", Json::text(&definition.name)),
            ("kind", Json::text(if definition.is_averaged() { "averaged" } else { "plain" })),
            ("multiplier", Json::integer(definition.multiplier)),
            ("time_zone", Json::text(definition.zone.name())),
            ("week_start", Json::text(week_start_name(definition.week_start))),
            ("total", Json::total(self.reading.total)),
            ("count", self.reading.count.map_or(Json::Null, Json::integer)),
            ("points", Json::integer(self.size.points)),
            ("most_points", Json::integer(definition.points)),
            ("bytes", self.size.bytes.map_or(Json::Null, Json::integer)),
            ("axes", Json::List(axes.collect())),
            ("scales", Json::List(scales.collect())),
            ("health", health::json(&self.troubles)),
        ])
    }
}

/// The column of an axis in the view, which has some of its own.
fn column(axis: &str) -> String {
    let is_taken = ["scale", "period", "total", "count"].iter().any(|own| own.eq_ignore_ascii_case(axis));
    if is_taken { format!("{axis}:2") } else { axis.to_owned() }
}
