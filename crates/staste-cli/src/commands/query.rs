//! `staste query`: totals, counts and averages, by any axes and any period.

use clap::Args;
use staste::{AxisKind, Choice, Definition, Measure, Metrica, Scale, View};

use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::output::{Format, choice_text as shown};
use crate::query::{Answer, Row};
use crate::timespan_arguments::TimespanArguments;

/// Ask for totals, counts and averages
#[derive(Args, Debug)]
#[command(
    after_help = "Periods are those of the Metrica's time zone. JSON and CSV numbers are exact, however large; a choice \
that was left out or is past the cap is told apart from text: in JSON by a field \"variant\" (unset or \
other) beside a null choice, in CSV by the column AXIS:variant.

Examples:
    staste query flights --year 2013 --by carrier --top 5
    staste query flights --year 2013 --by month --filter carrier=UA --average
    staste query flights --year 2013 --month 3 --scale day --by origin
    staste query flights --by carrier --by origin --format csv
    staste query visits --last 7d --filter page=blog/2013 --by page
    staste query visits --filter visitor:unset --total"
)]
pub(crate) struct QueryArguments {
    /// The Metrica
    metrica: String,

    /// Only events with this choice: axis=value, axis:unset or axis:other; a path as page=blog/2013
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// A row for each choice of an axis (given twice or more: for each combination), or for each period of a
    /// scale: minute, hour, day, week, month, quarter or year
    #[arg(long, value_name = "AXIS|SCALE")]
    by: Vec<String>,

    /// A series: a row for each period of a scale; with --by AXIS a column for each choice
    #[arg(long, value_name = "SCALE")]
    scale: Option<String>,

    /// Only the largest rows of --by, largest first
    #[arg(long, value_name = "N")]
    top: Option<usize>,

    /// Show totals
    #[arg(long)]
    total: bool,

    /// Show how many events there were (averaged metricas)
    #[arg(long)]
    count: bool,

    /// Show total over count (averaged metricas)
    #[arg(long)]
    average: bool,

    /// How to write the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    timespan: TimespanArguments,
}

impl QueryArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // Refused before the store is opened: a month 13 is wrong whatever was counted.
        let timespan = self.timespan.timespan()?;
        self.check_top()?;
        let metrica = context.metrica(&self.metrica)?;
        let definition = metrica.define()?;
        let (scale, axes) = self.split(&definition)?;
        let view = filtered(&metrica, &definition, &self.filter)?.timespan(timespan);
        let mut answer = Answer::new(&definition, self.measures(&definition)?);
        answer.timespan = self.timespan.describe();
        answer.filter = view.filters().map(|(axis, choice)| (axis.to_owned(), choice.clone())).collect();
        answer.scale = scale;
        answer.axes = axes;
        answer.now = metrica.staste().clock().now();
        answer.rows = rows(&view, scale, &answer.axes)?;
        note_unknown_choices(context, &metrica, &definition, &answer)?;
        if let Some(count) = self.top {
            answer.keep_top(count);
        }
        answer.write(context, self.format)?;
        Ok(DONE)
    }

    fn check_top(&self) -> Result<()> {
        match self.top {
            Some(0) => Err(Failure::input("--top 0 leaves nothing to show: give 1 or more")),
            Some(count) if self.by.is_empty() && self.scale.is_none() => {
                Err(Failure::input(format!("--top {count} is of the rows of --by, which is not given"))
                    .help(format!("name what rows are split by: --by AXIS --top {count}")))
            }
            _ => Ok(()),
        }
    }

    /// The scale and the axes that rows are split by.
    fn split(&self, definition: &Definition) -> Result<(Option<Scale>, Vec<String>)> {
        split(&self.by, self.scale.as_deref(), definition)
    }

    fn measures(&self, definition: &Definition) -> Result<Vec<Measure>> {
        let asked =
            [(self.total, Measure::Total), (self.count, Measure::Count), (self.average, Measure::Average)];
        measures(&asked, definition)
    }
}

/// The measures asked for, or all the Metrica has.
pub(super) fn measures(asked: &[(bool, Measure)], definition: &Definition) -> Result<Vec<Measure>> {
    let chosen: Vec<Measure> =
        asked.iter().filter(|(asked, _)| *asked).map(|(_, measure)| *measure).collect();
    if chosen.is_empty() {
        return Ok(Measure::all_of(definition).to_vec());
    }
    Ok(chosen.into_iter().map(|measure| measure.check(definition)).collect::<staste::Result<_>>()?)
}

