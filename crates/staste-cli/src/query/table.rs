//! An answer as a table with bars.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::retention_gaps::{Part, parts};
use super::{Answer, Row};
use crate::failure::Result;
use crate::output::{Cell, Screen, Table, aligned, average_text, choice_text, grouped, share_text};
use staste::{Measure, Measurement, Period, Reading, Unit};

/// Number of digits of a number in the unit that suits its size.
const UNIT_DIGITS: usize = 4;
/// Number of digits of the limit of a share.
const LIMIT_DIGITS: usize = 3;
/// Minimum width of the names of numbers.
const NAME_WIDTH: usize = 7;

/// Writes the table under a heading.
pub(super) fn write(answer: &Answer, screen: &mut Screen) -> Result<()> {
    heading(answer, screen)?;
    if answer.scale.is_none() && answer.axes.is_empty() {
        return single(answer, screen);
    }
    if answer.rows.is_empty() && answer.unkept.is_empty() {
        let nothing = match &answer.rest {
            Some(rest) => format!("{} rows, and nothing at any of them", grouped(&rest.rows.to_string())),
            None => "nothing was counted".to_owned(),
        };
        return screen.line(screen.style().dim(&nothing));
    }
    let mut table = Table::new();
    if let Some(scale) = answer.scale {
        table.left(scale.name());
    }
    answer.axes.iter().for_each(|axis| table.left(axis));
    answer.measures.iter().for_each(|measure| table.right(head(answer, *measure)));
    let unkept = answer.unkept_sum();
    let has_sum = answer.rows.len() > 1 || answer.rest.is_some() || unkept.is_some();
    let sum = answer.sum().filter(|_| has_sum);
    let readings: Vec<Option<Reading>> = answer
        .rows
        .iter()
        .map(|row| row.reading.clone())
        .chain(answer.rest.iter().map(|rest| Some(rest.reading.clone())))
        .chain(unkept.clone().map(Some))
        .chain(sum.clone().map(Some))
        .collect();
    let numbers = numbers(answer, &readings);
    let names = answer.rows.iter().zip(period_labels(&answer.rows)).map(|(row, label)| {
        let choices = answer.axes.iter().zip(&row.choices).map(|(axis, choice)| match choice {
            staste::Choice::Unset | staste::Choice::Other => Cell::dim(choice_text(choice)),
            value => Cell::new(choice_text(value) + answer.mark(axis, value)),
        });
        label.map(Cell::new).into_iter().chain(choices).collect::<Vec<Cell>>()
    });
    let measure = answer.first_measure();
    let mut rows: Vec<Option<(Vec<Cell>, f64)>> = Vec::with_capacity(answer.rows.len());
    for ((row, mut cells), numbers) in answer.rows.iter().zip(names).zip(&numbers) {
        let is_to_come = answer.is_to_come(row);
        cells.extend(numbers.iter().map(|number| Cell::new(if is_to_come { "" } else { number })));
        let value = row.reading.as_ref().and_then(|reading| measure.of(reading));
        rows.push(Some((cells, value.map_or(0.0, Measurement::as_f64))));
    }
    let kept: Vec<bool> = answer.rows.iter().map(|row| row.reading.is_some()).collect();
    let parts = parts(&kept);
    for part in &parts {
        match part {
            Part::Unkept(periods) => table.remark(no_longer_kept(*periods)),
            Part::Row(index) => {
                let row = rows.get_mut(*index).and_then(Option::take);
                row.into_iter().for_each(|(cells, length)| table.row_with_bar(cells, Some(length)));
            }
        }
    }
    let columns = answer.axes.len() + usize::from(answer.scale.is_some());
    let line = |name: String, numbers: &Vec<String>, dim: bool| {
        let cell = |text: String| if dim { Cell::dim(text) } else { Cell::new(text) };
        let mut cells = vec![cell(name)];
        cells.resize(columns, Cell::new(""));
        cells.extend(numbers.iter().map(|number| cell(number.clone())));
        cells
    };
    if let (Some(rest), Some(numbers)) = (&answer.rest, numbers.get(answer.rows.len())) {
        table.row(line(format!("{} more", grouped(&rest.rows.to_string())), numbers, true));
    }
    if unkept.is_some()
        && let Some(numbers) = numbers.get(answer.rows.len() + usize::from(answer.rest.is_some()))
    {
        table.row(line("no longer kept".to_owned(), numbers, true));
    }
    if let Some(numbers) = numbers.last().filter(|_| sum.is_some()) {
        table.sum(line("all".to_owned(), numbers, false));
    }
    table.draw(screen)?;
    footnotes(answer, &kept, screen)
}

