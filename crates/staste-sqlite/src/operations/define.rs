//! The operation `define`, and the stored definitions.

use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::Connection;
use staste_core::plan::{CountedPoints, Point};
use staste_core::store::ChoiceTable;
use staste_core::{Definition, Error, Watermarks};

use crate::cells::bucket;
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::choices::{load_choices, store_choices};
use crate::metrica::row::{MetricaRow, parse_definition, stored_definition};
use crate::metrica::view;
use crate::sql::Sql;

/// Returns the stored definitions by name: all, or that of one Metrica.
pub(crate) fn definitions(session: &Session, metrica: Option<&str>) -> Outcome<Vec<Arc<Definition>>> {
    let mut select = session.connection.prepare_cached(
        "SELECT definition FROM \"staste:metricas\" WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
    )?;
    let mut rows = select.query([metrica])?;
    let mut definitions = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        definitions.push(Arc::new(parse_definition(&text)?));
    }
    Ok(definitions)
}

/// Stores a definition if the stored one has the version before it.
pub(crate) fn define(session: &mut Session, definition: &Definition) -> Outcome<bool> {
    session.busy_wait.set_transaction_size(0);
    session.write(|connection, catalog| {
        let stored = MetricaRow::find(connection, &definition.name)?;
        let row = match (stored, definition.version) {
            (None, 1) => create(connection, definition)?,
            (Some(row), version) if i64::try_from(version) == Ok(row.version.saturating_add(1)) => {
                update(connection, row, definition)?
            }
            _ => return Ok(false),
        };
        row.save(connection)?;
        catalog.clear();
        Ok(true)
    })
}

fn create(connection: &Connection, definition: &Definition) -> Outcome<MetricaRow> {
    let [minutes, hours, days, months, years, ever] = Watermarks::default().0;
    connection.execute(
        "INSERT INTO \"staste:metricas\"(name, version, definition, minutes_from, hours_from, days_from, \
         months_from, years_from, ever_from) VALUES(?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (&definition.name, text_of(definition)?, minutes, hours, days, months, years, ever),
    )?;
    let mut row = MetricaRow::get(connection, &definition.name)?;
    connection.execute_batch(&sql_of(&row, definition).create())?;
    row.choices = store_declared_choices(connection, &row, definition)?;
    view::create(connection, row.id, definition)?;
    Ok(row)
}

fn update(connection: &Connection, mut row: MetricaRow, definition: &Definition) -> Outcome<MetricaRow> {
    let known = stored_definition(connection, row.id)?;
    let same_axes =
        known.stored_axes.iter().zip(&definition.stored_axes).all(|(known, axis)| known.name == axis.name);
    if definition.stored_axes.len() < known.stored_axes.len()
        || !same_axes
        || !known.kind.allows(definition.kind)
    {
        return Err(Error::conflict(format!(
            "metrica {} cannot lose axes or change its kind; stored: {known}, requested: {definition}",
            definition.name
        ))
        .into());
    }
    connection.execute(
        "UPDATE \"staste:metricas\" SET version = ?2, definition = ?3 WHERE id = ?1",
        (row.id, row.version + 1, text_of(definition)?),
    )?;
    row.version += 1;
    // Before the table is renamed, because SQLite would change the view with it.
    view::drop(connection, row.id)?;
    row.choices += store_declared_choices(connection, &row, definition)?;
    if definition.stored_axes.len() > known.stored_axes.len() {
        add_axes(connection, &mut row, &known, definition)?;
    }
    view::create(connection, row.id, definition)?;
    Ok(row)
}

/// Stores the declared choices that are not stored yet; returns their number.
fn store_declared_choices(
    connection: &Connection,
    row: &MetricaRow,
    definition: &Definition,
) -> Outcome<i64> {
    let mut stored = 0;
    for (index, axis) in definition.stored_axes.iter().enumerate() {
        let mut table = ChoiceTable::empty(axis);
        load_choices(connection, row.id, index, &mut table)?;
        let first = table.next_id();
        table.declare(axis);
        stored += store_choices(connection, row.id, definition, index, &table, first)?;
    }
    Ok(stored)
}

/// Adds columns for new axes. Earlier kicks are unset on them, so each cell becomes one at ALL and one at *unset*, as far as
/// the combinations have cells.
fn add_axes(
    connection: &Connection,
    row: &mut MetricaRow,
    known: &Definition,
    wider: &Definition,
) -> Outcome<()> {
    let (old, new) = (sql_of(row, known), sql_of(row, wider));
    let added = wider.stored_axes.len() - known.stored_axes.len();
    let old_name = format!("\"staste:narrow:{}\"", row.id);
    let amount_columns = if new.averaged { "total, count" } else { "total" };
    let (mut columns, mut tables) = (String::new(), String::new());
    let mut ids: Vec<String> = (0..old.axes).map(|axis| format!("a{axis}")).collect();
    for axis in 0..added {
        let _ = write!(columns, "v{axis}.column1, ");
        let _ = write!(tables, " CROSS JOIN (VALUES(0), (1)) v{axis}");
        ids.push(format!("v{axis}.column1"));
    }
    let kept = has_cell(wider, &ids);
    connection.execute_batch(&format!(
        "ALTER TABLE {cells} RENAME TO {old_name};
         {create};
         INSERT INTO {cells} SELECT bucket, {axes} {columns} {amount_columns} FROM {old_name} {tables} WHERE {kept};
         DROP TABLE {old_name};",
        cells = new.cells,
        create = new.create(),
        axes = old.axis_columns(""),
    ))?;
    row.points = count_points(connection, row.id, &new)?;
    Ok(())
}

/// Returns the condition that kicks have a cell at a point with these expressions as ids.
fn has_cell(definition: &Definition, ids: &[String]) -> String {
    let points = CountedPoints::of(definition);
    // A bit for each axis that is not at ALL.
    let bits = ids.iter().enumerate().map(|(axis, id)| format!("({id} <> 0) * {}", 1_u32 << axis));
    let counted = (0..1_u32 << ids.len()).filter(|bits| {
        let point: Point = (0..ids.len()).map(|axis| bits >> axis & 1).collect();
        points.counts(&point)
    });
    let counted: Vec<String> = counted.map(|bits| bits.to_string()).collect();
    format!("{} IN ({})", bits.chain(["0".to_owned()]).collect::<Vec<_>>().join(" + "), counted.join(", "))
}

/// Counts the cells in the bucket *ever*.
pub(crate) fn count_points(connection: &Connection, metrica: i64, sql: &Sql) -> Outcome<i64> {
    let Some(ever) = bucket::ever(connection, metrica)? else { return Ok(0) };
    let count = format!("SELECT count(*) FROM {} WHERE bucket = ?1", sql.cells);
    Ok(connection.query_row(&count, [ever], |row| row.get(0))?)
}

fn sql_of(row: &MetricaRow, definition: &Definition) -> Sql {
    Sql::new(row.id, definition.stored_axes.len(), definition.is_averaged())
}

fn text_of(definition: &Definition) -> Outcome<String> {
    serde_json::to_string(definition)
        .map_err(|error| Error::invalid_input(format!("the definition cannot be written: {error}")).into())
}
