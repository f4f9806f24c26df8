//! A time zone as a sequence of regimes: runs of instants that share one UTC offset.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use once_cell::race::OnceBox;

use crate::error::{Error, Result};
use crate::time::civil;

/// A zone of the IANA database; its data is bundled, so every machine agrees.
///
/// ```
/// let zone = staste::Zone::named("Europe/Riga")?;
/// assert_eq!(zone.name(), "Europe/Riga");
/// assert!(staste::Zone::named("Europe/Atlantis").unwrap_err().is_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Arc<Inner>);

struct Inner {
    name: String,
    zone: TimeZone,
    /// The regimes up to the horizon, in order; made at first use.
    regimes: OnceBox<Vec<Regime>>,
}

/// The instants `[from, to)` during which local time is UTC plus `offset` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Regime {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) offset: i64,
}

/// Before the first and after the last instant that is counted.
pub(crate) const EVER_START: i64 = i64::MIN;
pub(crate) const EVER_END: i64 = i64::MAX;

/// Regimes up to the year 2100 are remembered; later ones are looked up each time.
const HORIZON: i64 = 4_102_444_800;

impl Zone {
    /// Coordinated universal time, the default.
    pub fn utc() -> Zone {
        Zone::new("UTC".to_owned(), TimeZone::UTC)
    }

