//! Which clock expires data: that of a writer, as far as something else bears it out.
//!
//! A watermark that was raised stays raised, so that one process with a wrong clock could expire years of counts for
//! everybody. Kicks always count at the time they give; this module decides which time counts for expiry.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::schema::Watermarks;
use crate::store::batch::Part;
use crate::time::Calendar;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The largest step of a clock that is believed at once, in seconds: what runs once a day is. An error of that size
/// expires a day of minutes early, of eight.
pub const MAX_CLOCK_STEP: i64 = DAY + 2 * HOUR;
/// The time that a larger step has to last, by the clock that took it.
const PROBATION: i64 = 7 * DAY;
/// A clock that is further ahead of, or behind, what was believed is reported: it may be wrong, or nobody wrote for long.
const MAX_UNREPORTED: i64 = 32 * DAY;
/// A clock that differs from that of a server by more than this is reported.
const MAX_SKEW: i64 = 300;

/// The time by which a Store without a clock of its own expires data: the latest that was believed of its writers.
///
/// A writer whose clock is about a day ahead of it, at most, is believed. One that is further ahead may be right, where
/// nobody wrote for long, or wrong. It is believed when a week later, by the same reckoning, no other writer has contradicted
/// it; until then nothing expires by it.
///
/// ```
/// use staste_core::store::StoreClock;
/// const DAY: i64 = 86_400;
/// let mut clock = StoreClock::new(1_700_000_000);
/// let ahead = clock.check(1_700_000_000 + 730 * DAY);
/// assert_eq!((ahead.now, ahead.skew), (1_700_000_000, 730 * DAY));
/// // Another writer knows better.
/// assert_eq!(clock.check(1_700_000_060).now, 1_700_000_060);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreClock {
    believed: i64,
    /// The time of a larger step that is not believed yet.
    claimed: Option<i64>,
}

/// The verdict of a Store on the clock of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockCheck {
    /// The time by which data expires with this batch.
    pub now: i64,
    /// By how many seconds the clock of the writer is ahead of the Store's, or behind where negative; 0 where that is too
    /// little to report.
    pub skew: i64,
    /// False when the clock of the writer is doubted; see [`ClockCheck::watermarks`].
    pub is_trusted: bool,
}

impl StoreClock {
    /// The clock of a Store that was just made, or that an operator sets.
    pub const fn new(now: i64) -> StoreClock {
        StoreClock { believed: now, claimed: None }
    }

    /// Takes the clock of a writer into account.
    pub fn check(&mut self, now: i64) -> ClockCheck {
        if let Some(claimed) = self.claimed
            && now >= claimed.saturating_add(PROBATION)
        {
            // A Store in steady use believes its writers to the second, another as far as the write before, which another
            // jump does not confirm further than that.
            let is_steady = now <= claimed.saturating_add(PROBATION + MAX_CLOCK_STEP);
            *self = StoreClock::new(if is_steady { now } else { claimed });
        }
        let ahead = now.saturating_sub(self.believed);
        let skew = if ahead.unsigned_abs() > MAX_UNREPORTED.unsigned_abs() { ahead } else { 0 };
        if ahead > MAX_CLOCK_STEP {
            self.claimed = Some(self.claimed.map_or(now, |claimed| claimed.min(now)));
            return ClockCheck { now: self.believed, skew, is_trusted: false };
        }
        // The word of one that is far behind expires nothing, and contradicts nobody.
        if skew == 0 {
            self.claimed = None;
            self.believed = self.believed.max(now);
        }
        ClockCheck { now, skew, is_trusted: true }
    }

    /// Compares the clock of a writer with that of the Store's server, which makes a state needless: what expires has to
    /// be expired by both.
    pub fn compare(server: i64, now: i64) -> ClockCheck {
        let ahead = now.saturating_sub(server);
        let skew = if ahead.unsigned_abs() > MAX_SKEW.unsigned_abs() { ahead } else { 0 };
        let is_trusted = ahead <= MAX_CLOCK_STEP;
        ClockCheck { now: if is_trusted { now } else { server }, skew, is_trusted }
    }

