//! `staste query`: prints totals, counts, averages, percentiles and shares by any axes and periods.

use std::io::Write;

use clap::Args;
use staste::formats::Buckets;
use staste::{
    AxisDefinition, Choice, Definition, Distribution, Limit, Measure, Metrica, Percentile, Scale, View,
};

use super::answer_reader::read_answer;
use super::view_options::{filtered_view, measures, scale_and_axes};
use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::output::{OutputFormat, choice_text, grouped, share_text};
use crate::query::{Answer, Histogram};
use crate::timespan_arguments::TimespanArguments;

/// Number of choices that a note lists.
const MAX_LISTED_CHOICES: usize = 8;

/// Print totals, counts, averages and percentiles
#[derive(Args, Debug)]
#[command(after_help = "\
Without --by and --scale the result is one row. Periods are in the time zone of the Metrica. Without --total, --count, \
--average, --percentile and --below, all measures of the Metrica are printed: a plain Metrica has totals only, an averaged one also \
counts and averages, and a distribution also p50, p95 and p99. Percentiles are within 1.1 % of the true ones.

Tables show values in units of time and bytes with four digits; numbers in JSON and CSV are not rounded, and have no unit. \
min and max are as inexact as other percentiles. Two choices are not text: unset, for events that omit the axis, and other, for \
events past the cap of the axis. JSON has a null choice and the field \"variant\" for them, and CSV the column \
AXIS:variant.

Examples:
    staste query flights --year 2013 --by carrier --top 5
    staste query flights --year 2013 --by month --filter carrier=UA --average
    staste query flights --year 2013 --month 3 --scale day --by origin
    staste query flights --by carrier --by origin --format csv
    staste query requests --last 1d --by view --percentile 95 --top 10
    staste query requests --last 1d --by view --below 0.3 --below 1
    staste query requests --last 1d --histogram
    staste query requests --by view --prometheus --buckets 0.1,0.3,1
    staste query visits --last 7d --filter page=blog/2013 --by page
    staste query visits --filter visitor:unset --total")]
pub(crate) struct QueryArguments {
    /// Name of the Metrica
    metrica: String,

    /// Count only events with this choice: axis=value, axis:unset or axis:other. A path such as page=blog/2013
    /// includes the paths below it. Repeatable, once per axis
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// Print a row for each choice of an axis or for each period of a scale: minute, hour, day, week, month, quarter or
    /// year. With several axes: a row for each combination. Repeatable
    #[arg(long, value_name = "AXIS|SCALE")]
    by: Vec<String>,

    /// Print a series: a row for each period of the scale, and with --by AXIS a column for each choice
    #[arg(long, value_name = "SCALE")]
    scale: Option<String>,

    /// Print only the N largest rows or columns, largest first, and the sum of the rest (in CSV a row with the variant
    /// rest)
    #[arg(long, value_name = "N")]
    top: Option<usize>,

    /// Print totals
    #[arg(long)]
    total: bool,

    /// Print the number of events (averaged metricas only)
    #[arg(long)]
    count: bool,

    /// Print the total divided by the number of events (averaged metricas only)
    #[arg(long)]
    average: bool,

    /// Print a percentile of the values: 0 to 100 such as 95 or 99.9, or median, min or max (distributions only).
    /// Repeatable
    #[arg(long, value_name = "PERCENT")]
    percentile: Vec<String>,

    /// Print the share of values that are at most this limit, in the unit of the values: 0.3 for 300 ms of a Metrica in
    /// seconds (distributions only). Repeatable
    #[arg(long, value_name = "LIMIT", allow_negative_numbers = true)]
    below: Vec<String>,

    /// Print how many values are in each bin (distributions only)
    #[arg(long, conflicts_with_all = ["by", "scale", "top", "total", "count", "average", "percentile", "below"])]
    histogram: bool,

    /// Print histograms in the text format of Prometheus, one for each choice of --by AXIS (distributions only)
    #[arg(long, conflicts_with_all = ["scale", "top", "total", "count", "average", "percentile", "below", "histogram", "format"])]
    prometheus: bool,

    /// Bounds of the buckets for --prometheus, ascending, such as 0.1,0.3,1. Default for a Metrica in seconds: 0.005 to 10,
    /// as in the libraries of Prometheus
    #[arg(long, value_name = "BOUNDS", requires = "prometheus", allow_hyphen_values = true)]
    buckets: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,

    #[command(flatten)]
    timespan: TimespanArguments,
}

