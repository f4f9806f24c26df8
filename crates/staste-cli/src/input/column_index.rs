//! The indexes of columns by their names.

use std::error::Error;
use std::fmt;

/// A requested column is missing or ambiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnError {
    column: String,
    columns: Vec<String>,
}

/// Returns the index of each requested column.
///
/// # Errors
/// When a requested column does not exist, or exists twice.
pub(crate) fn column_indexes(columns: &[String], requested: &[String]) -> Result<Vec<usize>, ColumnError> {
    requested.iter().map(|column| column_index(columns, column)).collect()
}

fn column_index(columns: &[String], requested: &str) -> Result<usize, ColumnError> {
    let mut found = columns.iter().enumerate().filter(|(_, column)| *column == requested);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        _ => Err(ColumnError { column: requested.to_owned(), columns: columns.to_vec() }),
    }
}

impl fmt::Display for ColumnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ColumnError { column, columns } = self;
        if columns.contains(column) {
            return write!(
                f,
                "ambiguous column `{column}`: rename one in the header, or use --no-header with col1, col2, ..."
            );
        }
        write!(f, "unknown column `{column}`: expected one of {}", columns.join(", "))?;
        if column.contains(',') && column.split(',').all(|part| columns.iter().any(|known| known == part)) {
            let options: Vec<String> = column.split(',').map(|part| format!("--date {part}")).collect();
            write!(f, " (give each of several columns of a date by itself: {})", options.join(" "))?;
        }
        if columns.first().is_some_and(|first| first.starts_with('#')) {
            write!(f, " (if this line is a comment, give --comment '#')")?;
        }
        if let [only] = columns.as_slice()
            && let Some(delimiter) = [';', '\t', '|', ','].iter().find(|&&delimiter| only.contains(delimiter))
        {
            write!(f, " (only one column; did you mean --delimiter {delimiter:?}?)")?;
        }
        Ok(())
    }
}

impl Error for ColumnError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_unique_name() {
        let columns = names(&["a", "b", "c", "b"]);
        assert_eq!(column_indexes(&columns, &names(&["c", "a"])), Ok(vec![2, 0]));
        let error = column_indexes(&columns, &names(&["d"])).unwrap_err();
        assert_eq!(error.to_string(), "unknown column `d`: expected one of a, b, c, b");
        let error = column_indexes(&columns, &names(&["b"])).unwrap_err();
        assert!(error.to_string().starts_with("ambiguous column `b`"), "{error}");
        let error = column_indexes(&names(&["day", "time"]), &names(&["day,time"])).unwrap_err();
        assert!(error.to_string().ends_with("by itself: --date day --date time)"), "{error}");
        let error = column_indexes(&names(&["# a", "b"]), &names(&["c"])).unwrap_err();
        assert!(error.to_string().ends_with("give --comment '#')"), "{error}");
        let error = column_indexes(&names(&["a;b"]), &names(&["a"])).unwrap_err();
        assert!(error.to_string().ends_with("did you mean --delimiter ';'?)"), "{error}");
    }
}
