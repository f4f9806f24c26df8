//! An answer as CSV: one row for each period and choice.
//!
//! A choice takes two columns, `axis` and `axis:variant`; the second holds `unset` or `other` where the first is empty, which
//! distinguishes an empty choice from none. Numbers that are no longer retained are empty. What was counted in periods of
//! all time that are no longer kept has a row of its own, without start and end, and so has the sum of the rows that
//! `--top` leaves out: the rows add up to the total.

use std::io::Write;

use super::{Answer, Row};
use crate::failure::Result;
use staste::Reading;
use staste::formats::{Cell, CsvWriter, choice_cells, instant_with_offset};

/// The period of a row with what was counted in periods that are no longer kept.
const NO_LONGER_KEPT: &str = "no longer kept";
/// The period and the variant of the row with the sum of the rows that were left out.
const REST: &str = "rest";

/// Writes the rows with a header.
pub(super) fn write(answer: &Answer, out: &mut (impl Write + ?Sized)) -> Result<()> {
    let mut columns = Vec::new();
    if let Some(scale) = answer.scale {
        columns.extend([scale.name().to_owned(), format!("{scale}:start"), format!("{scale}:end")]);
    }
    for axis in &answer.axes {
        columns.extend([axis.clone(), format!("{axis}:variant")]);
    }
    columns.extend(answer.measures.iter().map(ToString::to_string));
    let mut writer = CsvWriter::new(out, &columns)?;
    for (choices, reading) in &answer.unkept {
        let mut cells = vec![Cell::Plain(NO_LONGER_KEPT.to_owned()), Cell::Empty, Cell::Empty];
        cells.extend(choices.iter().flat_map(choice_cells));
        cells.extend(measure_cells(answer, Some(reading)));
        writer.write(&cells)?;
    }
    for row in &answer.rows {
        writer.write(&cells(answer, row))?;
    }
    if let Some(rest) = &answer.rest {
        let period = answer.scale.map(|_| [Cell::Plain(REST.to_owned()), Cell::Empty, Cell::Empty]);
        let choices = answer.axes.iter().flat_map(|_| [Cell::Empty, Cell::Plain(REST.to_owned())]);
        let mut cells: Vec<Cell> = period.into_iter().flatten().chain(choices).collect();
        cells.extend(measure_cells(answer, Some(&rest.reading)));
        writer.write(&cells)?;
    }
    Ok(writer.finish()?)
}

fn cells(answer: &Answer, row: &Row) -> Vec<Cell> {
    let mut cells = Vec::new();
    if let Some(period) = &row.period {
        let end = |instant| instant_with_offset(&answer.zone, instant).map_or(Cell::Empty, Cell::Plain);
        cells.extend([Cell::Plain(period.label()), end(period.start), end(period.end)]);
    }
    cells.extend(row.choices.iter().flat_map(choice_cells));
    cells.extend(measure_cells(answer, row.reading.as_ref()));
    cells
}

fn measure_cells(answer: &Answer, reading: Option<&Reading>) -> impl Iterator<Item = Cell> {
    answer
        .measures
        .iter()
        .map(move |measure| Cell::measurement(reading.and_then(|reading| measure.of(reading))))
}
