//! `Pace`: how large commits get: as large as a tenth of a second allows, so that other writers get their turn.

use std::time::Duration;

/// A commit that took less could be larger; each one costs a sync.
const SHORT: Duration = Duration::from_millis(60);
/// A commit that took more keeps others waiting.
const LONG: Duration = Duration::from_millis(150);
/// However fast commits are, what is gathered for one stays in bounds.
const MOST: u64 = 64;

/// How many times the rows that are full by estimate are gathered for a commit.
///
/// The estimate does not know how far the cells of the rows merge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    times: u64,
    full_at: Option<u64>,
}

impl Pace {
    /// The pace to begin with.
    pub(crate) fn new() -> Pace {
        Pace { times: 2, full_at: None }
    }

    /// True when it is time for a commit, after so many rows; `is_full` is the estimate.
    pub(crate) fn is_due(&mut self, rows: u64, is_full: impl Fn() -> bool) -> bool {
        if self.full_at.is_none() && is_full() {
            self.full_at = Some(rows);
        }
        self.full_at.is_some_and(|full_at| rows >= full_at.saturating_mul(self.times))
    }

    /// A commit took this long.
    pub(crate) fn took(&mut self, time: Duration) {
        let was_full = self.full_at.take().is_some();
        if time > LONG {
            self.times = (self.times / 2).max(1);
        } else if time < SHORT && was_full {
            self.times = (self.times * 2).min(MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let mut pace = Pace::new();
        assert!(!pace.is_due(99, || false));
        assert!(!pace.is_due(100, || true) && !pace.is_due(199, || true) && pace.is_due(200, || true));
        pace.took(Duration::from_millis(10));
        assert!(!pace.is_due(100, || true) && !pace.is_due(399, || true) && pace.is_due(400, || true));
        for _ in 0..9 {
            pace.took(Duration::from_secs(1));
        }
        assert!(pace.is_due(100, || true));
    }
}