impl QueryArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // Options are checked before the store is opened: month 13 is invalid for every store.
        self.timespan.check()?;
        self.check_top()?;
        let requested = self.requested_measures()?;
        let metrica = context.metrica(&self.metrica)?;
        let definition = metrica.define()?;
        let (scale, axes) = scale_and_axes(&self.by, self.scale.as_deref(), &definition)?;
        let timespan = self.timespan.timespan(&metrica, &definition)?;
        let view = filtered_view(&metrica, &definition, &self.filter)?.timespan(timespan);
        if self.histogram {
            return self.write_histogram(context, &view, &definition);
        }
        if self.prometheus {
            return self.write_prometheus(context, &view, &definition, scale, &axes);
        }
        let mut answer = Answer::new(&definition, measures(requested, &definition)?);
        let needs_distribution = answer.measures.iter().any(|measure| measure.needs_distribution());
        let view = if needs_distribution { view.with_distribution() } else { view };
        answer.timespan = self.timespan.describe();
        answer.filter = view.filters().map(|(axis, choice)| (axis.to_owned(), choice.clone())).collect();
        answer.scale = scale;
        answer.axes = axes;
        answer.now = metrica.staste().clock().now();
        let note = read_answer(&view, &definition, &mut answer)?;
        note.into_iter().for_each(|note| context.screen.note(note));
        note_unknown_choices(context, &metrica, &definition, &answer)?;
        note_unrecorded(context, &definition, &answer);
        note_rounded_limits(context, &answer);
        note_margin(context, &answer)?;
        if let Some(count) = self.top {
            answer.keep_top(count);
        }
        answer.write(context, self.format)?;
        Ok(EXIT_SUCCESS)
    }

    fn check_top(&self) -> Result<()> {
        match self.top {
            Some(0) => Err(Failure::input("invalid --top 0: expected an integer of at least 1")),
            Some(count) if self.by.is_empty() && self.scale.is_none() => {
                Err(Failure::input(format!("--top {count} needs --by or --scale"))
                    .help(format!("split the rows first: --by AXIS --top {count}")))
            }
            _ => Ok(()),
        }
    }

    fn requested_measures(&self) -> Result<Vec<Measure>> {
        let options =
            [(self.total, Measure::Total), (self.count, Measure::Count), (self.average, Measure::Average)];
        let simple =
            options.into_iter().filter(|(is_requested, _)| *is_requested).map(|(_, measure)| Ok(measure));
        let percentiles =
            self.percentile.iter().map(|text| Ok(Measure::Percentile(Percentile::parse(text)?)));
        let shares = self.below.iter().map(|text| Ok(Measure::ShareBelow(Limit::parse(text)?)));
        simple.chain(percentiles).chain(shares).collect()
    }

    fn write_histogram(&self, context: &mut Context, view: &View, definition: &Definition) -> Result<u8> {
        let histogram = Histogram {
            metrica: definition.name.clone(),
            unit: definition.labels.unit.clone(),
            timespan: self.timespan.describe(),
            filter: view.filters().map(|(axis, choice)| (axis.to_owned(), choice.clone())).collect(),
            bins: view.histogram()?,
        };
        histogram.write(context, self.format)?;
        Ok(EXIT_SUCCESS)
    }

    fn write_prometheus(
        &self,
        context: &mut Context,
        view: &View,
        definition: &Definition,
        scale: Option<Scale>,
        axes: &[String],
    ) -> Result<u8> {
        if let Some(scale) = scale {
            return Err(Failure::input(format!(
                "a histogram for Prometheus has no periods, such as by {scale}"
            ))
            .help("name axes only, and a timespan such as --last 1d"));
        }
        let buckets = match &self.buckets {
            Some(bounds) => Buckets::parse(bounds)?,
            None => Buckets::default_of(definition)?,
        };
        let axes: Vec<&str> = axes.iter().map(String::as_str).collect();
        let text = view.prometheus_histogram(&axes, &buckets)?;
        context.screen.writer().write_all(text.as_bytes())?;
        Ok(EXIT_SUCCESS)
    }
}

/// Prints a note if kicks have no bin, so that some percentiles and shares are missing.
fn note_unrecorded(context: &Context, definition: &Definition, answer: &Answer) {
    let distributions = answer.rows.iter().filter_map(|row| row.reading.as_ref()?.distribution.as_deref());
    let unrecorded: i128 = distributions.map(Distribution::unrecorded).sum();
    if unrecorded == 0 {
        return;
    }
    let since = definition.bins.and_then(|bins| definition.zone.civil(bins.since?).ok());
    let since =
        since.map_or_else(String::new, |since| format!(" before {}", since.strftime("%Y-%m-%d %H:%M")));
    context.screen.note(format!(
        "note: percentiles and shares were not recorded{since}: {} of the events have no bin, so rows that contain them have no \
         percentiles or shares",
        grouped(&unrecorded.to_string())
    ));
}

