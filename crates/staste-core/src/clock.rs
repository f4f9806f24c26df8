//! The clock of a process: the system's, or one that tests set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::fork;

/// Where *now* comes from.
///
/// ```
/// let clock = staste::Clock::fixed(1_700_000_000);
/// clock.set(1_700_000_060);
/// assert_eq!(clock.now(), 1_700_000_060);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The clock of the system, a few milliseconds coarse.
    pub const fn system() -> Clock {
        Clock(None)
    }

    /// A clock that stands still until it is set.
    pub fn fixed(now: i64) -> Clock {
        Clock(Some(Arc::new(AtomicI64::new(now))))
    }

    /// Sets a fixed clock; the system's stays as it is.
    pub fn set(&self, now: i64) {
        if let Some(fixed) = &self.0 {
            fixed.store(now, Ordering::Relaxed);
        }
    }

    /// Unix seconds.
    #[inline]
    pub fn now(&self) -> i64 {
        match &self.0 {
            None => fork::coarse_seconds(),
            Some(fixed) => fixed.load(Ordering::Relaxed),
        }
    }
}
