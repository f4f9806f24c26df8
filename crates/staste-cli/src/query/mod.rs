//! `Answer`: the rows of a query, and how they are printed.

mod csv;
mod histogram;
mod json;
mod retention_gaps;
mod table;
mod wide;

pub(crate) use histogram::Histogram;

use std::cmp::Ordering;

use staste::{Choice, Definition, Measure, Period, Reading, Scale, Total, Unit, Zone};

use crate::context::Context;
use crate::failure::Result;
use crate::output::OutputFormat;

/// Up to this many rows, those at zero are shown one by one.
const FEW_ROWS: usize = 20;

/// A query and its rows.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) metrica: String,
    pub(crate) multiplier: u32,
    /// The unit of the values.
    pub(crate) unit: Option<Unit>,
    pub(crate) zone: Zone,
    /// The timespan in words; none for all time.
    pub(crate) timespan: Option<String>,
    pub(crate) filter: Vec<(String, Choice)>,
    /// The scale of the periods that rows have; none where they have no period.
    pub(crate) scale: Option<Scale>,
    /// The axes of the choices that rows have.
    pub(crate) axes: Vec<String>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) rows: Vec<Row>,
    /// What was counted in periods of the scale that are no longer kept, so that no row has it: by choice.
    pub(crate) unkept: Vec<(Vec<Choice>, Reading)>,
    /// The rows below the top, if only the top was requested.
    pub(crate) rest: Option<Rest>,
    /// The time of the query: later periods have not begun yet.
    pub(crate) now: i64,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) period: Option<Period>,
    pub(crate) choices: Vec<Choice>,
    /// None when the period is no longer kept.
    pub(crate) reading: Option<Reading>,
}

/// The rows below the top.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) rows: usize,
    pub(crate) reading: Reading,
}

/// Orders the larger one first, and readings that are no longer kept last.
fn larger_first(measure: Measure, one: Option<&Reading>, other: Option<&Reading>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => measure.compare(other, one),
        _ => one.is_none().cmp(&other.is_none()),
    }
}

impl Answer {
    /// An answer without rows.
    pub(crate) fn new(definition: &Definition, measures: Vec<Measure>) -> Answer {
        Answer {
            metrica: definition.name.clone(),
            multiplier: definition.multiplier,
            unit: definition.labels.unit.clone(),
            zone: definition.zone.clone(),
            timespan: None,
            filter: Vec::new(),
            scale: None,
            axes: Vec::new(),
            measures,
            rows: Vec::new(),
            unkept: Vec::new(),
            rest: None,
            now: i64::MAX,
        }
    }

    /// The measure of the bars and of the order.
    pub(crate) fn first_measure(&self) -> Measure {
        self.measures.first().copied().unwrap_or(Measure::Total)
    }

    /// True if the numbers of a measure have the same unit and line up at their decimal point.
    fn has_aligned_numbers(&self, measure: Measure) -> bool {
        let has_own_units = measure.has_unit() && self.unit.as_ref().is_some_and(Unit::has_multiples);
        !has_own_units && !matches!(measure, Measure::ShareBelow(_))
    }

    /// True for a series that is split by an axis.
    pub(crate) fn is_wide(&self) -> bool {
        self.scale.is_some() && !self.axes.is_empty()
    }

