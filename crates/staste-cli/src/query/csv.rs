//! An answer as CSV: one row a period and choice.
//!
//! A choice takes two columns, `axis` and `axis:variant`; the second holds `unset` or `other` where the
//! first holds nothing, which distinguishes an empty choice from none. What is no longer kept is empty. A choice that a
//! spreadsheet would take for a formula has an apostrophe before it.

use std::io::Write;

use super::{Answer, Row, iso};
use crate::failure::Result;
use staste::{Choice, text_format};

/// Writes the answer with a header.
pub(super) fn write(answer: &Answer, out: &mut (impl Write + ?Sized)) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let mut head = Vec::new();
    if let Some(scale) = answer.scale {
        head.extend([scale.name().to_owned(), format!("{scale}:start"), format!("{scale}:end")]);
    }
    for axis in &answer.axes {
        head.extend([axis.clone(), format!("{axis}:variant")]);
    }
    head.extend(answer.measures.iter().map(|measure| measure.name().to_owned()));
    writer.write_record(&head)?;
    for row in &answer.rows {
        writer.write_record(record(answer, row))?;
    }
    Ok(writer.flush()?)
}

fn record(answer: &Answer, row: &Row) -> Vec<String> {
    let mut record = Vec::new();
    if let Some(period) = &row.period {
        let end = |instant| iso(&answer.zone, instant).unwrap_or_default();
        record.extend([period.label(), end(period.start), end(period.end)]);
    }
    for choice in &row.choices {
        record.extend(cells(choice));
    }
    for measure in &answer.measures {
        let value = row.reading.as_ref().and_then(|reading| measure.of(reading));
        record.push(value.map(|value| value.to_string()).unwrap_or_default());
    }
    record
}

/// The choice and its variant.
pub(crate) fn cells(choice: &Choice) -> [String; 2] {
    match choice {
        Choice::Unset => [String::new(), "unset".to_owned()],
        Choice::Other => [String::new(), "other".to_owned()],
        Choice::All => [String::new(), "all".to_owned()],
        Choice::Path(path) if path.is_other() => {
            let above = Choice::path(path.components());
            [guarded(&above), "other".to_owned()]
        }
        value => [guarded(value), String::new()],
    }
}

/// A choice that no spreadsheet takes for a formula.
fn guarded(choice: &Choice) -> String {
    text_format::csv_cell(&text_format::choice(choice)).into_owned()
}
