//! `Clock`: the system clock, the system clock with an offset, or a fixed clock for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::error::Result;
use crate::fork;
use crate::time::clock_setting;
use crate::time::clock_setting::ClockSetting;

/// The source of the current time.
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
    /// The system clock plus this many seconds.
    Shifted(i64),
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// Returns the system clock, with a resolution of a few milliseconds, regardless of the environment.
    pub const fn system() -> Clock {
        Clock(Source::System)
    }

    /// Returns the system clock with an offset in seconds.
    ///
    /// ```
    /// use staste::Clock;
    /// let now = Clock::system().now();
    /// assert!(Clock::shifted(3600).now() >= now + 3600);
    /// ```
    pub const fn shifted(seconds: i64) -> Clock {
        Clock(Source::Shifted(seconds))
    }

    /// Returns a clock that always shows `now`, in unix seconds, until it is set.
    pub fn fixed(now: i64) -> Clock {
        Clock(Source::Fixed(Arc::new(AtomicI64::new(now))))
    }

    /// Returns the clock that the environment variable `STASTE_CLOCK` sets for tests, the system clock when it is not
    /// set.
    ///
    /// Its value is an offset from the system clock, such as `+1826d` or `-90m`, or the instant of a fixed clock, such
    /// as `2026-03-29T00:58:00Z`. It is read once per process, and a clock that it sets is reported on standard error.
    ///
    /// ```
    /// let clock = staste::Clock::from_env()?;
    /// assert!(clock.now() > 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the value is neither an offset nor an instant.
    pub fn from_env() -> Result<Clock> {
        Ok(match clock_setting::from_env()? {
            None => Clock::system(),
            Some(ClockSetting::Offset(seconds)) => Clock::shifted(seconds),
            Some(ClockSetting::Instant(instant)) => Clock::fixed(instant),
        })
    }

    /// Sets a fixed clock to `now`, in unix seconds; has no effect on other clocks.
    pub fn set(&self, now: i64) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.store(now, Ordering::Relaxed);
        }
    }

    /// Returns the current time in unix seconds.
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
    /// Returns [`Clock::from_env`]. An invalid value is reported on standard error, and the system clock is used.
    fn default() -> Clock {
        Clock::from_env().unwrap_or_else(|error| {
            clock_setting::report_ignored(&error);
            Clock::system()
        })
    }
}