    /// The suffix of the choice of a row: the filtered path itself is listed together with the paths below it.
    fn mark(&self, axis: &str, choice: &Choice) -> &'static str {
        let is_filter = self.filter.iter().any(|(filtered, to)| filtered == axis && to == choice);
        if is_filter && choice.as_path().is_some() { " (itself)" } else { "" }
    }

    /// True for a row at zero of a period that has not begun yet: 0 would look like a known number.
    fn is_to_come(&self, row: &Row) -> bool {
        row.period.as_ref().is_some_and(|period| period.start > self.now)
            && row.reading.as_ref().is_some_and(is_zero)
    }

    /// Keeps the `count` largest rows; of a series that is split, the lines of the `count` largest choices.
    pub(crate) fn keep_top(&mut self, count: usize) {
        let measure = self.first_measure();
        if self.is_wide() {
            let mut lines = self.lines();
            lines.sort_by(|(_, one), (_, other)| measure.compare(other, one));
            let left_out = lines.split_off(count.min(lines.len()));
            let rank = |choices: &[Choice]| lines.iter().position(|(kept, _)| kept == choices);
            self.rows.retain(|row| rank(&row.choices).is_some());
            // Within a period the largest choice comes first.
            self.rows.sort_by_key(|row| (row.period.as_ref().map(|period| period.start), rank(&row.choices)));
            self.rest = rest_of(left_out.into_iter().map(|(_, reading)| Some(reading)), self.multiplier);
            return;
        }
        self.rows.sort_by(|one, other| larger_first(measure, one.reading.as_ref(), other.reading.as_ref()));
        let left_out = self.rows.split_off(count.min(self.rows.len()));
        self.rest = rest_of(left_out.into_iter().map(|row| row.reading), self.multiplier);
    }

    /// The sum over all periods of each choice, in the order of the rows.
    pub(crate) fn lines(&self) -> Vec<(Vec<Choice>, Reading)> {
        let mut lines: Vec<(Vec<Choice>, Reading)> = Vec::new();
        // Each period has a row for every choice, in the same order, so the next line is the likely one.
        let mut at = 0;
        for row in &self.rows {
            let found = lines.get(at).is_some_and(|(choices, _)| *choices == row.choices);
            let index =
                if found { Some(at) } else { lines.iter().position(|(choices, _)| *choices == row.choices) };
            let index = index.unwrap_or_else(|| {
                lines.push((row.choices.clone(), nothing(self.multiplier)));
                lines.len() - 1
            });
            if let (Some((_, sum)), Some(reading)) = (lines.get_mut(index), &row.reading) {
                *sum = added(sum, reading);
            }
            at = if index + 1 == lines.len() { 0 } else { index + 1 };
        }
        lines
    }

    /// Finds what was counted in periods that are no longer kept: the difference between the rows and `totals`, which has
    /// the reading of each choice without periods.
    pub(crate) fn find_unkept(&mut self, totals: &[Row]) {
        let lines = self.lines();
        let missing = totals.iter().filter_map(|row| {
            let total = row.reading.as_ref()?;
            let listed = lines.iter().find(|(choices, _)| *choices == row.choices);
            let missing = listed.map_or_else(|| total.clone(), |(_, listed)| total.minus(listed));
            (!is_zero(&missing)).then(|| (row.choices.clone(), missing))
        });
        self.unkept = missing.collect();
    }

    /// The sum of what is no longer kept; none when everything is.
    pub(crate) fn unkept_sum(&self) -> Option<Reading> {
        let readings = self.unkept.iter().map(|(_, reading)| reading.clone());
        readings.reduce(|one, other| added(&one, &other))
    }

    /// The sum of all rows, the rest, and what is no longer kept; none when some rows are no longer kept.
    pub(crate) fn sum(&self) -> Option<Reading> {
        let mut sum =
            self.rest.as_ref().map_or_else(|| nothing(self.multiplier), |rest| rest.reading.clone());
        if let Some(unkept) = self.unkept_sum() {
            sum = added(&sum, &unkept);
        }
        for row in &self.rows {
            sum = added(&sum, row.reading.as_ref()?);
        }
        Some(sum)
    }

    /// Prints it.
    ///
    /// # Errors
    /// When the output is closed, or a table cannot show it.
    pub(crate) fn write(mut self, context: &mut Context, format: OutputFormat) -> Result<()> {
        match format {
            OutputFormat::Table if self.is_wide() => wide::write(&self, &mut context.screen),
            OutputFormat::Table => {
                self.fold_zeros();
                table::write(&self, &mut context.screen)
            }
            OutputFormat::Json => json::write(&self, &mut context.screen),
            OutputFormat::Csv => csv::write(&self, context.screen.writer()),
        }
    }

    /// Folds the rows at zero into one line where there are many rows: a page of zeros hides the others.
    fn fold_zeros(&mut self) {
        if self.scale.is_some() || self.rest.is_some() || self.rows.len() <= FEW_ROWS {
            return;
        }
        let (zeros, rows): (Vec<Row>, Vec<Row>) = std::mem::take(&mut self.rows)
            .into_iter()
            .partition(|row| row.reading.as_ref().is_some_and(is_zero));
        self.rows = rows;
        self.rest = rest_of(zeros.into_iter().map(|row| row.reading), self.multiplier);
    }

    /// Writes it as CSV.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write_csv(&self, out: &mut dyn std::io::Write) -> Result<()> {
        csv::write(self, out)
    }

    /// Writes each row as a line of JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write_ndjson(&self, out: &mut dyn std::io::Write) -> Result<()> {
        json::write_lines(self, out)
    }
}

fn is_zero(reading: &Reading) -> bool {
    reading.total.raw() == 0 && reading.count.is_none_or(|count| count == 0)
}

fn nothing(multiplier: u32) -> Reading {
    Reading::new(Total::new(0, multiplier), None)
}

fn added(one: &Reading, other: &Reading) -> Reading {
    // What was added up so far has no count before the first reading.
    if one.count.is_none() && one.total.raw() == 0 { other.clone() } else { one.plus(other) }
}

fn rest_of(readings: impl Iterator<Item = Option<Reading>>, multiplier: u32) -> Option<Rest> {
    let mut rest = Rest { rows: 0, reading: nothing(multiplier) };
    for reading in readings {
        rest.rows += 1;
        if let Some(reading) = reading {
            rest.reading = added(&rest.reading, &reading);
        }
    }
    (rest.rows > 0).then_some(rest)
}
