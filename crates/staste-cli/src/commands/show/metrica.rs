//! `staste show METRICA`: the details of one Metrica.

use staste::store::Size;
use staste::{AxisUsage, Choice, Combinations, Definition, Metrica, MetricaKind, Reading, Scale, Trouble};
use unicode_width::UnicodeWidthStr as _;

use super::health_section;
use super::nearly_full::{self, HOW_TO_MAKE_ROOM};
use super::store::write_properties;
use crate::context::Context;
use crate::definition_arguments::week_start_name;
use crate::failure::Result;
use crate::output::{
    Cell, Json, ReportFormat, Screen, Table, bytes_text, choice_text, grouped, padded, printable, shortened,
};

/// Maximum number of choices to list for an axis.
const MAX_LISTED_CHOICES: usize = 8;

/// The details of a Metrica.
struct MetricaReport {
    definition: std::sync::Arc<Definition>,
    choices: Vec<Vec<Choice>>,
    reading: Reading,
    size: Size,
    /// Trouble of the whole store, because processes do not report by Metrica.
    troubles: Vec<Trouble>,
}

pub(super) fn show(context: &mut Context, name: &str, format: ReportFormat) -> Result<()> {
    let metrica = context.metrica(name)?;
    let report = MetricaReport::read(&metrica)?;
    match format {
        ReportFormat::Table => {
            let address = context.address()?;
            let has_views = address.file().is_some();
            let command = match context.has_store() {
                true => format!("staste sql --store {address}"),
                false => "staste sql".to_owned(),
            };
            report.write(&mut context.screen, has_views.then_some(&command))
        }
        ReportFormat::Json => context.screen.json(&report.json()),
    }
}

impl MetricaReport {
    fn read(metrica: &Metrica) -> Result<MetricaReport> {
        let definition = metrica.define()?;
        let choices = definition.axes().map(|axis| Ok(metrica.choices(&axis.name)?));
        let choices = choices.collect::<Result<Vec<_>>>()?;
        let staste = metrica.staste();
        let (size, troubles) = (staste.size(metrica.name())?, staste.troubles()?);
        Ok(MetricaReport { choices, reading: metrica.read()?, size, troubles, definition })
    }

    fn write(&self, screen: &mut Screen, sql: Option<&String>) -> Result<()> {
        let definition = &self.definition;
        let style = screen.style();
        screen.line(style.bold(&definition.name))?;
        let mut properties: Vec<(&str, String)> = Vec::new();
        let mut add = |name: &'static str, text: String| properties.push((name, text));
        let kind = match definition.kind {
            MetricaKind::Plain => "plain: totals only",
            MetricaKind::Averaged => "averaged: totals and counts",
            MetricaKind::Distribution => "distribution: totals, counts and percentiles",
        };
        add("kind", kind.to_owned());
        add("title", definition.labels.title.clone().unwrap_or_default());
        add("about", definition.labels.description.clone().unwrap_or_default());
        add("unit", definition.labels.unit.as_ref().map(ToString::to_string).unwrap_or_default());
        add("better", definition.labels.better.map(|better| better.name().to_owned()).unwrap_or_default());
        add("total", grouped(&self.reading.total.to_string()));
        if let Some(count) = self.reading.count {
            add("count", grouped(&count.to_string()));
        }
        add("multiplier", grouped(&definition.multiplier.to_string()));
        add("zone", definition.zone.name().to_owned());
        add("week starts", week_start_name(definition.week_start).to_owned());
        let cells: u64 = self.size.scales.iter().map(|(_, cells)| cells).sum();
        let bytes = self
            .size
            .bytes
            .map(|bytes| format!(" in {} of the store", bytes_text(bytes)))
            .unwrap_or_default();
        add("size", format!("{} cells{bytes}", grouped(&cells.to_string())));
        let combinations = match definition.combinations {
            Combinations::Every => "each combination of choices has a cell",
            Combinations::Pairs => "each pair of choices has a cell, and other filters scan",
            Combinations::FirstApart => {
                "each combination without the first axis has a cell, and other filters scan"
            }
        };
        add("points", format!("at most {}; {combinations}", grouped(&definition.points.to_string())));
        properties.retain(|(_, text)| !text.is_empty());
        write_properties(screen, &properties)?;
        self.write_axes(screen)?;
        self.write_scales(screen)?;
        sql.map_or(Ok(()), |sql| self.write_view(sql, screen))?;
        health_section::write(screen, &self.troubles)
    }

