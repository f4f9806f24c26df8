//! The verb `forget`: a Metrica, or kicks of it.

use rusqlite::Connection;
use staste_core::plan::Point;
use staste_core::store::ALL;
use staste_core::store::{Forget, Forgotten};

use crate::catalog::{Catalog, Known, MetricaRow, stored_definition};
use crate::define::count_points;
use crate::erase::Erasure;
use crate::failure::Outcome;
use crate::link::Link;
use crate::sql::{Sql, amounts_at, unsigned};
use crate::{bucket, view};

/// Removes kicks, or moves them to *other*, in one transaction.
pub(crate) fn forget(link: &mut Link, forget: &Forget) -> Outcome<Forgotten> {
    link.busy_wait.expect(0);
    link.write(|connection, catalog| {
        let forgotten = match forget {
            Forget::Metrica(metrica) => whole_metrica(connection, catalog, metrica)?,
            Forget::Kicks { definition, filter, span, into_other } => {
                let mut row = MetricaRow::get(connection, &definition.name)?;
                let known = catalog.known(connection, &row, definition)?;
                let before = grand_total(connection, known)?;
                let erasure = Erasure { connection, filter, span: span.as_ref(), into_other: *into_other };
                let cells = if filter.is_empty() && span.is_none() {
                    all_kicks(connection, known)?
                } else {
                    erasure.run(known, &mut row)?
                };
                row.points = count_points(connection, row.id, &known.sql)?;
                row.generation += 1;
                row.save(connection)?;
                let after = grand_total(connection, known)?;
                difference(cells, before, after)
            }
        };
        catalog.clear();
        Ok(forgotten)
    })
}

fn whole_metrica(connection: &Connection, catalog: &mut Catalog, metrica: &str) -> Outcome<Forgotten> {
    let Some(row) = MetricaRow::find(connection, metrica)? else { return Ok(Forgotten::default()) };
    let definition = stored_definition(connection, row.id)?;
    let known = catalog.known(connection, &row, &definition)?;
    let before = grand_total(connection, known)?;
    let cells = count_cells(connection, &known.sql)?;
    view::drop(connection, row.id)?;
    connection.execute_batch(&format!("DROP TABLE {}", known.sql.cells))?;
    for table in ["buckets", "choices"] {
        connection.execute(&format!("DELETE FROM \"staste:{table}\" WHERE metrica = ?1"), [row.id])?;
    }
    connection.execute("DELETE FROM \"staste:metricas\" WHERE id = ?1", [row.id])?;
    connection.execute(
        "DELETE FROM \"staste:records\" WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1",
        [format!("import/{metrica}/")],
    )?;
    Ok(difference(cells, before, (0, 0)))
}

fn all_kicks(connection: &Connection, known: &Known) -> Outcome<u64> {
    let cells = count_cells(connection, &known.sql)?;
    connection.execute(&format!("DELETE FROM {}", known.sql.cells), [])?;
    connection.execute("DELETE FROM \"staste:buckets\" WHERE metrica = ?1", [known.id])?;
    Ok(cells)
}

fn count_cells(connection: &Connection, sql: &Sql) -> Outcome<u64> {
    let count = format!("SELECT count(*) FROM {}", sql.cells);
    Ok(unsigned(connection.query_row(&count, [], |row| row.get(0))?))
}

/// Total and count of all kicks there are.
fn grand_total(connection: &Connection, known: &Known) -> Outcome<(i64, i64)> {
    let Some(ever) = bucket::ever(connection, known.id)? else { return Ok((0, 0)) };
    let mut select = connection.prepare_cached(&known.sql.point)?;
    let all = Point::from_elem(ALL, known.sql.axes);
    Ok(amounts_at(&mut select, ever, &all)?.unwrap_or_default())
}

fn difference(cells: u64, before: (i64, i64), after: (i64, i64)) -> Forgotten {
    let mut forgotten = Forgotten::default();
    forgotten.cells = cells;
    forgotten.total = i128::from(before.0) - i128::from(after.0);
    forgotten.count = i128::from(before.1) - i128::from(after.1);
    forgotten
}
