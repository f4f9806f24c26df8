//! A timespan as ranges of instants.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::time::calendar::Calendar;
use crate::time::moment::Moment;
use crate::time::scale::Scale;
use crate::time::timespan::{Repr, Timespan, not_whole};
use crate::time::zone::{EVER_END, EVER_START};

/// A timespan in instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// Usually one range; none for a period that a zone skipped, two for one it had twice.
    pub(crate) ranges: Vec<Range<i64>>,
    /// The scale of the period, when it is one.
    pub(crate) scale: Option<Scale>,
}

impl Resolved {
    fn one(range: Range<i64>, scale: Option<Scale>) -> Resolved {
        Resolved { ranges: Vec::from([range]), scale }
    }
}

impl Timespan {
    /// The instants of it in a calendar, as of `now`.
    ///
    /// # Errors
    /// When an end is not on a whole minute, or it ends before it begins.
    pub(crate) fn resolve(&self, calendar: &Calendar, now: i64) -> Result<Resolved> {
        match self.0 {
            Repr::Ever => Ok(Resolved::one(EVER_START..EVER_END, Some(Scale::Ever))),
            Repr::Period(scale, start) => {
                let ranges = calendar.instants(&calendar.label(scale, start));
                Ok(Resolved { ranges, scale: Some(scale) })
            }
            Repr::Between(since, until) => {
                let end = |moment: Option<Moment>, open: i64| match moment {
                    None => Ok(open),
                    Some(Moment::Now) => Ok(calendar.bucket(Scale::Minute, now).end),
                    Some(moment) => {
                        let instant = moment.instant(calendar.zone())?;
                        if calendar.bucket(Scale::Minute, instant).start != instant {
                            return Err(not_whole(&shown(calendar, instant)));
                        }
                        Ok(instant)
                    }
                };
                let range = end(since, EVER_START)?..end(until, EVER_END)?;
                if range.start > range.end {
                    return Err(Error::input(format!(
                        "the timespan from {} until {} ends before it begins",
                        shown(calendar, range.start),
                        shown(calendar, range.end)
                    )));
                }
                let scale = (range.start == EVER_START && range.end == EVER_END).then_some(Scale::Ever);
                Ok(Resolved::one(range, scale))
            }
            Repr::Last(count, scale) => {
                let end = calendar.bucket(scale, now).end;
                let start = calendar.periods_back(scale, now, count - 1).start;
                Ok(Resolved::one(start..end, (count == 1).then_some(scale)))
            }
        }
    }
}

/// An instant in local time.
fn shown(calendar: &Calendar, instant: i64) -> String {
    let local = calendar.zone().civil(instant);
    local.map_or_else(|_| instant.to_string(), |local| local.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone::Zone;

    #[test]
    fn an_hour_in_the_fold_is_both() {
        let calendar = Calendar::new(Zone::named("America/New_York").unwrap(), 0);
        let hour = Timespan::hour(2013, 11, 3, 1).unwrap().resolve(&calendar, 0).unwrap();
        assert_eq!(hour, Resolved::one(1_383_454_800..1_383_462_000, Some(Scale::Hour)));
        let gap = Timespan::hour(2013, 3, 10, 2).unwrap().resolve(&calendar, 0).unwrap();
        assert_eq!(gap.ranges, []);
    }

    #[test]
    fn the_last_periods_include_the_running_one() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let last = Timespan::last(7, Scale::Day).unwrap().resolve(&calendar, 1_700_000_000).unwrap();
        assert_eq!(last, Resolved::one(1_699_401_600..1_700_006_400, None));
    }
}