/// Prints a note for each limit of a share that is between two values that the Metrica can have. Values were rounded when
/// they were counted, unless they are whole numbers.
fn note_rounded_limits(context: &Context, answer: &Answer) {
    if answer.multiplier == 1 {
        return;
    }
    for measure in &answer.measures {
        let Measure::ShareBelow(limit) = measure else { continue };
        let units = limit.value() * f64::from(answer.multiplier);
        if (units - units.round()).abs() > 1e-9 * units.abs().max(1.0) {
            context.screen.note(format!(
                "note: values are kept in units of 1/{}: the limit {limit} counts as {}",
                answer.multiplier,
                units.round() / f64::from(answer.multiplier)
            ));
        }
    }
}

/// Prints a note if a limit of a share is within a bin, so that the share is an estimate.
fn note_margin(context: &Context, answer: &Answer) -> Result<()> {
    let mut largest = 0.0_f64;
    for measure in &answer.measures {
        let Measure::ShareBelow(limit) = measure else { continue };
        let readings = answer.rows.iter().filter_map(|row| row.reading.as_ref());
        for distribution in readings.filter_map(|reading| reading.distribution.as_deref()) {
            let share = distribution.share_at_most(limit.value())?;
            largest = largest.max(share.map_or(0.0, |share| share.margin));
        }
    }
    if largest > 0.0 {
        context.screen.note(format!(
            "note: some values are in the same bin as the limit: shares may be off by up to {}",
            share_text(largest)
        ));
    }
    Ok(())
}

/// Returns true if the level of an axis that a choice is on has as many choices as its cap allows.
fn is_full(axis: &AxisDefinition, choice: &Choice, known: &[Choice]) -> bool {
    let depth = |choice: &Choice| choice.as_path().map_or(1, |path| path.components().len());
    let same_depth = known.iter().filter(|known| depth(known) == depth(choice)).count();
    same_depth >= usize::try_from(axis.cap).unwrap_or(usize::MAX)
}

/// Prints a note about a choice past the cap of its axis: it may have been counted as *other*.
fn note_cap(
    context: &Context,
    metrica: &Metrica,
    definition: &AxisDefinition,
    choice: &Choice,
) -> Result<()> {
    let name = &metrica.define()?.name;
    let (axis, cap) = (&definition.name, definition.cap);
    let option = if definition.is_path() { "--path-axis" } else { "--axis" };
    let others = metrica.filter([(axis, &Choice::Other)])?;
    let first = others.series(Scale::Day)?.into_iter().find_map(|(day, reading)| {
        let reading = reading?;
        (reading.total.raw() != 0 || reading.count.is_some_and(|count| count != 0)).then(|| day.label())
    });
    let since = first.map_or_else(String::new, |day| format!(" since {day}"));
    let total = others.read()?;
    let amount = total.count.map_or_else(|| total.total.to_string(), |count| count.to_string());
    context.screen.note(format!(
        "note: {axis} {choice} is past the cap: {axis} has {cap} choices, and further ones count as (other){since}: {amount} \
         so far; raise the cap: staste define {name} {option} {axis} --cap {axis}={more}; or free places of choices you do not need: \
         staste forget {name} --filter ...",
        choice = choice_text(choice),
        more = cap.saturating_mul(2),
    ));
    Ok(())
}

/// Prints a note if the result is zero and a filter names a choice that was never counted, most likely by a typo.
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
        let definition = definition.axis(axis);
        let can_be_new = definition.is_some_and(|axis| axis.declared().is_none());
        if !can_be_new || matches!(choice, Choice::Unset | Choice::Other) {
            continue;
        }
        let known = metrica.choices(axis)?;
        if !known.contains(choice) {
            if let Some(cap) = definition.filter(|axis| is_full(axis, choice, &known)) {
                note_cap(context, metrica, cap, choice)?;
                continue;
            }
            let listed: Vec<String> = known.iter().take(MAX_LISTED_CHOICES).map(choice_text).collect();
            let ellipsis = if known.len() > listed.len() { ", ..." } else { "" };
            let listed = if listed.is_empty() { "none yet".to_owned() } else { listed.join(", ") + ellipsis };
            let choice = choice_text(choice);
            context
                .screen
                .note(format!("note: {axis} {choice} was never counted; the choices of {axis} are {listed}"));
        }
    }
    Ok(())
}