    /// Writes a command that reads a correct sum from the SQL view of the Metrica.
    fn write_view(&self, sql: &str, screen: &mut Screen) -> Result<()> {
        let name = &self.definition.name;
        let rows = match self.definition.combinations {
            Combinations::Every => "combination of choices",
            Combinations::Pairs => "pair of choices",
            Combinations::FirstApart => "combination of choices without the first axis",
        };
        screen.line("")?;
        screen.line(screen.style().bold("view"))?;
        screen.line(format!("  has each {rows}; name one choice or '(all)' for each axis:"))?;
        screen.line(format!("  {} \"SELECT period, total FROM [{name}]", printable(sql)))?;
        let mut line = "    WHERE scale = 'day'".to_owned();
        for axis in self.definition.axes() {
            let condition = format!(" AND [{}] = '(all)'", column_name(&axis.name));
            if line.width() + condition.width() >= screen.width() {
                screen.line(std::mem::replace(&mut line, "   ".to_owned()))?;
            }
            line.push_str(&condition);
        }
        screen.line(format!("{line}\""))
    }

    fn write_axes(&self, screen: &mut Screen) -> Result<()> {
        let style = screen.style();
        if self.definition.axes().next().is_none() {
            return Ok(());
        }
        screen.line("")?;
        screen.line(style.bold("axes"))?;
        let widest = self.definition.axes().map(|axis| axis.name.width()).max().unwrap_or(0);
        for (axis, choices) in self.definition.axes().zip(&self.choices) {
            let mut listed: Vec<String> = choices.iter().take(MAX_LISTED_CHOICES).map(choice_text).collect();
            if choices.len() > MAX_LISTED_CHOICES {
                listed.push(screen.either("…", "...").to_owned());
            }
            let cap = if axis.kind.name() == "declared" {
                String::new()
            } else {
                format!(" of {}", grouped(&axis.cap.to_string()))
            };
            let head = format!(
                "  {}  {:8}  {:>6}{cap}  ",
                padded(&axis.name, widest),
                axis.kind.name(),
                choices.len()
            );
            let room = screen.width().saturating_sub(head.width()).max(8);
            let listed = shortened(&listed.join(", "), room, screen.unicode());
            screen.line(format!("{head}{}", style.dim(&listed)))?;
            let usage = AxisUsage::of(&self.definition.name, axis, choices);
            if usage.is_some_and(|usage| usage.is_nearly_full()) {
                let note = format!(
                    "  {:widest$}  nearly at its cap: further choices count as (other); {HOW_TO_MAKE_ROOM}",
                    ""
                );
                screen.line(style.yellow(&note))?;
            }
        }
        Ok(())
    }

    fn write_scales(&self, screen: &mut Screen) -> Result<()> {
        let mut table = Table::new();
        table.left("scale");
        table.left("kept");
        table.right("buckets");
        table.right("cells");
        for (scale, (buckets, cells)) in Scale::KEPT.into_iter().zip(self.size.scales) {
            let cell = |text: String| Cell::new(text);
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
        let usages = definition.axes().zip(&self.choices);
        let usages = usages.filter_map(|(axis, choices)| AxisUsage::of(&definition.name, axis, choices));
        let nearly_full: Vec<AxisUsage> = usages.filter(AxisUsage::is_nearly_full).collect();
        let axes = definition.axes().zip(&self.choices).map(|(axis, choices)| {
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
            ("kind", Json::text(definition.kind.name())),
            ("title", definition.labels.title.as_ref().map_or(Json::Null, Json::text)),
            ("description", definition.labels.description.as_ref().map_or(Json::Null, Json::text)),
            ("unit", definition.labels.unit.as_ref().map_or(Json::Null, |unit| Json::text(unit.name()))),
            ("better", Json::text(definition.labels.better.unwrap_or_default().name())),
            ("multiplier", Json::integer(definition.multiplier)),
            ("time_zone", Json::text(definition.zone.name())),
            ("week_start", Json::text(week_start_name(definition.week_start))),
            ("total", Json::total(self.reading.total)),
            ("count", self.reading.count.map_or(Json::Null, Json::integer)),
            ("points", Json::integer(self.size.points)),
            ("most_points", Json::integer(definition.points)),
            ("bytes", self.size.bytes.map_or(Json::Null, Json::integer)),
            ("axes", Json::List(axes.collect())),
            ("nearly_full_axes", nearly_full::json(&nearly_full)),
            ("scales", Json::List(scales.collect())),
            ("health", health_section::json(&self.troubles)),
        ])
    }
}

/// Returns the column of an axis in the view. The names of the other columns are taken.
fn column_name(axis: &str) -> String {
    let is_taken = ["scale", "period", "total", "count"].iter().any(|taken| taken.eq_ignore_ascii_case(axis));
    if is_taken { format!("{axis}:2") } else { axis.to_owned() }
}