/// Tells scales from axes in what rows are split by.
pub(super) fn split(
    by: &[String],
    scale: Option<&str>,
    definition: &Definition,
) -> Result<(Option<Scale>, Vec<String>)> {
    let mut scale = scale.map(Scale::parse).transpose()?;
    let mut axes = Vec::new();
    for name in by {
        // No axis may be called like a scale.
        match Scale::parse(name) {
            Ok(period) if scale.is_none() => scale = Some(period),
            Ok(period) => {
                return Err(Failure::input(format!("rows cannot be split by the scale {period} too"))
                    .help("name one scale"));
            }
            Err(_) => {
                definition.axis_index(name).map_err(|error| {
                    Failure::from(error)
                        .help("rows may also be split by minute, hour, day, week, month, quarter or year")
                })?;
                axes.push(name.clone());
            }
        }
    }
    if scale.is_some() && axes.len() > 1 {
        return Err(Failure::input("a series can be split by one axis, and this would be by two or more")
            .help("leave the scale out, or filter to one choice of an axis: --filter axis=choice"));
    }
    Ok((scale, axes))
}

/// The view of the filters given.
pub(super) fn filtered(metrica: &Metrica, definition: &Definition, filters: &[String]) -> Result<View> {
    let choices = filters
        .iter()
        .map(|text| staste::text_format::parse(text, definition))
        .collect::<staste::Result<Vec<_>>>()?;
    Ok(metrica.filter(choices.iter().map(|(axis, choice)| (axis, choice)))?)
}

/// The rows of a view.
pub(super) fn rows(view: &View, scale: Option<Scale>, axes: &[String]) -> Result<Vec<Row>> {
    match (scale, axes) {
        (None, []) => Ok(vec![Row { period: None, choices: Vec::new(), reading: Some(view.read()?) }]),
        (None, [axis]) => {
            let rows = view.by(axis)?.into_iter();
            let row = |(choice, reading)| Row { period: None, choices: vec![choice], reading: Some(reading) };
            Ok(rows.map(row).collect())
        }
        (None, axes) => {
            let axes: Vec<&str> = axes.iter().map(String::as_str).collect();
            let row = |(choices, reading)| Row { period: None, choices, reading: Some(reading) };
            Ok(view.pivot(&axes)?.into_iter().map(row).collect())
        }
        (Some(scale), []) => {
            let row = |(period, reading)| Row { period: Some(period), choices: Vec::new(), reading };
            Ok(view.series(scale)?.into_iter().map(row).collect())
        }
        (Some(scale), [axis, ..]) => {
            let (periods, lines) = view.series_by(scale, axis)?;
            let mut rows = Vec::with_capacity(periods.len() * lines.len());
            for (index, period) in periods.iter().enumerate() {
                rows.extend(lines.iter().map(|(choice, readings)| Row {
                    period: Some(period.clone()),
                    choices: vec![choice.clone()],
                    reading: readings.get(index).copied().flatten(),
                }));
            }
            Ok(rows)
        }
    }
}

/// Nothing for a choice that was never seen is most likely a misspelt choice.
fn note_unknown_choices(
    context: &Context,
    metrica: &Metrica,
    definition: &Definition,
    answer: &Answer,
) -> Result<()> {
    if answer.sum().is_none_or(|sum| sum.total.raw() != 0 || sum.count.is_some_and(|count| count != 0)) {
        return Ok(());
    }
    for (axis, choice) in &answer.filter {
        let kind = definition
            .axis_index(axis)
            .ok()
            .and_then(|index| definition.axes.get(index))
            .map(|axis| &axis.kind);
        let can_be_new = matches!(kind, Some(AxisKind::Stored | AxisKind::Path));
        if !can_be_new || matches!(choice, Choice::Unset | Choice::Other) {
            continue;
        }
        let known = metrica.choices(axis)?;
        if !known.contains(choice) {
            let some: Vec<String> = known.iter().take(8).map(shown).collect();
            let more = if known.len() > some.len() { ", ..." } else { "" };
            let some = if some.is_empty() { "none yet".to_owned() } else { some.join(", ") + more };
            context
                .screen
                .note(format!("note: {axis} {} was never counted; known are {some}", shown(choice)));
        }
    }
    Ok(())
}
