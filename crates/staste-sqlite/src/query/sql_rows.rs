//! `SqlRows` and `SqlValue`: the result of a statement.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A value of SQL: in a row, or a parameter of a statement.
///
/// ```
/// use staste::SqlValue;
/// assert_eq!(SqlValue::from(18), SqlValue::Integer(18));
/// assert_eq!(SqlValue::from("girl"), SqlValue::Text("girl".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The rows of a statement, each with a value for every column.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("counts.db");
/// use staste::{SqlQuery, SqlValue, SqliteStore};
/// let rows = SqlQuery::new("SELECT 1 AS one, 'a' AS two").run_on(&SqliteStore::at(path))?;
/// assert_eq!(rows.columns, ["one", "two"]);
/// assert_eq!(rows.rows, [[SqlValue::from(1), SqlValue::from("a")]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SqlRows {
    /// The names of the columns, which can repeat.
    pub columns: Vec<String>,
    /// The rows, in the order of the statement.
    pub rows: Vec<Vec<SqlValue>>,
}

impl SqlValue {
    /// Returns the memory of the value, in bytes.
    pub(super) fn size(&self) -> usize {
        let heap = match self {
            SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_) => 0,
            SqlValue::Text(text) => text.len(),
            SqlValue::Blob(bytes) => bytes.len(),
        };
        size_of::<SqlValue>() + heap
    }

    /// Converts a value of SQLite; returns `None` for a text that is not valid UTF-8.
    pub(super) fn read(value: ValueRef<'_>) -> Option<SqlValue> {
        Some(match value {
            ValueRef::Null => SqlValue::Null,
            ValueRef::Integer(number) => SqlValue::Integer(number),
            ValueRef::Real(number) => SqlValue::Real(number),
            ValueRef::Text(text) => SqlValue::Text(std::str::from_utf8(text).ok()?.to_owned()),
            ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
        })
    }
}

impl ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Integer(number) => ValueRef::Integer(*number),
            SqlValue::Real(number) => ValueRef::Real(*number),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
            SqlValue::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<i64> for SqlValue {
    fn from(number: i64) -> SqlValue {
        SqlValue::Integer(number)
    }
}

impl From<f64> for SqlValue {
    fn from(number: f64) -> SqlValue {
        SqlValue::Real(number)
    }
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> SqlValue {
        SqlValue::Text(text.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> SqlValue {
        SqlValue::Text(text)
    }
}

impl From<Vec<u8>> for SqlValue {
    fn from(bytes: Vec<u8>) -> SqlValue {
        SqlValue::Blob(bytes)
    }
}

impl<T: Into<SqlValue>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> SqlValue {
        value.map_or(SqlValue::Null, Into::into)
    }
}