/// The line that replaces a number of periods.
pub(super) fn no_longer_kept(periods: usize) -> String {
    format!("{} more  no longer kept at this scale", grouped(&periods.to_string()))
}

/// The query, in one line.
pub(super) fn heading(answer: &Answer, screen: &mut Screen) -> Result<()> {
    if screen.is_quiet() {
        return Ok(());
    }
    let scale = answer.scale.map(staste::Scale::name);
    let by: Vec<&str> = scale.into_iter().chain(answer.axes.iter().map(String::as_str)).collect();
    let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(" and ")) };
    let mut parts = vec![screen.style().bold(&format!("{}{by}", answer.metrica))];
    if answer.is_wide() {
        parts.push(head(answer, answer.first_measure()));
    }
    parts.extend(answer.timespan.clone());
    parts.extend(answer.filter.iter().map(|(axis, choice)| format!("{axis} {}", choice_text(choice))));
    screen.line(parts.join(screen.either(" · ", " | ")))?;
    screen.line("")
}

fn single(answer: &Answer, screen: &mut Screen) -> Result<()> {
    let reading = answer.rows.first().and_then(|row| row.reading.as_ref());
    let widths = answer.measures.iter().map(|measure| head(answer, *measure).width());
    let width = widths.max().unwrap_or(0).max(NAME_WIDTH);
    for measure in &answer.measures {
        let number = column(answer, *measure, vec![number(answer, *measure, reading)]).concat();
        let unit = unit_of_column(answer, *measure).map_or_else(String::new, |unit| format!(" {unit}"));
        let name = if measure.has_unit() { measure.to_string() } else { head(answer, *measure) };
        screen.line(format!("{name:width$}  {}{unit}", screen.style().bold(&number)))?;
    }
    Ok(())
}

/// The numbers of a column, which line up.
fn column(answer: &Answer, measure: Measure, texts: Vec<String>) -> Vec<String> {
    if answer.has_aligned_numbers(measure) { aligned(&texts) } else { texts }
}

/// The numbers of each reading, with the decimals of each column aligned.
fn numbers(answer: &Answer, readings: &[Option<Reading>]) -> Vec<Vec<String>> {
    let columns: Vec<Vec<String>> = answer
        .measures
        .iter()
        .map(|measure| {
            let texts: Vec<String> =
                readings.iter().map(|reading| number(answer, *measure, reading.as_ref())).collect();
            column(answer, *measure, texts)
        })
        .collect();
    let row = |index: usize| columns.iter().filter_map(|column| column.get(index).cloned()).collect();
    (0..readings.len()).map(row).collect()
}

/// The unit of all numbers of a measure; none where each number has one that suits its size.
fn unit_of_column(answer: &Answer, measure: Measure) -> Option<&Unit> {
    answer.unit.as_ref().filter(|unit| measure.has_unit() && !unit.has_multiples())
}

