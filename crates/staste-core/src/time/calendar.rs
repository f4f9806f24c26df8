//! `Calendar`: the bucket that holds an instant, and the buckets that overlap a range of time.
//!
//! A bucket is a maximal run of instants with the same local period; minutes and hours also have the same UTC offset,
//! so that the two hours of a fold are separate buckets. Buckets nest: a minute is clipped of one hour, an hour of one
//! day, and so on up to *ever*.

use std::ops::Range;

use jiff::civil::DateTime;

use crate::time::civil;
use crate::time::scale::Scale;
use crate::time::zone::{EVER_END, EVER_START, OffsetRange, Zone};

/// A zone with the first day of its weeks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    week_start: i64,
}

impl Calendar {
    /// Creates the calendar of a zone whose weeks begin on `week_start` (0 is Monday, 6 is Sunday).
    pub fn new(zone: Zone, week_start: u8) -> Calendar {
        Calendar { zone, week_start: i64::from(week_start % 7) }
    }

    /// Returns the zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the civil seconds `[start, end)` of the period of `scale` that holds a local time.
    pub(crate) fn label(&self, scale: Scale, local: i64) -> Range<i64> {
        let start = civil::floor(scale, local, self.week_start);
        start..civil::next(scale, start)
    }

    /// Returns the bucket of `scale` that holds `instant`, as the instants `[start, end)` in unix seconds.
    ///
    /// ```
    /// use staste::{Calendar, Scale, Zone};
    /// // On 2013-11-03 New York had 25 hours.
    /// let calendar = Calendar::new(Zone::named("America/New_York")?, 0);
    /// let day = calendar.bucket(Scale::Day, 1_383_458_400);
    /// assert_eq!(day.end - day.start, 25 * 3600);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn bucket(&self, scale: Scale, instant: i64) -> Range<i64> {
        if scale == Scale::Ever {
            return EVER_START..EVER_END;
        }
        // Outside the supported years, instants are clamped to the nearest bucket.
        let instant = instant.clamp(civil::FIRST - 2 * civil::DAY, civil::END + 2 * civil::DAY);
        self.bucket_in(scale, instant, self.zone.offset_range(instant))
    }

    fn bucket_in(&self, scale: Scale, instant: i64, offset_range: OffsetRange) -> Range<i64> {
        let label = self.label(scale, instant + offset_range.offset);
        let clipped = |offset_range: OffsetRange| {
            offset_range.from.max(label.start - offset_range.offset)
                ..offset_range.to.min(label.end - offset_range.offset)
        };
        let mut run = clipped(offset_range);
        if scale.splits_at_folds() {
            return run;
        }
        let mut first = offset_range;
        while run.start == first.from {
            first = self.zone.offset_range(first.from - 1);
            let before = clipped(first);
            if before.start >= before.end || before.end != run.start {
                break;
            }
            run.start = before.start;
        }
        let mut last = offset_range;
        while run.end == last.to {
            last = self.zone.offset_range(last.to);
            let after = clipped(last);
            if after.start >= after.end || after.start != run.end {
                break;
            }
            run.end = after.end;
        }
        run
    }

    /// Returns the local start of the period of `scale` that holds `instant`. The bucket may start later, in a gap or a
    /// fold.
    ///
    /// ```
    /// use staste::{Calendar, Scale, Zone};
    /// let calendar = Calendar::new(Zone::named("Asia/Kolkata")?, 0);
    /// assert_eq!(calendar.label_of(Scale::Hour, 1_400_000_000).to_string(), "2014-05-13T22:00:00");
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn label_of(&self, scale: Scale, instant: i64) -> DateTime {
        let instant = instant.clamp(civil::FIRST - 2 * civil::DAY, civil::END + 2 * civil::DAY);
        civil::datetime(self.label(scale, instant + self.zone.offset(instant)).start)
    }

    /// Returns the buckets of `scale` whose local period starts at `label`, in order: usually one, none when the clock
    /// skipped the period, two when a fold repeats it.
    ///
    /// ```
    /// use staste::{Calendar, Scale, Zone};
    /// let calendar = Calendar::new(Zone::named("Europe/Berlin")?, 0);
    /// let label = calendar.label_of(Scale::Hour, 1_256_432_400); // the second 2 o'clock of 2009-10-25
    /// assert_eq!(calendar.buckets_of(Scale::Hour, label).len(), 2);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn buckets_of(&self, scale: Scale, label: DateTime) -> Vec<Range<i64>> {
        let local = self.label(scale, civil::seconds_of(label));
        if scale.splits_at_folds() { self.zone.instants(&local) } else { self.instants(&local) }
    }

    /// Returns the buckets of `scale` that overlap `range`, in order and at their full length.
    pub fn buckets(&self, scale: Scale, range: &Range<i64>) -> Buckets<'_> {
        Buckets { calendar: self, scale, at: range.start, end: range.end, offset_range: None }
    }

    /// Returns the bucket of `scale` that many periods before the one that holds `instant`, but not before the first
    /// bucket of the calendar.
    pub(crate) fn periods_back(&self, scale: Scale, instant: i64, periods: u32) -> Range<i64> {
        let mut bucket = self.bucket(scale, instant);
        let mut left = i64::from(periods);
        while left > 0 && bucket.start > civil::FIRST {
            // While the offset is constant, all minutes and all hours have the same length, so that many are one step.
            let length = scale.nominal_seconds().filter(|_| scale.splits_at_folds());
            let first = self.zone.offset_range(bucket.start).from.max(civil::FIRST);
            let skipped = length.map_or(0, |length| ((bucket.start - first) / length).min(left - 1));
            let start = bucket.start - skipped * length.unwrap_or(0);
            bucket = self.bucket(scale, start - 1);
            left -= skipped + 1;
        }
        bucket
    }

    /// Returns the instants of the civil period `[local.start, local.end)`: usually one range; none when the clock
    /// skipped the period, two when a fold splits it. Adjacent ranges are joined.
    pub(crate) fn instants(&self, local: &Range<i64>) -> Vec<Range<i64>> {
        let mut joined: Vec<Range<i64>> = Vec::with_capacity(1);
        for range in self.zone.instants(local) {
            match joined.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => joined.push(range),
            }
        }
        joined
    }
}

