//! `Period`: a period of the calendar in the result of a query.

use std::ops::Range;

use jiff::civil::DateTime;

use crate::time::calendar::Calendar;
use crate::time::civil;
use crate::time::scale::Scale;

/// A period of the calendar in the result of a query, cut to the timespan of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Period {
    /// Its scale.
    pub scale: Scale,
    /// Its start in unix seconds, cut to the timespan.
    pub start: i64,
    /// Its end in unix seconds, which is excluded, cut to the timespan.
    pub end: i64,
    /// The local time at its start, before it is cut.
    pub local: DateTime,
    /// The offset from UTC at its start, in seconds; distinguishes the two hours of a fold.
    pub offset: i64,
    /// True when it is cut, or still running.
    pub partial: bool,
}

impl Period {
    /// Cuts a bucket to a timespan.
    pub(crate) fn cut(
        calendar: &Calendar,
        scale: Scale,
        bucket: &Range<i64>,
        timespan: &Range<i64>,
        now: i64,
    ) -> Period {
        let (start, end) = (bucket.start.max(timespan.start), bucket.end.min(timespan.end));
        let offset = calendar.zone().offset(bucket.start);
        let local = calendar.label(scale, bucket.start.saturating_add(offset)).start;
        Period {
            scale,
            start,
            end,
            local: civil::datetime(local),
            offset,
            partial: (start, end) != (bucket.start, bucket.end) || (start <= now && now < end),
        }
    }

    /// Returns its number within the next coarser period: the year, the quarter (1-4), the month (1-12), the day of the
    /// month, the hour (0-23), the minute; for a week the day of the month on which it begins.
    pub fn number(&self) -> i64 {
        match self.scale {
            Scale::Year | Scale::Ever => i64::from(self.local.year()),
            Scale::Quarter => i64::from((self.local.month() - 1) / 3 + 1),
            Scale::Month => i64::from(self.local.month()),
            Scale::Day | Scale::Week => i64::from(self.local.day()),
            Scale::Hour => i64::from(self.local.hour()),
            Scale::Minute => i64::from(self.local.minute()),
        }
    }

    /// Returns its local name, as short as its scale allows: `2013`, `2013-02`, `2013-02-07`, `2013-02-07 14:00`. Both
    /// hours of a fold have the same name.
    pub fn label(&self) -> String {
        let (date, time) = (self.local.date(), self.local.time());
        match self.scale {
            Scale::Ever => "ever".to_owned(),
            Scale::Year => format!("{:04}", date.year()),
            Scale::Quarter => format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
            Scale::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Scale::Day | Scale::Week => date.to_string(),
            Scale::Hour | Scale::Minute => format!("{date} {:02}:{:02}", time.hour(), time.minute()),
        }
    }
}

impl std::fmt::Display for Period {
    /// Formats the label.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.label())
    }
}
