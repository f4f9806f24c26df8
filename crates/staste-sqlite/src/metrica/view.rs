//! The view of a Metrica, which shows its cells to people who write SQL.

use std::fmt::Write as _;

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::{Definition, Scale};

use crate::failure::Outcome;
use crate::sql::quoted;

/// Creates the view. It has the name of the Metrica, or `NAME:ID` if that name is taken, or `_NAME:ID` if SQLite does
/// not allow the name.
pub(crate) fn create(connection: &Connection, id: i64, definition: &Definition) -> Outcome<()> {
    let name = &definition.name;
    let taken: bool = connection.query_row(
        "SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE lower(name) = lower(?1))",
        [name],
        |row| row.get(0),
    )?;
    // SQLite reserves names with this prefix.
    let reserved = name.to_ascii_lowercase().starts_with("sqlite_");
    let view_name = match name {
        name if reserved => format!("_{name}:{id}"),
        name if taken => format!("{name}:{id}"),
        name => name.clone(),
    };
    connection.execute_batch(&create_statement(&view_name, id, definition))?;
    connection.execute("UPDATE \"staste:metricas\" SET shown_as = ?2 WHERE id = ?1", (id, &view_name))?;
    Ok(())
}

/// Drops the view.
pub(crate) fn drop(connection: &Connection, id: i64) -> Outcome<()> {
    let view_name: Option<Option<String>> = connection
        .query_row("SELECT shown_as FROM \"staste:metricas\" WHERE id = ?1", [id], |row| row.get(0))
        .optional()?;
    if let Some(Some(view_name)) = view_name {
        connection.execute_batch(&format!("DROP VIEW IF EXISTS {}", quoted(&view_name, '"')))?;
    }
    Ok(())
}

fn create_statement(view_name: &str, id: i64, definition: &Definition) -> String {
    let mut taken: Vec<String> = ["scale", "period", "total", "count"].map(str::to_owned).into();
    let mut axes = String::new();
    for (index, axis) in definition.stored_axes.iter().enumerate() {
        if axis.is_bins() {
            continue;
        }
        let column = unique_column(&axis.name, &mut taken);
        let text = if axis.is_path() { "path" } else { "CAST(value AS TEXT)" };
        let _ = write!(
            axes,
            "CASE c.a{index} WHEN 0 THEN '(all)' WHEN 1 THEN '(unset)' WHEN 2 THEN '(other)' ELSE \
             (SELECT {text} FROM \"staste:choices\" WHERE metrica = {id} AND axis = {index} AND id = c.a{index}) \
             END AS {},\n    ",
            quoted(&column, '"'),
        );
    }
    let scales = Scale::KEPT.iter().enumerate().fold(String::new(), |mut text, (code, scale)| {
        let _ = write!(text, " WHEN {code} THEN '{scale}'");
        text
    });
    let watermarks = ["minutes", "hours", "days", "months", "years", "ever"].iter().enumerate();
    let watermarks = watermarks.fold(String::new(), |mut text, (code, scale)| {
        let _ = write!(text, " WHEN {code} THEN m.{scale}_from");
        text
    });
    let total = match definition.multiplier {
        0 | 1 => "c.total".to_owned(),
        multiplier => format!("c.total * 1.0 / {multiplier}"),
    };
    // A row of each bin would be counted again by every sum.
    let all_bins = definition.bin_axis().map_or_else(String::new, |axis| format!(" AND c.a{axis} = 0"));
    format!(
        "CREATE VIEW {view} AS SELECT
    CASE b.scale{scales} END AS scale,
    CASE b.scale WHEN 5 THEN '' ELSE datetime(b.start, 'unixepoch') END AS period,
    {axes}{total} AS total{count}
FROM \"staste:metricas\" m
    CROSS JOIN \"staste:buckets\" b ON b.metrica = m.id
    CROSS JOIN \"staste:cells:{id}\" c ON c.bucket = b.id
WHERE m.id = {id} AND b.start >= CASE b.scale{watermarks} END{all_bins}",
        view = quoted(view_name, '"'),
        count = if definition.is_averaged() { ",\n    c.count AS count" } else { "" },
    )
}

/// Returns a name for a column that differs from all others, also without regard to case.
fn unique_column(name: &str, taken: &mut Vec<String>) -> String {
    let mut column = name.to_owned();
    let mut number = 2;
    while taken.iter().any(|taken| taken.eq_ignore_ascii_case(&column)) {
        column = format!("{name}:{number}");
        number += 1;
    }
    taken.push(column.clone());
    column
}
