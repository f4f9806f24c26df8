//! `CommitSize`: how many rows to commit at once.
//!
//! Commits are as large as about a tenth of a second allows: each one costs a sync, and a long one blocks other writers.

use std::time::Duration;

/// After a shorter commit the next ones get larger.
const SHORT_COMMIT: Duration = Duration::from_millis(60);
/// After a longer commit the next ones get smaller.
const LONG_COMMIT: Duration = Duration::from_millis(150);
/// Maximum of [`CommitSize::factor`], which bounds the memory of a commit.
const MAX_FACTOR: u64 = 64;

/// The number of rows of a commit, as a multiple of the rows that fill it by estimate.
///
/// The estimate does not know how many rows fall into the same cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitSize {
    factor: u64,
    /// The number of rows after which the current commit was full by estimate.
    full_at: Option<u64>,
}

impl CommitSize {
    /// Returns the initial size.
    pub(crate) fn new() -> CommitSize {
        CommitSize { factor: 2, full_at: None }
    }

    /// Returns true if `rows` rows are enough for a commit; `is_full` is the estimate.
    pub(crate) fn is_reached(&mut self, rows: u64, is_full: impl Fn() -> bool) -> bool {
        if self.full_at.is_none() && is_full() {
            self.full_at = Some(rows);
        }
        self.full_at.is_some_and(|full_at| rows >= full_at.saturating_mul(self.factor))
    }

    /// Adapts the size to the duration of a commit.
    pub(crate) fn record(&mut self, duration: Duration) {
        let was_full = self.full_at.take().is_some();
        if duration > LONG_COMMIT {
            self.factor = (self.factor / 2).max(1);
        } else if duration < SHORT_COMMIT && was_full {
            self.factor = (self.factor * 2).min(MAX_FACTOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let mut size = CommitSize::new();
        assert!(!size.is_reached(99, || false));
        assert!(
            !size.is_reached(100, || true) && !size.is_reached(199, || true) && size.is_reached(200, || true)
        );
        size.record(Duration::from_millis(10));
        assert!(
            !size.is_reached(100, || true) && !size.is_reached(399, || true) && size.is_reached(400, || true)
        );
        for _ in 0..9 {
            size.record(Duration::from_secs(1));
        }
        assert!(size.is_reached(100, || true));
    }
}
