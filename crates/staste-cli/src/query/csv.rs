//! An answer as CSV: one row for each period and choice.
//!
//! A choice takes two columns, `axis` and `axis:variant`; the second holds `unset` or `other` where the first is empty, which
//! distinguishes an empty choice from none. Numbers that are no longer retained are empty.

use std::io::Write;

use super::{Answer, Row};
use crate::failure::Result;
use staste::formats::{Cell, CsvWriter, choice_cells, instant_with_offset};

/// Writes the rows with a header.
pub(super) fn write(answer: &Answer, out: &mut (impl Write + ?Sized)) -> Result<()> {
    let mut columns = Vec::new();
    if let Some(scale) = answer.scale {
        columns.extend([scale.name().to_owned(), format!("{scale}:start"), format!("{scale}:end")]);
    }
    for axis in &answer.axes {
        columns.extend([axis.clone(), format!("{axis}:variant")]);
    }
    columns.extend(answer.measures.iter().map(|measure| measure.name().to_owned()));
    let mut writer = CsvWriter::new(out, &columns)?;
    for row in &answer.rows {
        writer.write(&cells(answer, row))?;
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
    for measure in &answer.measures {
        cells.push(Cell::measurement(row.reading.as_ref().and_then(|reading| measure.of(reading))));
    }
    cells
}
