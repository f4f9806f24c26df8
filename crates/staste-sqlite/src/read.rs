//! The verb `read`: a question answered from one consistent look at the cells.

use rusqlite::Rows;
use staste_core::plan::ReadPlan;
use staste_core::store::{Answer, ChoiceTable, Question};
use staste_core::{Choice, Definition, Error};

use crate::catalog::{LOOK, MetricaRow};
use crate::cell_reader::CellReader;
use crate::failure::Outcome;
use crate::session::Session;

/// Answers a question.
pub(crate) fn read(session: &mut Session, question: &Question) -> Outcome<Answer> {
    let Session { connection, catalog, .. } = session;
    // While this statement has not ended, everything else is read in the same transaction.
    let mut look = connection.prepare_cached(LOOK)?;
    let mut rows = look.query([&question.definition.name])?;
    let row = first(&mut rows, &question.definition)?;
    let known = catalog.known(connection, &row, &question.definition)?;
    known.agree(&question.definition);
    let mut plan = ReadPlan::new(question, &known.tables, row.watermarks);
    let spans = plan.spans();
    if !spans.is_empty() {
        let mut reader = CellReader::new(connection, known, &plan);
        spans.into_iter().try_for_each(|span| reader.span(span, &mut plan))?;
    }
    Ok(plan.answer())
}

/// The choices known on an axis.
pub(crate) fn choices(session: &mut Session, definition: &Definition, axis: usize) -> Outcome<Vec<Choice>> {
    let Session { connection, catalog, .. } = session;
    let mut look = connection.prepare_cached(LOOK)?;
    let mut rows = look.query([&definition.name])?;
    let row = first(&mut rows, definition)?;
    let known = catalog.known(connection, &row, definition)?;
    Ok(known.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
}

/// The row of the Metrica, whose statement stays open.
fn first(rows: &mut Rows<'_>, definition: &Definition) -> Outcome<MetricaRow> {
    match rows.next()? {
        Some(row) => Ok(MetricaRow::of(row)?),
        None => Err(Error::stale(&definition.name).into()),
    }
}