/// An iterator over the buckets of one scale in a range of time; see [`Calendar::buckets`].
#[derive(Debug)]
pub struct Buckets<'a> {
    calendar: &'a Calendar,
    scale: Scale,
    at: i64,
    end: i64,
    offset_range: Option<OffsetRange>,
}

impl Iterator for Buckets<'_> {
    type Item = Range<i64>;

    fn next(&mut self) -> Option<Range<i64>> {
        if self.at >= self.end {
            return None;
        }
        if self.scale == Scale::Ever {
            self.at = self.end;
            return Some(EVER_START..EVER_END);
        }
        let offset_range = match self.offset_range {
            Some(offset_range) if offset_range.from <= self.at && self.at < offset_range.to => offset_range,
            _ => self.calendar.zone.offset_range(self.at),
        };
        self.offset_range = Some(offset_range);
        let bucket = self.calendar.bucket_in(self.scale, self.at, offset_range);
        self.at = bucket.end;
        Some(bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONES: [&str; 9] = [
        "UTC",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Monrovia",
        "America/Sao_Paulo",
        "Pacific/Kwajalein",
    ];

    fn calendar(name: &str) -> Calendar {
        Calendar::new(Zone::named(name).unwrap(), 0)
    }

    /// A naive second implementation: extends the range second by second while label and offset agree.
    fn naive(calendar: &Calendar, scale: Scale, instant: i64) -> Range<i64> {
        let identity = |at: i64| {
            let offset = calendar.zone.offset(at);
            let label = civil::floor(scale, at + offset, 0);
            (label, if scale.splits_at_folds() { offset } else { 0 })
        };
        let own = identity(instant);
        let mut run = instant..instant + 1;
        while identity(run.start - 1) == own {
            run.start -= 1;
        }
        while identity(run.end) == own {
            run.end += 1;
        }
        run
    }

    /// Returns instants around the offset changes of a zone.
    fn probes(calendar: &Calendar) -> Vec<i64> {
        let mut probes = vec![0, 1_330_000_000];
        let mut at = -200_000_000;
        for _ in 0..70 {
            let offset_range = calendar.zone.offset_range(at);
            if offset_range.to == EVER_END {
                break;
            }
            probes.extend([
                offset_range.to - 1801,
                offset_range.to - 1,
                offset_range.to,
                offset_range.to + 1799,
                offset_range.to + 3601,
            ]);
            at = offset_range.to;
        }
        probes
    }

    #[test]
    fn bucket_equals_naive_search_second_by_second() {
        for name in ["America/New_York", "Australia/Lord_Howe", "Africa/Monrovia", "America/St_Johns"] {
            let calendar = calendar(name);
            for probe in probes(&calendar).into_iter().step_by(9) {
                for scale in [Scale::Minute, Scale::Hour] {
                    assert_eq!(
                        calendar.bucket(scale, probe),
                        naive(&calendar, scale, probe),
                        "{name} {probe}"
                    );
                }
            }
        }
        for name in ["America/St_Johns", "Pacific/Kwajalein"] {
            let calendar = calendar(name);
            for probe in probes(&calendar).into_iter().step_by(61) {
                let found = calendar.bucket(Scale::Day, probe);
                assert_eq!(found, naive(&calendar, Scale::Day, probe), "{name} {probe}");
            }
        }
    }

    #[test]
    fn periods_back_equals_steps_from_bucket_to_bucket() {
        for name in ZONES {
            let calendar = calendar(name);
            for probe in probes(&calendar).into_iter().step_by(17) {
                for (scale, count) in
                    [(Scale::Minute, 4000), (Scale::Hour, 9000), (Scale::Day, 500), (Scale::Month, 40)]
                {
                    let mut walked = calendar.bucket(scale, probe);
                    for _ in 0..count {
                        walked = calendar.bucket(scale, walked.start - 1);
                    }
                    assert_eq!(calendar.periods_back(scale, probe, count), walked, "{name} {scale} {probe}");
                }
            }
        }
        let first = calendar("UTC").periods_back(Scale::Year, 0, 1_000_000);
        assert!(first.start <= civil::FIRST && civil::FIRST < first.end);
    }

    #[test]
    fn buckets_nest_and_tile_the_calendar() {
        for name in ZONES {
            let calendar = calendar(name);
            for probe in probes(&calendar) {
                for pair in Scale::KEPT.windows(2) {
                    let fine = calendar.bucket(pair[0], probe);
                    let coarse = calendar.bucket(pair[1], probe);
                    assert!(fine.contains(&probe), "{name} {probe} {fine:?}");
                    assert!(coarse.start <= fine.start && fine.end <= coarse.end, "{name} {probe} {pair:?}");
                }
                for scale in [Scale::Minute, Scale::Hour, Scale::Day, Scale::Week] {
                    let here = calendar.bucket(scale, probe);
                    assert_eq!(calendar.bucket(scale, here.end).start, here.end, "{name} {scale} {probe}");
                    assert_eq!(calendar.bucket(scale, here.start), here, "{name} {scale} {probe}");
                }
            }
        }
    }

    #[test]
    fn label_of_a_bucket_finds_the_bucket() {
        for name in ZONES {
            let calendar = calendar(name);
            for probe in probes(&calendar) {
                for scale in Scale::KEPT.into_iter().filter(|scale| *scale != Scale::Ever) {
                    let bucket = calendar.bucket(scale, probe);
                    let found = calendar.buckets_of(scale, calendar.label_of(scale, probe));
                    assert!(found.contains(&bucket), "{name} {scale} {probe}: {bucket:?} {found:?}");
                }
            }
        }
    }

    #[test]
    fn buckets_of_lord_howe_change_by_half_an_hour() {
        let calendar = calendar("Australia/Lord_Howe");
        // Spring 2013: at 2:00 the clock was set to 2:30, so that the day has 23.5 hours.
        let change = 1_380_987_000;
        let day = calendar.bucket(Scale::Day, change);
        assert_eq!(day.end - day.start, 23 * 3600 + 1800);
        let hour = calendar.bucket(Scale::Hour, change);
        assert_eq!(hour.end - hour.start, 1800, "{hour:?}");
    }

    #[test]
    fn month_of_kolkata_starts_on_the_half_hour() {
        let month = calendar("Asia/Kolkata").bucket(Scale::Month, 1_400_000_000);
        assert_eq!(month.start.rem_euclid(3600), 1800);
        assert_eq!(month.end - month.start, 31 * 86_400);
    }
}
