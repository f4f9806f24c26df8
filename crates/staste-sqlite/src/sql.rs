//! The SQL statements on the table of cells of one Metrica, and quoting.
//!
//! The columns are `bucket`, one `aN` for each axis, `total`, and `count` if the Metrica is averaged. Parameters have
//! the same order; the headroom of a cell is the last one.

use std::fmt::Write as _;

use rusqlite::{CachedStatement, Row};
use staste_core::Amount;
use staste_core::plan::Point;

use crate::failure::Outcome;

/// The statements that every flush and query needs.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    /// The quoted name of the table.
    pub(crate) cells: String,
    pub(crate) axes: usize,
    pub(crate) averaged: bool,
    /// Adds to a cell if it has headroom, or inserts it.
    pub(crate) upsert: String,
    /// Adds to a stored cell if it has headroom.
    pub(crate) add: String,
    /// Inserts a cell.
    pub(crate) insert: String,
    /// Inserts or replaces a cell.
    pub(crate) replace: String,
    /// Reads a cell.
    pub(crate) select: String,
    /// Deletes a cell.
    pub(crate) delete: String,
    /// Deletes at most ?2 cells of a bucket.
    pub(crate) delete_some: String,
}

impl Sql {
    pub(crate) fn new(metrica: i64, axes: usize, averaged: bool) -> Sql {
        let cells = format!("\"staste:cells:{metrica}\"");
        let mut sql = Sql {
            cells,
            axes,
            averaged,
            upsert: String::new(),
            add: String::new(),
            insert: String::new(),
            replace: String::new(),
            select: String::new(),
            delete: String::new(),
            delete_some: String::new(),
        };
        let (total, count, headroom) = (axes + 2, axes + 3, sql.headroom());
        let parameters: Vec<String> = (1..headroom).map(|at| format!("?{at}")).collect();
        let values = format!("INTO {} VALUES({})", sql.cells, parameters.join(","));
        // A STRICT table refuses this text, as it refuses the float that a sum becomes when it overflows.
        let added = format!(
            "total = CASE WHEN total > ?{headroom} OR total < -?{headroom} THEN 'full' ELSE total + ?{total} END{}",
            if averaged { format!(", count = count + ?{count}") } else { String::new() }
        );
        let where_key = sql.where_key();
        sql.insert = format!("INSERT {values}");
        sql.replace = format!("INSERT OR REPLACE {values}");
        sql.upsert = format!("INSERT {values} ON CONFLICT DO UPDATE SET {added}");
        sql.add = format!("UPDATE {} SET {added} WHERE {where_key}", sql.cells);
        sql.select = format!("SELECT {} FROM {} WHERE {where_key}", sql.amount_columns(), sql.cells);
        sql.delete = format!("DELETE FROM {} WHERE {where_key}", sql.cells);
        let key = format!("bucket,{}", sql.axis_columns("")).trim_end_matches(',').to_owned();
        sql.delete_some = format!(
            "DELETE FROM {cells} WHERE ({key}) IN (SELECT {key} FROM {cells} WHERE bucket = ?1 LIMIT ?2)",
            cells = sql.cells
        );
        sql
    }

    /// Returns the parameter for the headroom of [`Sql::upsert`] and [`Sql::add`]: how far from zero the total of a
    /// cell may be before the addition; NULL for any distance.
    pub(crate) fn headroom(&self) -> usize {
        self.axes + 3 + usize::from(self.averaged)
    }

    /// Returns the columns of the amount. The count of a plain Metrica is 0.
    pub(crate) fn amount_columns(&self) -> &'static str {
        if self.averaged { "total, count" } else { "total, 0" }
    }

    /// Returns the columns of the axes, each followed by a comma.
    pub(crate) fn axis_columns(&self, table: &str) -> String {
        (0..self.axes).fold(String::new(), |mut text, axis| {
            let _ = write!(text, "{table}a{axis},");
            text
        })
    }

    fn where_key(&self) -> String {
        (0..self.axes).fold("bucket = ?1".to_owned(), |mut text, axis| {
            let _ = write!(text, " AND a{axis} = ?{}", axis + 2);
            text
        })
    }

    /// Returns the statement that creates the table.
    pub(crate) fn create(&self) -> String {
        let columns = (0..self.axes).fold(String::new(), |mut text, axis| {
            let _ = write!(text, "a{axis} INTEGER NOT NULL, ");
            text
        });
        let key = self.axis_columns("");
        format!(
            "CREATE TABLE {}(bucket INTEGER NOT NULL, {columns}total INTEGER NOT NULL, {}PRIMARY KEY(bucket{}{})) \
             STRICT, WITHOUT ROWID",
            self.cells,
            if self.averaged { "count INTEGER NOT NULL, " } else { "" },
            if key.is_empty() { "" } else { "," },
            key.trim_end_matches(','),
        )
    }
}

/// Binds the key of a cell: its bucket and point.
pub(crate) fn bind_key(statement: &mut CachedStatement<'_>, bucket: i64, point: &[u32]) -> Outcome<()> {
    statement.raw_bind_parameter(1, bucket)?;
    for (parameter, id) in (2..).zip(point) {
        statement.raw_bind_parameter(parameter, i64::from(*id))?;
    }
    Ok(())
}

/// Binds the amount of a cell.
pub(crate) fn bind_amount(
    statement: &mut CachedStatement<'_>,
    sql: &Sql,
    total: i64,
    count: i64,
) -> Outcome<()> {
    statement.raw_bind_parameter(sql.axes + 2, total)?;
    if sql.averaged {
        statement.raw_bind_parameter(sql.axes + 3, count)?;
    }
    Ok(())
}

/// Reads the amount of a cell with [`Sql::select`]; returns `None` if it is not stored.
pub(crate) fn amount_at(
    statement: &mut CachedStatement<'_>,
    bucket: i64,
    point: &[u32],
) -> Outcome<Option<Amount>> {
    bind_key(statement, bucket, point)?;
    let mut rows = statement.raw_query();
    Ok(match rows.next()? {
        Some(row) => Some(Amount::stored(row.get(0)?, row.get(1)?)),
        None => None,
    })
}

/// Reads the point of a row, whose axes begin at a column.
pub(crate) fn point_at(row: &Row<'_>, column: usize, axes: usize) -> Outcome<Point> {
    let mut point = Point::new();
    for at in column..column + axes {
        point.push(row.get(at)?);
    }
    Ok(point)
}

/// Converts a stored number that is never negative.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Quotes a name or a text, for statements that take no parameters.
pub(crate) fn quoted(text: &str, quote: char) -> String {
    let doubled = text.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_every_axis() {
        let sql = Sql::new(7, 2, true);
        assert_eq!(sql.insert, "INSERT INTO \"staste:cells:7\" VALUES(?1,?2,?3,?4,?5)");
        assert!(sql.add.contains("< -?6 THEN 'full' ELSE total + ?4 END, "));
        assert!(sql.add.ends_with(", count = count + ?5 WHERE bucket = ?1 AND a0 = ?2 AND a1 = ?3"));
        assert!(Sql::new(7, 0, false).create().contains("PRIMARY KEY(bucket))"));
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(quoted("a\"b", '"'), "\"a\"\"b\"");
    }
}
