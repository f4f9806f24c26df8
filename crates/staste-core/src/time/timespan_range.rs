//! `ResolvedTimespan`: a timespan as ranges of instants.

use std::ops::Range;

use crate::error::Result;
use crate::time::calendar::Calendar;
use crate::time::moment::Moment;
use crate::time::scale::Scale;
use crate::time::timespan::{Repr, Timespan, not_a_range, not_whole_minute};
use crate::time::zone::{EVER_END, EVER_START};

/// A timespan as ranges of instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResolvedTimespan {
    /// Usually one range; none for a period that the zone skipped, two for one that it repeated.
    pub(crate) ranges: Vec<Range<i64>>,
    /// The scale, when it is one period.
    pub(crate) scale: Option<Scale>,
}

impl ResolvedTimespan {
    fn one(range: Range<i64>, scale: Option<Scale>) -> ResolvedTimespan {
        ResolvedTimespan { ranges: Vec::from([range]), scale }
    }
}

impl Timespan {
    /// Returns its instants in a calendar, as of `now` in unix seconds.
    ///
    /// # Errors
    /// When an end is not on a whole minute, or the range is empty or ends before it begins.
    pub(crate) fn resolve(&self, calendar: &Calendar, now: i64) -> Result<ResolvedTimespan> {
        match self.0 {
            Repr::Ever => Ok(ResolvedTimespan::one(EVER_START..EVER_END, Some(Scale::Ever))),
            Repr::Period(scale, start) => {
                let ranges = calendar.instants(&calendar.label(scale, start));
                Ok(ResolvedTimespan { ranges, scale: Some(scale) })
            }
            Repr::Between(since, until) => {
                let end = |moment: Option<Moment>, open: i64| match moment {
                    None => Ok(open),
                    Some(Moment::Now) => Ok(calendar.bucket(Scale::Minute, now).end),
                    Some(moment) => {
                        let instant = moment.instant(calendar.zone())?;
                        if calendar.bucket(Scale::Minute, instant).start != instant {
                            return Err(not_whole_minute(&local_time(calendar, instant)));
                        }
                        Ok(instant)
                    }
                };
                let range = end(since, EVER_START)?..end(until, EVER_END)?;
                if range.is_empty() {
                    return match (since, until) {
                        // Both are in order, but the clock skipped the time between them.
                        (Some(Moment::Local(_)), Some(Moment::Local(_))) => {
                            Ok(ResolvedTimespan { ranges: Vec::new(), scale: None })
                        }
                        _ => Err(not_a_range(
                            &local_time(calendar, range.start),
                            &local_time(calendar, range.end),
                            range.start == range.end,
                        )),
                    };
                }
                let scale = (range.start == EVER_START && range.end == EVER_END).then_some(Scale::Ever);
                Ok(ResolvedTimespan::one(range, scale))
            }
            Repr::Last(count, scale) => {
                let end = calendar.bucket(scale, now).end;
                let start = calendar.periods_back(scale, now, count - 1).start;
                Ok(ResolvedTimespan::one(start..end, (count == 1).then_some(scale)))
            }
        }
    }
}

/// Formats an instant in local time.
fn local_time(calendar: &Calendar, instant: i64) -> String {
    let local = calendar.zone().civil(instant);
    local.map_or_else(|_| instant.to_string(), |local| local.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone::Zone;

    #[test]
    fn repeated_hour_is_one_range_and_skipped_hour_none() {
        let calendar = Calendar::new(Zone::named("America/New_York").unwrap(), 0);
        let hour = Timespan::hour(2013, 11, 3, 1).unwrap().resolve(&calendar, 0).unwrap();
        assert_eq!(hour, ResolvedTimespan::one(1_383_454_800..1_383_462_000, Some(Scale::Hour)));
        let gap = Timespan::hour(2013, 3, 10, 2).unwrap().resolve(&calendar, 0).unwrap();
        assert_eq!(gap.ranges, []);
    }

    #[test]
    fn range_within_a_gap_is_empty_and_no_error() {
        let calendar = Calendar::new(Zone::named("America/New_York").unwrap(), 0);
        let local = |text: &str| Some(Moment::parse(text).unwrap());
        for (since, until) in
            [("2013-03-10T02:00", "2013-03-10T03:00"), ("2013-03-10T02:30", "2013-03-10T03:00")]
        {
            let range = Timespan::between(local(since), local(until)).unwrap().resolve(&calendar, 0).unwrap();
            assert_eq!(range.ranges, []);
        }
    }

    #[test]
    fn range_of_an_instant_and_a_local_time_is_checked_in_the_zone() {
        let calendar = Calendar::new(Zone::named("Europe/Riga").unwrap(), 0);
        let noon = Moment::parse("2023-02-07T12:00").unwrap();
        let error = |since, until| {
            let timespan = Timespan::between(Some(since), Some(until)).unwrap();
            timespan.resolve(&calendar, 1_675_764_000).unwrap_err().to_string()
        };
        let same = Moment::parse("2023-02-07T10:00Z").unwrap();
        assert!(error(noon, same).contains("it is empty"), "{}", error(noon, same));
        let later = Moment::parse("2023-02-07T10:01Z").unwrap();
        assert!(error(later, noon).contains("it ends before it begins"));
        assert!(error(Moment::Now, Moment::Now).contains("it is empty"));
    }

    #[test]
    fn last_periods_include_the_running_one() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let last = Timespan::last(7, Scale::Day).unwrap().resolve(&calendar, 1_700_000_000).unwrap();
        assert_eq!(last, ResolvedTimespan::one(1_699_401_600..1_700_006_400, None));
    }
}
