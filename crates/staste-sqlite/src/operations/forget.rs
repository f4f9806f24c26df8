//! The operation `forget`: deletes a Metrica, or some of its kicks.

use rusqlite::Connection;
use staste_core::Amount;
use staste_core::plan::Point;
use staste_core::store::{ALL, Forget, Forgotten};

use crate::cells::bucket;
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::catalog::Catalog;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::row::{MetricaRow, stored_definition};
use crate::metrica::view;
use crate::operations::define::count_points;
use crate::operations::erase_kicks::erase;
use crate::sql::{Sql, amount_at, unsigned};

/// Deletes kicks, or moves them to *other*, in one transaction.
pub(crate) fn forget(session: &mut Session, forget: &Forget) -> Outcome<Forgotten> {
    session.busy_wait.set_transaction_size(0);
    session.write(|connection, catalog| {
        let forgotten = match forget {
            Forget::Metrica(metrica) => forget_metrica(connection, catalog, metrica)?,
            Forget::Kicks(selection) => {
                let mut row = MetricaRow::get(connection, &selection.definition.name)?;
                let known = catalog.metrica(connection, &row, &selection.definition)?;
                let forgotten = if selection.is_everything() {
                    delete_all_cells(connection, known)?
                } else {
                    erase(connection, known, &mut row, selection)?
                };
                row.points = count_points(connection, row.id, &known.sql)?;
                row.generation += 1;
                row.save(connection)?;
                forgotten
            }
        };
        catalog.clear();
        Ok(forgotten)
    })
}

fn forget_metrica(connection: &Connection, catalog: &mut Catalog, metrica: &str) -> Outcome<Forgotten> {
    let Some(row) = MetricaRow::find(connection, metrica)? else { return Ok(Forgotten::default()) };
    let definition = stored_definition(connection, row.id)?;
    let known = catalog.metrica(connection, &row, &definition)?;
    let forgotten = whole_metrica(connection, known)?;
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
    Ok(forgotten)
}

fn delete_all_cells(connection: &Connection, known: &KnownMetrica) -> Outcome<Forgotten> {
    let forgotten = whole_metrica(connection, known)?;
    connection.execute(&format!("DELETE FROM {}", known.sql.cells), [])?;
    connection.execute("DELETE FROM \"staste:buckets\" WHERE metrica = ?1", [known.id])?;
    Ok(forgotten)
}

/// Returns the number of all cells, and the grand total.
fn whole_metrica(connection: &Connection, known: &KnownMetrica) -> Outcome<Forgotten> {
    let mut forgotten = Forgotten::default();
    forgotten.cells = count_cells(connection, &known.sql)?;
    forgotten.amount = grand_total(connection, known)?;
    Ok(forgotten)
}

fn count_cells(connection: &Connection, sql: &Sql) -> Outcome<u64> {
    let count = format!("SELECT count(*) FROM {}", sql.cells);
    Ok(unsigned(connection.query_row(&count, [], |row| row.get(0))?))
}

fn grand_total(connection: &Connection, known: &KnownMetrica) -> Outcome<Amount> {
    let Some(ever) = bucket::ever(connection, known.id)? else { return Ok(Amount::ZERO) };
    let mut select = connection.prepare_cached(&known.sql.select)?;
    let all = Point::from_elem(ALL, known.sql.axes);
    Ok(amount_at(&mut select, ever, &all)?.unwrap_or_default())
}
