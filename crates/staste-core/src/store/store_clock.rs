//! `StoreClock`: the time by which data expires, protected from writers whose clock is wrong.
//!
//! Watermarks only rise, so that one process with a wrong clock could expire years of counts for all. Kicks always
//! count at the time that they give; this module decides which time applies to expiry.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::schema::Watermarks;
use crate::store::batch::Part;
use crate::time::Calendar;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The largest step of a clock that is trusted at once, in seconds: enough for a program that runs once a day. An error
/// of that size expires one of the eight days of minutes early.
pub const MAX_CLOCK_STEP: i64 = DAY + 2 * HOUR;
/// How long a larger step has to last before it is trusted, by the clock that took it.
const CONFIRMATION_TIME: i64 = 7 * DAY;
/// A clock that is further ahead of, or behind, the trusted time is reported: it may be wrong, or no process wrote for
/// long.
const MAX_UNREPORTED: i64 = 32 * DAY;
/// A clock that differs from that of a server by more than this is reported.
const MAX_SKEW: i64 = 300;

/// The time by which a Store without a clock of its own expires data: the latest trusted time of its writers.
///
/// A writer whose clock is at most about a day ahead is trusted. One that is further ahead may be wrong, or right when
/// no process wrote for long. It is trusted a week later by that clock if no other writer has contradicted it; until
/// then nothing expires by it.
///
/// ```
/// use staste_core::store::StoreClock;
/// const DAY: i64 = 86_400;
/// let mut clock = StoreClock::new(1_700_000_000);
/// let ahead = clock.check(1_700_000_000 + 730 * DAY);
/// assert_eq!((ahead.now, ahead.skew), (1_700_000_000, 730 * DAY));
/// // A writer with the right time contradicts it.
/// assert_eq!(clock.check(1_700_000_060).now, 1_700_000_060);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreClock {
    trusted: i64,
    /// The time to which a clock stepped that is not trusted yet.
    unconfirmed: Option<i64>,
}

/// The result of a Store's check of a writer's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockCheck {
    /// The time by which data expires with this batch.
    pub now: i64,
    /// Seconds by which the writer's clock is ahead of the Store's, negative when it is behind; 0 when that is too
    /// little to report.
    pub skew: i64,
    /// False when the Store distrusts the writer's clock; see [`ClockCheck::watermarks`].
    pub is_trusted: bool,
}

impl StoreClock {
    /// Creates the clock of a new Store, or one that an operator sets.
    pub const fn new(now: i64) -> StoreClock {
        StoreClock { trusted: now, unconfirmed: None }
    }

    /// Checks the clock of a writer and updates the trusted time.
    pub fn check(&mut self, now: i64) -> ClockCheck {
        if let Some(unconfirmed) = self.unconfirmed
            && now >= unconfirmed.saturating_add(CONFIRMATION_TIME)
        {
            // In a Store that is written steadily the present time is confirmed, in another only that of the earlier
            // step: a second step cannot confirm more than the first one claimed.
            let is_steady = now <= unconfirmed.saturating_add(CONFIRMATION_TIME + MAX_CLOCK_STEP);
            *self = StoreClock::new(if is_steady { now } else { unconfirmed });
        }
        let ahead = now.saturating_sub(self.trusted);
        let skew = if ahead.unsigned_abs() > MAX_UNREPORTED.unsigned_abs() { ahead } else { 0 };
        if ahead > MAX_CLOCK_STEP {
            self.unconfirmed = Some(self.unconfirmed.map_or(now, |unconfirmed| unconfirmed.min(now)));
            return ClockCheck { now: self.trusted, skew, is_trusted: false };
        }
        // A clock that is far behind expires nothing and contradicts no other.
        if skew == 0 {
            self.unconfirmed = None;
            self.trusted = self.trusted.max(now);
        }
        ClockCheck { now, skew, is_trusted: true }
    }

    /// Compares the writer's clock with that of the Store's server. No state is needed: data expires when it is expired
    /// by both clocks.
    pub fn compare(server: i64, now: i64) -> ClockCheck {
        let ahead = now.saturating_sub(server);
        let skew = if ahead.unsigned_abs() > MAX_SKEW.unsigned_abs() { ahead } else { 0 };
        let is_trusted = ahead <= MAX_CLOCK_STEP;
        ClockCheck { now: if is_trusted { now } else { server }, skew, is_trusted }
    }

    /// Returns true when it differs enough from the `stored` clock to be stored again. Losing a minute does no harm.
    pub fn is_worth_storing(&self, stored: &StoreClock) -> bool {
        self.unconfirmed != stored.unconfirmed || self.trusted.abs_diff(stored.trusted) >= 60
    }
}

impl ClockCheck {
    /// Returns the watermarks to which a part may raise the Store's: its own, or at most those of the trusted time when
    /// the Store distrusts the writer's clock.
    pub fn watermarks(&self, part: &Part, calendar: &Calendar) -> Watermarks {
        match self.is_trusted {
            true => part.watermarks,
            false => part.watermarks.lowered_to(&part.definition.retention.watermarks(calendar, self.now)),
        }
    }
}

