//! Why the rows of a file are not counted: they, or some of them, are in the sums already.

use crate::failure::Failure;

/// The file ends within a block that was counted.
pub(super) fn shorter(name: &str) -> Failure {
    Failure::input(format!("{name}: an import went further in this data than the file does"))
        .help("it is an older or cut off copy, or another file that begins alike; nothing of its end was counted. Import the whole file; if it is another one, count it with --again")
}

/// The file differs after blocks that were counted: from the line on, or from one soon after it.
pub(super) fn changed(name: &str, line: u64, exact: bool) -> Failure {
    let soon = if exact { "" } else { ", or soon after it," };
    Failure::input(format!(
        "{name}:{line}: from this row on{soon} the file differs from what was imported before; nothing of it was counted now"
    ))
    .help("put corrected and new rows into a file of their own and import that, or count every row of this one once more with --again")
}

/// The file was imported otherwise.
pub(super) fn otherwise(name: &str) -> Failure {
    Failure::input(format!(
        "{name}: it was imported with other columns or options before, so its rows would count twice"
    ))
    .help("give the same ones as before to count only what is new, or a metrica of its own; --again counts every row once more here")
}