    /// True when it differs enough from what was `stored` to be stored again. A minute lost is of no account.
    pub fn is_worth_storing(&self, stored: &StoreClock) -> bool {
        self.claimed != stored.claimed || self.believed.abs_diff(stored.believed) >= 60
    }
}

impl ClockCheck {
    /// The watermarks that a part may raise the Store's to: its own, or where its clock is doubted, at most those of the
    /// time that counts.
    pub fn watermarks(&self, part: &Part, calendar: &Calendar) -> Watermarks {
        match self.is_trusted {
            true => part.watermarks,
            false => part.watermarks.lowered_to(&part.definition.retention.watermarks(calendar, self.now)),
        }
    }
}

/// As it is stored: the time believed and the time claimed, `-` for none.
impl fmt::Display for StoreClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.claimed {
            Some(claimed) => write!(f, "{} {claimed}", self.believed),
            None => write!(f, "{} -", self.believed),
        }
    }
}

impl FromStr for StoreClock {
    type Err = Error;

    fn from_str(text: &str) -> Result<StoreClock, Error> {
        let parse = || {
            let (believed, claimed) = text.split_once(' ')?;
            let claimed = if claimed == "-" { None } else { Some(claimed.parse().ok()?) };
            Some(StoreClock { believed: believed.parse().ok()?, claimed })
        };
        parse().ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Error::damaged(format!(
                "invalid clock of the store {shown:?}: set it from the clock of this machine with `staste repair-clock`"
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
    fn clock_that_runs_is_believed() {
        let mut clock = StoreClock::new(NOW);
        for hour in 0..1000 {
            let now = NOW + hour * HOUR;
            assert_eq!(clock.check(now), ClockCheck { now, skew: 0, is_trusted: true });
        }
    }

    #[test]
    fn step_of_two_years_expires_nothing_until_it_has_lasted_a_week() {
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
    fn step_that_another_writer_contradicts_is_never_believed() {
        let mut clock = StoreClock::new(NOW);
        for hour in 0..400 {
            assert!(!clock.check(NOW + 2 * YEAR + hour * HOUR).is_trusted);
            assert!(clock.check(NOW + hour * HOUR).is_trusted);
        }
    }

    #[test]
    fn two_clocks_some_days_ahead_are_not_believed_at_once() {
        let mut clock = StoreClock::new(NOW);
        for days in [20, 21, 26] {
            let check = clock.check(NOW + days * DAY);
            assert_eq!((check.now, check.is_trusted), (NOW, false));
        }
    }

    #[test]
    fn step_that_is_not_believed_yet_is_not_confirmed_by_another_one() {
        let mut clock = StoreClock::new(NOW);
        assert!(!clock.check(NOW + 2 * DAY).is_trusted);
        let check = clock.check(NOW + 2 * YEAR);
        assert_eq!((check.now, check.is_trusted), (NOW + 2 * DAY, false));
    }

    #[test]
    fn clock_far_behind_is_reported_and_contradicts_nobody() {
        let mut clock = StoreClock::new(NOW);
        clock.check(NOW + YEAR);
        assert_eq!(clock.check(NOW - YEAR).skew, -YEAR);
        assert!(clock.check(NOW + YEAR + 7 * DAY).is_trusted);
    }

    #[test]
    fn store_that_is_written_once_a_day_is_believed_at_once_and_monthly_one_write_later() {
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
    fn server_and_writer_both_have_to_agree() {
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
    fn text_of_a_clock_is_read_back() {
        let mut clock = StoreClock::new(NOW);
        assert_eq!(clock.to_string().parse::<StoreClock>().unwrap(), clock);
        clock.check(NOW + YEAR);
        assert_eq!(clock.to_string().parse::<StoreClock>().unwrap(), clock);
        for text in ["", "1", "1 x", "1 - -", "x -", " 1 -"] {
            assert!(text.parse::<StoreClock>().unwrap_err().to_string().contains("repair-clock"));
        }
    }
}