/// The stored form: the trusted time and the unconfirmed one, `-` for none.
impl fmt::Display for StoreClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unconfirmed {
            Some(unconfirmed) => write!(f, "{} {unconfirmed}", self.trusted),
            None => write!(f, "{} -", self.trusted),
        }
    }
}

impl FromStr for StoreClock {
    type Err = Error;

    fn from_str(text: &str) -> Result<StoreClock, Error> {
        let parse = || {
            let (trusted, unconfirmed) = text.split_once(' ')?;
            let unconfirmed = if unconfirmed == "-" { None } else { Some(unconfirmed.parse().ok()?) };
            Some(StoreClock { trusted: trusted.parse().ok()?, unconfirmed })
        };
        parse().ok_or_else(|| {
            let truncated: String = text.chars().take(40).collect();
            Error::corrupt(format!(
                "invalid clock of the store {truncated:?}: set it from the clock of this machine with `staste repair-clock`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;
    const YEAR: i64 = 365 * DAY;

    #[test]
    fn running_clock_is_trusted() {
        let mut clock = StoreClock::new(NOW);
        for hour in 0..1000 {
            let now = NOW + hour * HOUR;
            assert_eq!(clock.check(now), ClockCheck { now, skew: 0, is_trusted: true });
        }
    }

    #[test]
    fn step_of_two_years_is_trusted_after_a_week() {
        let mut clock = StoreClock::new(NOW);
        for hour in 0..7 * 24 {
            let check = clock.check(NOW + 2 * YEAR + hour * HOUR);
            assert_eq!((check.now, check.is_trusted), (NOW, false));
            assert!(check.skew >= 2 * YEAR);
        }
        let now = NOW + 2 * YEAR + 7 * DAY + 30;
        assert_eq!(clock.check(now), ClockCheck { now, skew: 0, is_trusted: true });
    }

    #[test]
    fn step_contradicted_by_another_writer_is_never_trusted() {
        let mut clock = StoreClock::new(NOW);
        for hour in 0..400 {
            assert!(!clock.check(NOW + 2 * YEAR + hour * HOUR).is_trusted);
            assert!(clock.check(NOW + hour * HOUR).is_trusted);
        }
    }

    #[test]
    fn clocks_some_days_ahead_are_not_trusted_at_once() {
        let mut clock = StoreClock::new(NOW);
        for days in [20, 21, 26] {
            let check = clock.check(NOW + days * DAY);
            assert_eq!((check.now, check.is_trusted), (NOW, false));
        }
    }

    #[test]
    fn second_step_confirms_no_more_than_the_first() {
        let mut clock = StoreClock::new(NOW);
        assert!(!clock.check(NOW + 2 * DAY).is_trusted);
        let check = clock.check(NOW + 2 * YEAR);
        assert_eq!((check.now, check.is_trusted), (NOW + 2 * DAY, false));
    }

    #[test]
    fn clock_far_behind_is_reported_and_contradicts_no_other() {
        let mut clock = StoreClock::new(NOW);
        clock.check(NOW + YEAR);
        assert_eq!(clock.check(NOW - YEAR).skew, -YEAR);
        assert!(clock.check(NOW + YEAR + 7 * DAY).is_trusted);
    }

    #[test]
    fn daily_writer_is_trusted_at_once_and_monthly_writer_one_write_later() {
        let mut clock = StoreClock::new(NOW);
        for day in 1..100 {
            assert!(clock.check(NOW + day * (DAY + 90)).is_trusted);
        }
        let mut clock = StoreClock::new(NOW);
        for month in 1..7 {
            let check = clock.check(NOW + month * 31 * DAY);
            assert_eq!((check.now, check.skew), (NOW + (month - 1) * 31 * DAY, 0), "month {month}");
        }
    }

    #[test]
    fn compare_trusts_the_writer_only_when_the_server_agrees() {
        assert_eq!(
            StoreClock::compare(NOW, NOW + 60),
            ClockCheck { now: NOW + 60, skew: 0, is_trusted: true }
        );
        let ahead = ClockCheck { now: NOW, skew: 2 * YEAR, is_trusted: false };
        assert_eq!(StoreClock::compare(NOW, NOW + 2 * YEAR), ahead);
        let behind = ClockCheck { now: NOW - YEAR, skew: -YEAR, is_trusted: true };
        assert_eq!(StoreClock::compare(NOW, NOW - YEAR), behind);
    }

    #[test]
    fn clock_survives_its_text_form() {
        let mut clock = StoreClock::new(NOW);
        assert_eq!(clock.to_string().parse::<StoreClock>().unwrap(), clock);
        clock.check(NOW + YEAR);
        assert_eq!(clock.to_string().parse::<StoreClock>().unwrap(), clock);
        for text in ["", "1", "1 x", "1 - -", "x -", " 1 -"] {
            assert!(text.parse::<StoreClock>().unwrap_err().to_string().contains("repair-clock"));
        }
    }
}
