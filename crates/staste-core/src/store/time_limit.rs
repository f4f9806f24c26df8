//! `TimeLimit`: how long a thread waits for Stores, over all the calls that it makes.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static CURRENT: Cell<Option<TimeLimit>> = const { Cell::new(None) };
}

/// The limit on how long a thread waits for Stores.
///
/// Calls of a Store block, and a query may need several of them: the flush before it, the definition, the cells, and
/// retries. So the limit belongs to the calling thread, and each Store that may wait checks the time that is left. A
/// Store that never waits ignores it.
///
/// ```
/// use std::time::Duration;
/// use staste_core::store::TimeLimit;
/// assert!(TimeLimit::current().is_none());
/// TimeLimit::run(Duration::from_secs(2), || {
///     // The earlier of two limits applies.
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

/// Restores the previous limit when it is dropped, also after a panic.
struct Restore(Option<TimeLimit>);

impl TimeLimit {
    /// Runs a closure that waits for Stores no longer than `timeout` in total.
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

    /// Returns the limit of this thread; none when only the options of the Store limit it.
    pub fn current() -> Option<TimeLimit> {
        CURRENT.get()
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.timeout.saturating_sub(self.since.elapsed())
    }

    /// Returns true when no time is left.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Returns the whole time that was allowed.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the shorter of `timeout` and the time that is left to this thread.
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
    fn limit_is_restored_after_panic() {
        let panicked = std::panic::catch_unwind(|| {
            TimeLimit::run(Duration::from_secs(1), || std::panic::resume_unwind(Box::new(())));
        });
        assert!(panicked.is_err() && TimeLimit::current().is_none());
        assert_eq!(TimeLimit::shorten(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn shorter_limit_applies_within_longer_one() {
        TimeLimit::run(Duration::from_secs(60), || {
            TimeLimit::run(Duration::ZERO, || {
                assert!(TimeLimit::current().is_some_and(|limit| limit.is_over()));
                assert_eq!(TimeLimit::shorten(Duration::from_secs(1)), Duration::ZERO);
            });
            assert!(TimeLimit::current().is_some_and(|limit| !limit.is_over()));
        });
    }
}
