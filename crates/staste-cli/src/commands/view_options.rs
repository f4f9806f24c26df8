//! The options `--filter`, `--by` and `--scale`, which several commands share, as views and rows.

use staste::{Choice, Definition, Measure, Metrica, Scale, View, text_format};

use crate::failure::{Failure, Result};
use crate::query::Row;

/// Returns the view of the `--filter` options.
pub(super) fn filtered_view(metrica: &Metrica, definition: &Definition, filters: &[String]) -> Result<View> {
    let choices = parse_choices(filters, definition)?;
    Ok(metrica.filter(choices.iter().map(|(axis, choice)| (axis, choice)))?)
}

/// Parses choices such as `gender=girl`, `age:unset` and `page=blog/2013`.
pub(super) fn parse_choices(texts: &[String], definition: &Definition) -> Result<Vec<(String, Choice)>> {
    Ok(texts.iter().map(|text| text_format::parse(text, definition)).collect::<staste::Result<_>>()?)
}

/// Returns the requested measures, or all that the Metrica has if none is requested.
pub(super) fn measures(requested: Vec<Measure>, definition: &Definition) -> Result<Vec<Measure>> {
    if requested.is_empty() {
        return Ok(definition.measures().to_vec());
    }
    let checked = requested.into_iter().map(|measure| definition.check_measure(measure));
    Ok(checked.collect::<staste::Result<_>>()?)
}

/// Splits the values of `--by` into a scale and axes. No axis can have the name of a scale.
pub(super) fn scale_and_axes(
    by: &[String],
    scale: Option<&str>,
    definition: &Definition,
) -> Result<(Option<Scale>, Vec<String>)> {
    let mut scale = scale.map(Scale::parse).transpose()?;
    let mut axes = Vec::new();
    for name in by {
        match Scale::parse(name) {
            Ok(period) if scale.is_none() => scale = Some(period),
            Ok(period) => {
                return Err(Failure::input(format!("rows cannot be split by a second scale, {period}"))
                    .help("name one scale"));
            }
            Err(_) => {
                definition.axis_index(name).map_err(|error| {
                    Failure::from(error).help(
                        "rows can also be split by a scale: minute, hour, day, week, month, quarter or year",
                    )
                })?;
                axes.push(name.clone());
            }
        }
    }
    if scale.is_some() && axes.len() > 1 {
        return Err(Failure::input("a series can be split by one axis, not by several")
            .help("omit the scale, or replace an axis by a filter: --filter AXIS=CHOICE"));
    }
    Ok((scale, axes))
}

/// Reads the rows of a view.
pub(super) fn read_rows(view: &View, scale: Option<Scale>, axes: &[String]) -> staste::Result<Vec<Row>> {
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
                    reading: readings.get(index).cloned().flatten(),
                }));
            }
            Ok(rows)
        }
    }
}
