//! A line over time for each of the largest choices on an axis, one for the total, and one for all other choices.

use staste_core::{Choice, Period, Reading, Result, Series, Timespan, View};

use super::breakdown::{OTHERS, color_of};
use super::time_series::{numbers, read_series, time_axis};
use crate::context::PageContext;
use crate::context::timespan::check_scale;
use crate::drawing::{Color, Line, LineChart, Number, SafeText};
use crate::store_access::if_retained;

/// A choice with its readings, period by period.
type ChoiceSeries = (Choice, Vec<Option<Reading>>);

/// This many choices have a line of their own.
const MAX_LINES: usize = 8;

/// Reads the lines of an axis.
///
/// # Errors
/// When the Store cannot be read, or there are too many choices or periods.
pub(super) fn read_lines(context: &PageContext, axis: &str) -> Result<LineChart> {
    check_scale(&context.range, context.scale())?;
    let view = context.range_view();
    let (total, periods, choices) = if context.may_read(&view, &[axis], Some(context.scale()))? {
        let total = read_series(context)?;
        let measure = context.request.measure;
        let (periods, choices) = view.series_top(context.scale(), axis, MAX_LINES, measure)?;
        (total, periods, choices)
    } else {
        read_largest(context, &view, axis)?
    };
    let measure = context.request.measure;
    let mut series: Vec<Line> = Vec::new();
    if !context.request.hides_total {
        let name = if measure.is_additive() { measure.name() } else { "all".into() };
        series.push(Line {
            name: name.into(),
            color: Color::Nth(0),
            is_total: true,
            numbers: numbers(context, &total, measure),
        });
    }
    for (nth, (choice, readings)) in choices.iter().enumerate() {
        series.push(Line {
            name: SafeText::from(choice),
            color: color_of(&context.definition, axis, choice, nth),
            is_total: false,
            numbers: readings.iter().map(|reading| context.number(reading.as_ref()?)).collect(),
        });
    }
    let others = others(context, &total, &choices);
    if others.iter().flatten().any(|number| number.value() != 0.0) {
        series.push(Line {
            name: "others".into(),
            color: Color::Nth(OTHERS),
            is_total: false,
            numbers: others,
        });
    }
    let retained = total.iter().map(|(_, reading)| reading.is_some());
    let time_axis = time_axis(context, periods.into_iter().zip(retained));
    Ok(LineChart { time_axis, series, is_whole: measure.is_whole(context.definition.multiplier) })
}

/// The number by which lines are chosen and ordered: the one that is shown.
fn size(context: &PageContext, reading: &Reading) -> f64 {
    context.request.measure.of(reading).map_or(0.0, |value| value.as_f64().abs())
}

/// Reads the total and the lines of the largest choices where there are more choices and periods than are read at once:
/// first which choices are the largest, and then the periods of these alone.
fn read_largest(
    context: &PageContext,
    view: &View,
    axis: &str,
) -> Result<(Series, Vec<Period>, Vec<ChoiceSeries>)> {
    if context.reads_all_points(1) {
        let query = format!("--by {axis} --scale {}", context.scale());
        return Err(context.too_many_choices(&query, &format!("axis {axis} has")));
    }
    // Where some of the timespan is not retained by itself, the largest of all time.
    let all_time = view.timespan(Timespan::EVER);
    let by_choice = match if_retained(context.check_axis(view, axis).and_then(|()| view.by(axis)))? {
        Some(by_choice) => by_choice,
        None => context.check_axis(&all_time, axis).and_then(|()| all_time.by(axis))?,
    };
    let filtered_to = view.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
    let mut sized: Vec<(f64, Choice)> = by_choice
        .into_iter()
        .map(|(choice, reading)| (size(context, &reading), choice))
        // A filter by a place also counts what is below it.
        .filter(|(size, choice)| *size > 0.0 && !is_place_itself(choice, filtered_to.as_ref()))
        .collect();
    sized.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    sized.truncate(MAX_LINES);
    let mut lines = Vec::new();
    for (_, choice) in sized {
        let series = view.filter([(axis, &choice)])?.series(context.scale())?;
        lines.push((choice, series.into_iter().map(|(_, reading)| reading).collect()));
    }
    // Read after its parts, so that a kick in between does not make the rest negative.
    let total = read_series(context)?;
    let periods = total.iter().map(|(period, _)| period.clone()).collect();
    Ok((total, periods, lines))
}

/// The numbers of all other choices, period by period.
fn others(context: &PageContext, total: &Series, choices: &[ChoiceSeries]) -> Vec<Option<Number>> {
    let rest = |(index, (_, all)): (usize, &(Period, Option<Reading>))| {
        let mut rest = all.clone()?;
        for (_, readings) in choices {
            rest = rest.minus(readings.get(index)?.as_ref()?);
        }
        context.number(&rest)
    };
    total.iter().enumerate().map(rest).collect()
}

/// True for a place on a path that is listed among the places below it.
pub(super) fn is_place_itself(choice: &Choice, filtered_to: Option<&Choice>) -> bool {
    let is_root = choice.as_path().is_some_and(|path| path.components().is_empty() && !path.is_other());
    is_root || Some(choice) == filtered_to
}
