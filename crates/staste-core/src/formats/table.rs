//! Tables of answers: rows of cells, as CSV and as JSON.

use std::borrow::Cow;
use std::io;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::amount::Measurement;
use crate::formats::json::Json;
use crate::schema::{Choice, text_format};

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text that strangers may have chosen. In CSV one that a spreadsheet would take for a formula has an apostrophe
    /// before it.
    Text(String),
    /// A text of ours, such as an instant.
    Plain(String),
    /// The digits of a number.
    Number(String),
    /// A share of a whole.
    Share(f64),
    /// Nothing: empty in CSV, and null in JSON.
    Empty,
}

impl Cell {
    /// A text that strangers may have chosen.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// A whole number.
    pub fn number(number: impl Into<i128>) -> Cell {
        Cell::Number(number.into().to_string())
    }

    /// The value of a measure with all its digits; empty if there is none.
    pub fn measurement(value: Option<Measurement>) -> Cell {
        value.map_or(Cell::Empty, |value| Cell::Number(value.to_string()))
    }

    fn csv(&self) -> Cow<'_, str> {
        match self {
            Cell::Text(text) => text_format::csv_cell(text),
            Cell::Plain(text) | Cell::Number(text) => Cow::Borrowed(text),
            Cell::Share(share) => Cow::Owned(share.to_string()),
            Cell::Empty => Cow::Borrowed(""),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Text(text) | Cell::Plain(text) => serializer.serialize_str(text),
            Cell::Number(digits) => Json::serialize_number(digits, serializer),
            Cell::Share(share) => serializer.serialize_f64(*share),
            Cell::Empty => serializer.serialize_unit(),
        }
    }
}

/// The two cells of a choice in a table: its text, and its variant where that is `unset`, `other` or `all`, so that an
/// empty choice is distinguished from none.
///
/// ```
/// use staste::{Choice, formats::{Cell, choice_cells}};
/// assert_eq!(choice_cells(&Choice::value("girl")), [Cell::text("girl"), Cell::text("")]);
/// assert_eq!(choice_cells(&Choice::Unset), [Cell::text(""), Cell::text("unset")]);
/// ```
pub fn choice_cells(choice: &Choice) -> [Cell; 2] {
    let (text, variant) = match choice {
        Choice::Unset => (String::new(), "unset"),
        Choice::Other => (String::new(), "other"),
        Choice::All => (String::new(), "all"),
        Choice::Path(path) if path.is_other() => {
            (text_format::choice(&Choice::path(path.components())), "other")
        }
        value => (text_format::choice(value), ""),
    };
    [Cell::Text(text), Cell::text(variant)]
}

/// Writes a table as CSV, row by row.
#[derive(Debug)]
pub struct CsvWriter<W: io::Write>(csv::Writer<W>);

impl<W: io::Write> CsvWriter<W> {
    /// Writes the names of the columns.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn new(out: W, columns: &[String]) -> io::Result<CsvWriter<W>> {
        let mut writer = csv::Writer::from_writer(out);
        let columns = columns.iter().map(|name| text_format::csv_cell(name).into_owned());
        writer.write_record(columns).map_err(io_error)?;
        Ok(CsvWriter(writer))
    }

    /// Writes a row, which has as many cells as there are columns.
    ///
    /// # Errors
    /// When the output cannot be written, or the row has more or fewer cells.
    pub fn write(&mut self, row: &[Cell]) -> io::Result<()> {
        self.0.write_record(row.iter().map(|cell| cell.csv().into_owned())).map_err(io_error)
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Keeps the kind of an error of the output, such as a broken pipe.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A table as JSON: a list with an object for each row, whose fields are in the order of the columns.
pub fn rows_as_json(columns: &[String], rows: &[Vec<Cell>]) -> String {
    serde_json::to_string(&Rows(columns, rows)).unwrap_or_else(|_| "[]".to_owned())
}

struct Rows<'a>(&'a [String], &'a [Vec<Cell>]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.1.len()))?;
        for row in self.1 {
            rows.serialize_element(&Row(self.0, row))?;
        }
        rows.end()
    }
}

struct Row<'a>(&'a [String], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            fields.serialize_entry(column, cell)?;
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_every_digit_and_distinguishes_nothing_from_empty_text() {
        let columns = ["+name", "total", "share", "none"].map(str::to_owned);
        let cells = vec![Cell::text(""), Cell::number(i128::MAX), Cell::Share(1.0), Cell::Empty];
        let mut file = Vec::new();
        let mut csv = CsvWriter::new(&mut file, &columns).unwrap();
        csv.write(&cells).unwrap();
        csv.finish().unwrap();
        let mut too_short = CsvWriter::new(Vec::new(), &columns).unwrap();
        assert!(too_short.write(&cells[1..]).is_err());
        let digits = i128::MAX;
        assert_eq!(String::from_utf8(file).unwrap(), format!("'+name,total,share,none\n,{digits},1,\n"));
        let json = format!("[{{\"+name\":\"\",\"total\":{digits},\"share\":1.0,\"none\":null}}]");
        assert_eq!(rows_as_json(&columns, &[cells]), json);
    }

    #[test]
    fn choice_past_the_cap_below_a_place_has_its_place_and_a_variant() {
        let place = Choice::path(["=a", "b"]);
        assert_eq!(choice_cells(&place), [Cell::text("=a/b"), Cell::text("")]);
        for (choice, variant) in [(Choice::Unset, "unset"), (Choice::Other, "other"), (Choice::All, "all")] {
            assert_eq!(choice_cells(&choice), [Cell::text(""), Cell::text(variant)]);
        }
    }
}
