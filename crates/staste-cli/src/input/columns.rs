//! `Columns`: the names of what a record holds, and where a name asked for is found.

use std::error::Error;
use std::fmt;

/// A column was asked for that is not there, or is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoColumn {
    column: String,
    columns: Vec<String>,
}

/// The place of each of `wanted` among `columns`.
///
/// # Errors
/// One of them is not there exactly once.
pub(crate) fn places(columns: &[String], wanted: &[String]) -> Result<Vec<usize>, NoColumn> {
    wanted.iter().map(|column| place(columns, column)).collect()
}

fn place(columns: &[String], wanted: &str) -> Result<usize, NoColumn> {
    let mut found = columns.iter().enumerate().filter(|(_, column)| *column == wanted);
    match (found.next(), found.next()) {
        (Some((place, _)), None) => Ok(place),
        _ => Err(NoColumn { column: wanted.to_owned(), columns: columns.to_vec() }),
    }
}

impl fmt::Display for NoColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoColumn { column, columns } = self;
        if columns.contains(column) {
            return write!(
                f,
                "there is more than one column `{column}`; rename one in the header, or use --no-header and col1, col2, ..."
            );
        }
        write!(f, "there is no column `{column}`; there are: {}", columns.join(", "))?;
        if let [only] = columns.as_slice()
            && let Some(delimiter) = [';', '\t', '|', ','].iter().find(|&&delimiter| only.contains(delimiter))
        {
            write!(f, " (one column: should it be --delimiter {delimiter:?}?)")?;
        }
        Ok(())
    }
}

impl Error for NoColumn {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_name() {
        let columns = names(&["a", "b", "c", "b"]);
        assert_eq!(places(&columns, &names(&["c", "a"])), Ok(vec![2, 0]));
        let error = places(&columns, &names(&["d"])).unwrap_err();
        assert_eq!(error.to_string(), "there is no column `d`; there are: a, b, c, b");
        let error = places(&columns, &names(&["b"])).unwrap_err();
        assert!(error.to_string().starts_with("there is more than one column `b`"), "{error}");
        let error = places(&names(&["a;b"]), &names(&["a"])).unwrap_err();
        assert!(error.to_string().ends_with("should it be --delimiter ';'?)"), "{error}");
    }
}
