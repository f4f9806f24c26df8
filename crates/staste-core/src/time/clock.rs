//! The clock of a process: the system's, the system's with an offset, or one that tests set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::error::Result;
use crate::fork;
use crate::time::clock_setting;
use crate::time::clock_setting::ClockSetting;

/// Where *now* comes from.
///
/// ```
/// let clock = staste::Clock::fixed(1_700_000_000);
/// clock.set(1_700_000_060);
/// assert_eq!(clock.now(), 1_700_000_060);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// The system's, with so many seconds added.
    Shifted(i64),
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the system, a few milliseconds coarse, whatever the environment says.
    pub const fn system() -> Clock {
        Clock(Source::System)
    }

    /// The clock of the system with an offset in seconds.
    ///
    /// ```
    /// use staste::Clock;
    /// let now = Clock::system().now();
    /// assert!(Clock::shifted(3600).now() >= now + 3600);
    /// ```
    pub const fn shifted(seconds: i64) -> Clock {
        Clock(Source::Shifted(seconds))
    }

    /// A clock that stands still until it is set.
    pub fn fixed(now: i64) -> Clock {
        Clock(Source::Fixed(Arc::new(AtomicI64::new(now))))
    }

    /// The clock that the environment variable `STASTE_CLOCK` sets, for tests: the system's unless it is set.
    ///
    /// Its value is an offset from the clock of the system, such as `+1826d` or `-90m`, or an instant at which the
    /// clock stands still, such as `2026-03-29T00:58:00Z`. It is read once per process, and a clock that it sets is
    /// reported on standard error.
    ///
    /// ```
    /// let clock = staste::Clock::from_env()?;
    /// assert!(clock.now() > 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the value is neither.
    pub fn from_env() -> Result<Clock> {
        Ok(match clock_setting::of_process()? {
            None => Clock::system(),
            Some(ClockSetting::Offset(seconds)) => Clock::shifted(seconds),
            Some(ClockSetting::Instant(instant)) => Clock::fixed(instant),
        })
    }

    /// Sets a fixed clock; the others stay as they are.
    pub fn set(&self, now: i64) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.store(now, Ordering::Relaxed);
        }
    }

    /// Unix seconds.
    #[inline]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Source::System => fork::coarse_seconds(),
            Source::Shifted(seconds) => fork::coarse_seconds().saturating_add(*seconds),
            Source::Fixed(fixed) => fixed.load(Ordering::Relaxed),
        }
    }
}

impl Default for Clock {
    /// That of [`Clock::from_env`]. A value that is invalid is reported on standard error, and the system's clock
    /// counts.
    fn default() -> Clock {
        Clock::from_env().unwrap_or_else(|error| {
            clock_setting::report_ignored(&error);
            Clock::system()
        })
    }
}
