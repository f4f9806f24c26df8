//! `Zone`: a time zone as a sequence of offset ranges, which are runs of instants with one UTC offset.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use once_cell::race::OnceBox;

use crate::error::{Error, Result};
use crate::time::civil;

/// A zone of the IANA database. Its data is bundled, so that it is the same on every machine.
///
/// ```
/// let zone = staste::Zone::named("Europe/Riga")?;
/// assert_eq!(zone.name(), "Europe/Riga");
/// assert!(staste::Zone::named("Europe/Atlantis").unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Arc<Inner>);

struct Inner {
    name: String,
    zone: TimeZone,
    /// The offset ranges up to the horizon, in order; computed at first use.
    offset_ranges: OnceBox<Vec<OffsetRange>>,
}

/// The instants `[from, to)` during which local time is UTC plus `offset` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetRange {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) offset: i64,
}

/// The start and the end of the bucket *ever*; also the open ends of ranges.
pub(crate) const EVER_START: i64 = i64::MIN;
pub(crate) const EVER_END: i64 = i64::MAX;

/// Offset ranges up to the year 2100 are cached; later ones are computed each time.
const HORIZON: i64 = 4_102_444_800;

impl Zone {
    /// Returns coordinated universal time, the default.
    pub fn utc() -> Zone {
        Zone::new("UTC".to_owned(), TimeZone::UTC)
    }