/// The heading of the column of a measure.
fn head(answer: &Answer, measure: Measure) -> String {
    match (measure, &answer.unit) {
        (Measure::ShareBelow(limit), Some(unit)) => {
            format!("up to {}", unit.text(limit.value(), LIMIT_DIGITS))
        }
        (Measure::ShareBelow(limit), None) => format!("up to {limit}"),
        _ => match unit_of_column(answer, measure) {
            Some(unit) => format!("{measure} ({unit})"),
            None => measure.to_string(),
        },
    }
}

/// The text of a number; a dash if there is no number.
pub(super) fn number(answer: &Answer, measure: Measure, reading: Option<&Reading>) -> String {
    match (reading.and_then(|reading| measure.of(reading)), &answer.unit) {
        (Some(Measurement::Share(share)), _) => share_text(share),
        (Some(value), Some(unit)) if measure.has_unit() && unit.has_multiples() => {
            unit.text(value.as_f64(), UNIT_DIGITS)
        }
        (value, _) => number_without_unit(value, answer.multiplier),
    }
}

fn number_without_unit(value: Option<Measurement>, multiplier: u32) -> String {
    match value {
        Some(Measurement::Average(value) | Measurement::Percentile(value)) => average_text(value, multiplier),
        Some(exact) => exact.to_string(),
        None => "-".to_owned(),
    }
}

/// The label of each row's period: with the offset where the clock was set back, marked where partial.
pub(super) fn period_labels(rows: &[Row]) -> Vec<Option<String>> {
    let mut offsets: HashMap<String, i64> = HashMap::new();
    let mut twice: Vec<String> = Vec::new();
    let periods = rows.iter().filter_map(|row| row.period.as_ref());
    for period in periods {
        let label = period.label();
        if *offsets.entry(label.clone()).or_insert(period.offset) != period.offset {
            twice.push(label);
        }
    }
    let label = |period: &Period| {
        let mut label = period.label();
        if twice.contains(&label) {
            label.push_str(&staste::formats::offset_text(period.offset));
        }
        if period.partial {
            label.push_str(" *");
        }
        label
    };
    rows.iter().map(|row| row.period.as_ref().map(label)).collect()
}

/// The meaning of the marks in a table; `kept` says of each row whether it is still kept.
pub(super) fn footnotes(answer: &Answer, kept: &[bool], screen: &mut Screen) -> Result<()> {
    if screen.is_quiet() {
        return Ok(());
    }
    let partial = answer.rows.iter().any(|row| row.period.as_ref().is_some_and(|period| period.partial));
    if partial {
        screen.line(
            screen.style().dim("* part of a period: the rest was not requested, or is in the future"),
        )?;
    }
    if let (Some(rest), true) = (&answer.rest, answer.is_wide()) {
        let measure = answer.first_measure();
        let number = number(answer, measure, Some(&rest.reading));
        let note =
            format!("{} more choices are not shown: {measure} {number}", grouped(&rest.rows.to_string()));
        screen.line(screen.style().dim(&note))?;
    }
    if answer.is_wide() && answer.measures.len() > 1 {
        let note = "a wide table shows one number; --average shows another, --format csv all";
        screen.line(screen.style().dim(note))?;
    }
    if answer.rows.iter().any(|row| answer.is_to_come(row)) {
        screen.line(screen.style().dim("without a number: in the future"))?;
    }
    if let (Some(unkept), Some(scale)) = (answer.unkept_sum(), answer.scale) {
        let measure = answer.first_measure();
        let number = number(answer, measure, Some(&unkept));
        let note = format!(
            "no longer kept by {scale}: {measure} {number}, counted in earlier periods; a coarser scale has them"
        );
        screen.line(screen.style().dim(&note))?;
    }
    if kept.contains(&false) {
        let shown =
            parts(kept).iter().any(|part| matches!(part, Part::Row(row) if kept.get(*row) == Some(&false)));
        let what = if shown { "- no longer kept at this scale; " } else { "" };
        let note = format!("{what}`staste show {}` says what is kept", answer.metrica);
        screen.line(screen.style().dim(&note))?;
    }
    Ok(())
}
