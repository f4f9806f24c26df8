//! The operation `read`: a query in one consistent transaction.

use rusqlite::Rows;
use staste_core::plan::ReadPlan;
use staste_core::store::{Answer, ChoiceTable, Question};
use staste_core::{Choice, Definition, Error};

use crate::cells::cell_reader::CellReader;
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::row::{MetricaRow, SELECT_ROW};

/// Returns the result of a query.
pub(crate) fn read(session: &mut Session, question: &Question) -> Outcome<Answer> {
    let Session { connection, catalog, .. } = session;
    // As long as this statement is open, everything is read in the same transaction.
    let mut select = connection.prepare_cached(SELECT_ROW)?;
    let mut rows = select.query([&question.definition.name])?;
    let row = read_row(&mut rows, &question.definition)?;
    let known = catalog.metrica(connection, &row, &question.definition)?;
    known.remember_caller_definition(&question.definition);
    let mut plan = ReadPlan::new(question, &known.tables, row.watermarks);
    let spans = plan.spans();
    if !spans.is_empty() {
        let mut reader = CellReader::new(connection, known, &plan);
        spans.into_iter().try_for_each(|span| reader.read_span(span, &mut plan))?;
    }
    Ok(plan.answer())
}

/// Returns the known choices of an axis.
pub(crate) fn choices(session: &mut Session, definition: &Definition, axis: usize) -> Outcome<Vec<Choice>> {
    let Session { connection, catalog, .. } = session;
    let mut select = connection.prepare_cached(SELECT_ROW)?;
    let mut rows = select.query([&definition.name])?;
    let row = read_row(&mut rows, definition)?;
    let known = catalog.metrica(connection, &row, definition)?;
    Ok(known.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
}

/// Returns the row of the Metrica. The statement stays open.
fn read_row(rows: &mut Rows<'_>, definition: &Definition) -> Outcome<MetricaRow> {
    match rows.next()? {
        Some(row) => Ok(MetricaRow::of(row)?),
        None => Err(Error::stale(&definition.name).into()),
    }
}