    /// Returns the zone with an IANA name, such as `America/New_York`.
    ///
    /// # Errors
    /// When the bundled database has no zone of this name.
    pub fn named(name: &str) -> Result<Zone> {
        if name == "UTC" {
            return Ok(Zone::utc());
        }
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|cause| {
            Error::invalid_input(format!(
                "invalid time zone {name:?}: expected an IANA name such as Europe/Riga or UTC"
            ))
            .because(cause)
        })?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Zone::new(name, zone))
    }

    fn new(name: String, zone: TimeZone) -> Zone {
        Zone(Arc::new(Inner { name, zone, offset_ranges: OnceBox::new() }))
    }

    /// Returns the IANA name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the local date and time of an instant in unix seconds.
    ///
    /// # Errors
    /// When the instant is outside the years 1 to 9999.
    pub fn civil(&self, instant: i64) -> Result<DateTime> {
        let timestamp = timestamp(instant)?;
        Ok(self.0.zone.to_datetime(timestamp))
    }

    /// Returns the offset from UTC at an instant, in seconds.
    pub fn offset(&self, instant: i64) -> i64 {
        self.offset_range(instant).offset
    }

    /// Returns the instant of a local time in unix seconds, by the "compatible" rule of RFC 5545: the later time in a
    /// gap, the earlier one in a fold.
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
            .map_err(|cause| out_of_years(&local).because(cause))?;
        Ok(floor_seconds(timestamp))
    }

    /// Returns the offset range that holds an instant.
    pub(crate) fn offset_range(&self, instant: i64) -> OffsetRange {
        let offset_ranges = self.0.offset_ranges.get_or_init(|| Box::new(self.offset_ranges_to_horizon()));
        let after = offset_ranges.partition_point(|offset_range| offset_range.from <= instant);
        match after.checked_sub(1).and_then(|index| offset_ranges.get(index)) {
            Some(offset_range) if instant < offset_range.to => *offset_range,
            _ => self.offset_range_by_jiff(instant),
        }
    }

    fn offset_ranges_to_horizon(&self) -> Vec<OffsetRange> {
        let mut offset_ranges = vec![self.offset_range_by_jiff(clamp(EVER_START).as_second())];
        while let Some(last) = offset_ranges.last().filter(|offset_range| offset_range.to < HORIZON) {
            let next = self.offset_range_by_jiff(last.to);
            offset_ranges.push(next);
        }
        offset_ranges
    }

    fn offset_range_by_jiff(&self, instant: i64) -> OffsetRange {
        let clamped = clamp(instant);
        let offset = self.0.zone.to_offset(clamped);
        OffsetRange {
            from: self.change_before(clamped, offset),
            to: self.change_after(clamped, offset),
            offset: i64::from(offset.seconds()),
        }
    }

    /// Returns the start of the run with this offset; ignores transitions that keep the offset and only rename it.
    fn change_before(&self, instant: Timestamp, offset: Offset) -> i64 {
        // `preceding` excludes the instant itself, so start one nanosecond later.
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

    /// Returns the end of the run with this offset.
    fn change_after(&self, instant: Timestamp, offset: Offset) -> i64 {
        self.0
            .zone
            .following(instant)
            .find(|transition| transition.offset() != offset)
            .map_or(EVER_END, |transition| transition.timestamp().as_second())
    }

    /// Returns all instants whose local time is in `[local.start, local.end)` civil seconds: one range per offset
    /// range, in order. A gap may leave none, a fold gives two.
    pub(crate) fn instants(&self, local: &Range<i64>) -> Vec<Range<i64>> {
        let mut ranges = Vec::with_capacity(1);
        // Offsets are shorter than a day, so this is the first offset range that can overlap.
        let mut offset_range = self.offset_range(local.start - civil::DAY);
        loop {
            let from = offset_range.from.max(local.start.saturating_sub(offset_range.offset));
            let to = offset_range.to.min(local.end.saturating_sub(offset_range.offset));
            if from < to {
                ranges.push(from..to);
            }
            if offset_range.to >= local.end.saturating_add(civil::DAY) {
                return ranges;
            }
            offset_range = self.offset_range(offset_range.to);
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

/// Returns the timestamp of an instant in unix seconds; an error outside the years 1 to 9999.
pub(crate) fn timestamp(instant: i64) -> Result<Timestamp> {
    let timestamp = Timestamp::from_second(instant).map_err(|cause| out_of_years(&instant).because(cause))?;
    if instant < civil::FIRST { Err(out_of_years(&instant)) } else { Ok(timestamp) }
}

/// Returns the unix seconds of a timestamp, rounded down.
pub(crate) fn floor_seconds(timestamp: Timestamp) -> i64 {
    let seconds = timestamp.as_second();
    if timestamp.subsec_nanosecond() < 0 { seconds - 1 } else { seconds }
}

fn check_year(year: i64, formatted: &dyn fmt::Display) -> Result<()> {
    if (1..=9999).contains(&year) { Ok(()) } else { Err(out_of_years(formatted)) }
}

fn out_of_years(formatted: &dyn fmt::Display) -> Error {
    Error::invalid_input(format!("invalid date {formatted}: outside the years 1 to 9999"))
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
    fn offset_ranges_of_new_york_meet_at_the_changes() {
        let zone = Zone::named("America/New_York").unwrap();
        let offset_range = zone.offset_range(1_372_636_800); // July 2013
        assert_eq!(offset_range, OffsetRange { from: 1_362_898_800, to: 1_383_458_400, offset: -14_400 });
        assert_eq!(zone.offset_range(offset_range.from), offset_range);
        assert_eq!(zone.offset_range(offset_range.to - 1), offset_range);
        assert_eq!(zone.offset_range(offset_range.to).from, offset_range.to);
        assert_eq!(zone.offset_range(offset_range.from - 1).to, offset_range.from);
    }

    #[test]
    fn utc_has_one_offset_range() {
        let offset_range = Zone::utc().offset_range(0);
        assert_eq!(offset_range, OffsetRange { from: EVER_START, to: EVER_END, offset: 0 });
    }

    #[test]
    fn skipped_day_of_apia_has_no_instants() {
        let zone = Zone::named("Pacific/Apia").unwrap();
        let day = civil::days_of(date(2011, 12, 30)) * civil::DAY;
        assert_eq!(zone.instants(&(day..day + civil::DAY)), []);
    }

    #[test]
    fn local_times_in_gap_and_fold_follow_the_compatible_rule() {
        let zone = Zone::named("America/New_York").unwrap();
        let gap = zone.instant(date(2013, 3, 10).at(2, 30, 0, 0)).unwrap();
        assert_eq!(zone.civil(gap).unwrap(), date(2013, 3, 10).at(3, 30, 0, 0));
        let fold = zone.instant(date(2013, 11, 3).at(1, 30, 0, 0)).unwrap();
        assert_eq!(zone.offset(fold), -14_400);
    }
}
