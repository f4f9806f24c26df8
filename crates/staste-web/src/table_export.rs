//! The tables of charts as files: CSV and JSON, with all digits, and instants in UTC.

use staste_core::formats::{self, CsvWriter, instant_with_z, rows_as_json};

use crate::drawing::{Cell, SafeText, Table};

/// A table as CSV, with the names of its columns.
pub(crate) fn csv(table: &Table) -> Vec<u8> {
    let mut file = Vec::new();
    // Writing to memory cannot fail, and rows are as wide as the columns.
    let _ = write_csv(table, &mut file);
    file
}

/// A table as JSON: a list with an object for each row.
pub(crate) fn json(table: &Table) -> String {
    rows_as_json(&columns(table), &table.rows.iter().map(|row| cells(row)).collect::<Vec<_>>())
}

fn write_csv(table: &Table, file: &mut Vec<u8>) -> std::io::Result<()> {
    let mut writer = CsvWriter::new(file, &columns(table))?;
    for row in &table.rows {
        writer.write(&cells(row))?;
    }
    writer.finish()
}

fn columns(table: &Table) -> Vec<String> {
    table.columns.iter().map(SafeText::exact).map(str::to_owned).collect()
}

fn cells(row: &[Cell]) -> Vec<formats::Cell> {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => formats::Cell::text(text.exact()),
        Cell::Period(_, start) => formats::Cell::Plain(instant_with_z(*start).unwrap_or_default()),
        Cell::Number(number) => formats::Cell::Number(number.digits().to_owned()),
        Cell::Share(share) => formats::Cell::Share(*share),
        Cell::None(_) => formats::Cell::Empty,
    };
    row.iter().map(cell).collect()
}
