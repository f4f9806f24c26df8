//! The time limit of a thread for Stores: one for all verbs that it calls.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static CURRENT: Cell<Option<TimeLimit>> = const { Cell::new(None) };
}

/// A limit on how long a thread waits for Stores.
///
/// Verbs block, and a question may need several of them: the flush before it, the definition, the cells, and all
/// of that again. So the limit belongs to the thread that asks, and each Store that may wait looks at what is left
/// of it. A Store that never waits ignores it.
///
/// ```
/// use std::time::Duration;
/// use staste_core::store::TimeLimit;
/// assert!(TimeLimit::current().is_none());
/// TimeLimit::run(Duration::from_secs(2), || {
///     // The sooner of two limits counts.
///     TimeLimit::run(Duration::from_secs(60), || {
///         assert!(TimeLimit::current().unwrap().left() <= Duration::from_secs(2));
///     });
/// });
/// assert!(TimeLimit::current().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    since: Instant,
    timeout: Duration,
}

/// Sets the limit that was there before, even when what ran within the other panicked.
struct Restore(Option<TimeLimit>);

impl TimeLimit {
    /// Runs something that waits for Stores no longer than `timeout`, all in all.
    pub fn run<T>(timeout: Duration, run: impl FnOnce() -> T) -> T {
        let before = TimeLimit::current();
        let limit = match before {
            Some(before) if before.left() <= timeout => before,
            _ => TimeLimit { since: Instant::now(), timeout },
        };
        CURRENT.set(Some(limit));
        let _restore = Restore(before);
        run()
    }

    /// The limit of this thread; none when it may wait as long as the options of the Store say.
    pub fn current() -> Option<TimeLimit> {
        CURRENT.get()
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.timeout.saturating_sub(self.since.elapsed())
    }

    /// True when no time is left.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// All the time that was allowed.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The shorter of `timeout` and of what is left to this thread.
    pub fn shorten(timeout: Duration) -> Duration {
        TimeLimit::current().map_or(timeout, |limit| limit.left().min(timeout))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_ends_with_a_panic() {
        let panicked = std::panic::catch_unwind(|| {
            TimeLimit::run(Duration::from_secs(1), || std::panic::resume_unwind(Box::new(())));
        });
        assert!(panicked.is_err() && TimeLimit::current().is_none());
        assert_eq!(TimeLimit::shorten(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn shorter_limit_counts_within_a_longer_one() {
        TimeLimit::run(Duration::from_secs(60), || {
            TimeLimit::run(Duration::ZERO, || {
                assert!(TimeLimit::current().is_some_and(|limit| limit.is_over()));
                assert_eq!(TimeLimit::shorten(Duration::from_secs(1)), Duration::ZERO);
            });
            assert!(TimeLimit::current().is_some_and(|limit| !limit.is_over()));
        });
    }
}
