//! The refusals of an import, and the help that several of them share.

use std::io;

use crate::failure::{EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_INVALID_INPUT, Failure};

/// Help after a failure of an import with `--again`.
pub(super) const COUNTED_WITHOUT_RECORD: &str = "the rows before it are counted, and --again keeps no record of them: \
                                                 the same import would count them again";

/// Refuses a file that ends inside a block that was counted.
pub(super) fn file_is_shorter(name: &str) -> Failure {
    Failure::input(format!("{name}: a longer version of this file was imported before")).help(
        "import the complete file; if this is another file that starts in the same way, count it with --again",
    )
}

/// Refuses a file that differs after blocks that were counted: from `line` on, or soon after it if not `is_exact`.
pub(super) fn file_has_changed(name: &str, line: u64, is_exact: bool) -> Failure {
    let place = if is_exact { "" } else { ", or soon after it," };
    Failure::input(format!(
        "{name}:{line}: from this row on{place} the file differs from the one imported before; its new rows are not counted"
    ))
    .help(
        "put corrected and new rows into a file of their own and import that; if this is another source whose rows look \
         alike, name it: --source NAME; or count all rows again with --again",
    )
}

/// Refuses a file that contains the end of a part that was counted, but not its start.
pub(super) fn starts_inside(name: &str, line: Option<u64>) -> Failure {
    let place = line.map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"));
    Failure::input(format!(
        "{place}: rows here were imported before, as a part of more rows that have changed or are missing, so nobody can \
         say which rows are new"
    ))
    .help(
        "import the complete file; if this is another source whose rows look alike, name it: --source NAME; or count all \
         rows with --again",
    )
}

/// Ends an import whose rows another one counts at the same time.
pub(super) fn counted_elsewhere(name: &str) -> Failure {
    Failure::failed(format!(
        "{name}: another import counts the same rows at this moment; rows from here on are left to it"
    ))
    .help("if it ends before them, run this import again; only one process should follow a file")
}

/// Refuses standard input without dates that starts like an earlier one.
pub(super) fn anonymous_stream(name: &str) -> Failure {
    Failure::input(format!(
        "{name}: it begins like standard input that was imported before, and its rows have no dates, so nobody can say \
         whether they are the same events"
    ))
    .help(
        "if they are the same, skip the rows that are counted: --resume; if they are others, name their source: \
         --source NAME; or count all rows with --again",
    )
}

/// Refuses a file that was imported with another mapping.
pub(super) fn mapping_differs(name: &str) -> Failure {
    Failure::input(format!(
        "{name}: it was imported with other columns or options before, so its rows would count twice"
    ))
    .help(
        "use the same columns and options to count new rows only, import into another metrica, or count all rows again \
         with --again",
    )
}

/// Returns the failure of reading a file.
pub(super) fn read_failure(error: &io::Error) -> Failure {
    use io::ErrorKind::{InvalidData, IsADirectory, NotFound, UnexpectedEof, WouldBlock};
    match error.kind() {
        WouldBlock => Failure::new(EXIT_INTERRUPTED, "interrupted before any data; nothing was counted"),
        UnexpectedEof | InvalidData | NotFound | IsADirectory => {
            Failure::new(EXIT_INVALID_INPUT, error.to_string())
        }
        _ => Failure::new(EXIT_FAILURE, error.to_string()),
    }
}
