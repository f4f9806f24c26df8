//! A period of the calendar in an answer.

use std::ops::Range;

use jiff::civil::DateTime;

use crate::time::calendar::Calendar;
use crate::time::civil;
use crate::time::scale::Scale;

/// A period that an answer is about, with the instants `[start, end)` of it that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Period {
    /// Its scale.
    pub scale: Scale,
    /// Where it begins, in unix seconds; cut to the timespan asked for.
    pub start: i64,
    /// Where it ends, in unix seconds; cut to the timespan asked for.
    pub end: i64,
    /// The local time at its start, before cutting.
    pub local: DateTime,
    /// The offset from UTC there, in seconds; tells the two hours of a fold apart.
    pub offset: i64,
    /// True when it reaches beyond the timespan asked for, or is still running.
    pub partial: bool,
}

impl Period {
    /// The period that the bucket makes of a timespan.
    pub(crate) fn cut(
        calendar: &Calendar,
        scale: Scale,
        bucket: &Range<i64>,
        asked: &Range<i64>,
        now: i64,
    ) -> Period {
        let (start, end) = (bucket.start.max(asked.start), bucket.end.min(asked.end));
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

    /// The number that names it within the next coarser period: the year, the month (1-12), the day of the month, the
    /// hour (0-23), the minute; the quarter (1-4); for a week the day of its month on which it begins.
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

    /// The local name of it, as short as its scale allows; both hours of a fold have the same: `2013`, `2013-02`,
    /// `2013-02-07`, `2013-02-07 14:00`.
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
    /// Its label.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.label())
    }
}
