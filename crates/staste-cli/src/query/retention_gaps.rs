//! Rows of a series, with long runs of periods that are no longer kept folded into one line each.

use super::FEW_ROWS;

/// A line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The row at an index.
    Row(usize),
    /// A number of rows that are no longer kept.
    Unkept(usize),
}

/// The lines for rows that are kept or not.
pub(super) fn parts(kept: &[bool]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    for run in kept.chunk_by(|one, other| one == other) {
        match run {
            [false, ..] if run.len() > FEW_ROWS => parts.push(Part::Unkept(run.len())),
            _ => parts.extend((at..at + run.len()).map(Part::Row)),
        }
        at += run.len();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_runs_are_folded() {
        let mut kept = vec![false; FEW_ROWS];
        kept.push(true);
        assert_eq!(parts(&kept), (0..=FEW_ROWS).map(Part::Row).collect::<Vec<_>>());
        kept.extend(vec![false; FEW_ROWS + 1]);
        kept.push(true);
        let end = parts(&kept).split_off(FEW_ROWS);
        assert_eq!(end, [Part::Row(20), Part::Unkept(21), Part::Row(42)]);
        assert_eq!(parts(&[]), []);
    }
}
