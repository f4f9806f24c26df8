//! The numbers of a chart for programs: CSV and JSON, with all digits, and instants in UTC.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use staste_core::Zone;
use staste_core::text_format::csv_cell;

use crate::drawing::{Cell, SafeText, Table};

/// One row a period or choice, with a header. What is not known is empty.
pub(crate) fn csv(table: &Table) -> Vec<u8> {
    let Table { columns, rows } = table;
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and rows are as wide as the columns.
    let _ = writer.write_record(columns.iter().map(|name| csv_cell(name.exact()).into_owned()));
    for row in rows {
        let _ = writer.write_record(row.iter().map(|cell| match cell {
            Cell::Text(name) => csv_cell(name.exact()).into_owned(),
            cell => text(cell),
        }));
    }
    writer.into_inner().unwrap_or_default()
}

/// A list of objects, one a row. What is not known is null.
pub(crate) fn json(table: &Table) -> String {
    serde_json::to_string(&Rows(table)).unwrap_or_else(|_| "[]".to_owned())
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(name) => name.exact().to_owned(),
        Cell::Period(_, start) => instant(*start),
        Cell::Number(number) => number.digits().to_owned(),
        Cell::Share(share) => share.to_string(),
        Cell::None(_) => String::new(),
    }
}

/// An instant in UTC, as RFC 3339 has it.
fn instant(start: i64) -> String {
    Zone::utc().civil(start).map_or_else(|_| String::new(), |civil| format!("{civil}Z"))
}

struct Rows<'a>(&'a Table);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for row in &self.0.rows {
            rows.serialize_element(&Row(&self.0.columns, row))?;
        }
        rows.end()
    }
}

struct Row<'a>(&'a [SafeText], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().map(SafeText::exact).zip(self.1) {
            match cell {
                Cell::Number(number) => {
                    // Digits beyond what a float holds stay.
                    let digits =
                        RawValue::from_string(number.digits().to_owned()).map_err(S::Error::custom)?;
                    fields.serialize_entry(column, &digits)?;
                }
                Cell::Share(share) => fields.serialize_entry(column, share)?,
                Cell::None(_) => fields.serialize_entry(column, &())?,
                cell => fields.serialize_entry(column, &text(cell))?,
            }
        }
        fields.end()
    }
}