    /// The zone of an IANA name, such as `America/New_York`.
    ///
    /// # Errors
    /// When the bundled database has no such zone.
    pub fn named(name: &str) -> Result<Zone> {
        if name == "UTC" {
            return Ok(Zone::utc());
        }
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|cause| {
            Error::input(format!(
                "there is no time zone {name:?}; give an IANA name such as Europe/Riga or UTC"
            ))
            .because(cause)
        })?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Zone::new(name, zone))
    }

    fn new(name: String, zone: TimeZone) -> Zone {
        Zone(Arc::new(Inner { name, zone, regimes: OnceBox::new() }))
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The local date and time of an instant in unix seconds.
    ///
    /// # Errors
    /// When the instant is outside the years 1 to 9999.
    pub fn civil(&self, instant: i64) -> Result<DateTime> {
        let timestamp = timestamp(instant)?;
        Ok(self.0.zone.to_datetime(timestamp))
    }

    /// The offset from UTC in force at an instant, in seconds.
    pub fn offset(&self, instant: i64) -> i64 {
        self.regime(instant).offset
    }

    /// The instant, in unix seconds, of a local time; in a gap or a fold by the "compatible" rule of
    /// RFC 5545: the later time in a gap, the earlier one in a fold.
    ///
    /// # Errors
    /// When the date is outside the years 1 to 9999.
    pub fn instant(&self, local: DateTime) -> Result<i64> {
        check_year(i64::from(local.year()), &local)?;
        let timestamp = self
            .0
            .zone
            .to_ambiguous_timestamp(local)
            .compatible()
            .map_err(|cause| Error::input(format!("{local} cannot be counted")).because(cause))?;
        Ok(floor_seconds(timestamp))
    }

    /// The regime in force at an instant.
    pub(crate) fn regime(&self, instant: i64) -> Regime {
        let regimes = self.0.regimes.get_or_init(|| Box::new(self.regimes_to_horizon()));
        let after = regimes.partition_point(|regime| regime.from <= instant);
        match after.checked_sub(1).and_then(|index| regimes.get(index)) {
            Some(regime) if instant < regime.to => *regime,
            _ => self.regime_by_jiff(instant),
        }
    }

    fn regimes_to_horizon(&self) -> Vec<Regime> {
        let mut regimes = vec![self.regime_by_jiff(clamp(EVER_START).as_second())];
        while let Some(last) = regimes.last().filter(|regime| regime.to < HORIZON) {
            let next = self.regime_by_jiff(last.to);
            regimes.push(next);
        }
        regimes
    }

    fn regime_by_jiff(&self, instant: i64) -> Regime {
        let clamped = clamp(instant);
        let offset = self.0.zone.to_offset(clamped);
        Regime {
            from: self.change_before(clamped, offset),
            to: self.change_after(clamped, offset),
            offset: i64::from(offset.seconds()),
        }
    }

    /// The start of the run with this offset: transitions that only rename the offset do not count.
    fn change_before(&self, instant: Timestamp, offset: Offset) -> i64 {
        // `preceding` is exclusive of the instant itself, so ask from one nanosecond later.
        let after = instant.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(instant);
        let mut start = EVER_START;
        for transition in self.0.zone.preceding(after) {
            let at = transition.timestamp();
            let earlier = at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(at);
            if self.0.zone.to_offset(earlier) != offset {
                start = at.as_second();
                break;
            }
        }
        start
    }

    fn change_after(&self, instant: Timestamp, offset: Offset) -> i64 {
        self.0
            .zone
            .following(instant)
            .find(|transition| transition.offset() != offset)
            .map_or(EVER_END, |transition| transition.timestamp().as_second())
    }

    /// All instants whose local time lies in `[local.start, local.end)` civil seconds: one range per
    /// regime, in order. A gap may leave none, a fold gives two.
    pub(crate) fn instants(&self, local: &Range<i64>) -> Vec<Range<i64>> {
        let mut ranges = Vec::with_capacity(1);
        // No offset is a full day or more, so this regime is the first that can matter.
        let mut regime = self.regime(local.start - civil::DAY);
        loop {
            let from = regime.from.max(local.start.saturating_sub(regime.offset));
            let to = regime.to.min(local.end.saturating_sub(regime.offset));
            if from < to {
                ranges.push(from..to);
            }
            if regime.to >= local.end.saturating_add(civil::DAY) {
                return ranges;
            }
            regime = self.regime(regime.to);
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = Error;

    fn try_from(name: String) -> Result<Zone> {
        Zone::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.0.name.clone()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.0.name)
    }
}

/// Checks that an instant lies in the years 1 to 9999 and makes it a timestamp.
pub(crate) fn timestamp(instant: i64) -> Result<Timestamp> {
    let timestamp = Timestamp::from_second(instant).map_err(|cause| out_of_years(&instant).because(cause))?;
    if instant < civil::FIRST { Err(out_of_years(&instant)) } else { Ok(timestamp) }
}

/// Unix seconds of a timestamp, parts of a second cut off downwards.
pub(crate) fn floor_seconds(timestamp: Timestamp) -> i64 {
    let seconds = timestamp.as_second();
    if timestamp.subsec_nanosecond() < 0 { seconds - 1 } else { seconds }
}

fn check_year(year: i64, shown: &dyn fmt::Display) -> Result<()> {
    if (1..=9999).contains(&year) { Ok(()) } else { Err(out_of_years(shown)) }
}

fn out_of_years(shown: &dyn fmt::Display) -> Error {
    Error::input(format!("the date {shown} is outside the years 1 to 9999 that can be counted"))
}

fn clamp(instant: i64) -> Timestamp {
    let (low, high) = (Timestamp::MIN, Timestamp::MAX);
    Timestamp::from_second(instant.clamp(low.as_second(), high.as_second())).unwrap_or(high)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn regimes_of_new_york_meet_at_the_changes() {
        let zone = Zone::named("America/New_York").unwrap();
        let regime = zone.regime(1_372_636_800); // July 2013
        assert_eq!(regime, Regime { from: 1_362_898_800, to: 1_383_458_400, offset: -14_400 });
        assert_eq!(zone.regime(regime.from), regime);
        assert_eq!(zone.regime(regime.to - 1), regime);
        assert_eq!(zone.regime(regime.to).from, regime.to);
        assert_eq!(zone.regime(regime.from - 1).to, regime.from);
    }

    #[test]
    fn utc_is_one_regime() {
        let regime = Zone::utc().regime(0);
        assert_eq!(regime, Regime { from: EVER_START, to: EVER_END, offset: 0 });
    }

    #[test]
    fn the_missing_day_of_apia_has_no_instants() {
        let zone = Zone::named("Pacific/Apia").unwrap();
        let day = civil::days_of(date(2011, 12, 30)) * civil::DAY;
        assert_eq!(zone.instants(&(day..day + civil::DAY)), []);
    }

    #[test]
    fn local_times_follow_the_compatible_rule() {
        let zone = Zone::named("America/New_York").unwrap();
        let gap = zone.instant(date(2013, 3, 10).at(2, 30, 0, 0)).unwrap();
        assert_eq!(zone.civil(gap).unwrap(), date(2013, 3, 10).at(3, 30, 0, 0));
        let fold = zone.instant(date(2013, 11, 3).at(1, 30, 0, 0)).unwrap();
        assert_eq!(zone.offset(fold), -14_400);
    }
}
