//! The local start and end of a timespan, and the timespan before it.

use jiff::Unit;
use jiff::civil::DateTime;

use crate::time::calendar::Calendar;
use crate::time::civil;
use crate::time::moment::Moment;
use crate::time::scale::Scale;
use crate::time::timespan::{Repr, Timespan};

impl Timespan {
    /// Returns the local time at which it starts, as of `now` in unix seconds; none for an open start. A period starts
    /// at its nominal time, such as midnight for a day, even if the clock skipped that time.
    ///
    /// ```
    /// use staste::{Calendar, Scale, Timespan, Zone};
    /// let calendar = Calendar::new(Zone::named("Europe/Riga")?, 0);
    /// let now = 1_711_962_000; // 2024-04-01 12:00 in Riga
    /// let week = Timespan::last(7, Scale::Day)?;
    /// assert_eq!(week.start(&calendar, now).unwrap().to_string(), "2024-03-26T00:00:00");
    /// assert_eq!(week.end(&calendar, now).unwrap().to_string(), "2024-04-02T00:00:00");
    /// assert_eq!(Timespan::EVER.start(&calendar, now), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn start(&self, calendar: &Calendar, now: i64) -> Option<DateTime> {
        match self.0 {
            Repr::Ever => None,
            Repr::Period(scale, start) => datetime(calendar.label(scale, start).start),
            Repr::Between(since, _) => local(since?, calendar, now),
            Repr::Last(count, scale) => {
                let first = calendar.periods_back(scale, now, count - 1);
                Some(calendar.label_of(scale, first.start))
            }
        }
    }

    /// Returns the local time at which it ends, which is excluded; none for an open end. The last periods end with the
    /// running one.
    pub fn end(&self, calendar: &Calendar, now: i64) -> Option<DateTime> {
        match self.0 {
            Repr::Ever => None,
            Repr::Period(scale, start) => datetime(calendar.label(scale, start).end),
            Repr::Between(_, until) => local(until?, calendar, now),
            Repr::Last(_, scale) => {
                let running = civil::seconds_of(calendar.label_of(scale, now));
                datetime(civil::next(scale, running))
            }
        }
    }

    /// Returns the timespan of the same length that ends where this one starts, as of `now` in unix seconds: the same
    /// number of periods, of whole months, or of seconds. None when there is no such timespan, as before all time.
    ///
    /// ```
    /// use staste::{Calendar, Timespan, Zone};
    /// let calendar = Calendar::new(Zone::utc(), 0);
    /// let march = Timespan::month(2024, 3)?;
    /// assert_eq!(march.previous(&calendar, 0), Some(Timespan::month(2024, 2)?));
    /// assert_eq!(Timespan::EVER.previous(&calendar, 0), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    #[must_use]
    pub fn previous(&self, calendar: &Calendar, now: i64) -> Option<Timespan> {
        match self.0 {
            Repr::Ever => None,
            Repr::Period(scale, start) => {
                let before = calendar.label(scale, start).start - 1;
                let start = calendar.label(scale, before).start;
                (start >= civil::FIRST).then_some(Timespan(Repr::Period(scale, start)))
            }
            Repr::Between(since, until) => previous_range(since?, until?, calendar, now),
            Repr::Last(count, scale) => {
                let until = calendar.periods_back(scale, now, count - 1).start;
                (until > civil::FIRST).then_some(())?;
                let since = calendar.periods_back(scale, until - 1, count - 1).start;
                // Local times are ambiguous where a clock is set back, in some zones at midnight.
                let moment = |instant: i64| {
                    let local = calendar.label_of(scale, instant);
                    let is_exact = calendar.zone().instant(local).is_ok_and(|first| first == instant);
                    if is_exact { Moment::Local(local) } else { Moment::Instant(instant) }
                };
                Timespan::between(Some(moment(since)), Some(moment(until))).ok()
            }
        }
    }

    /// Returns its approximate length in seconds, with months of 30 days and years of 365; none for an open end.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// assert_eq!(Timespan::last(2, Scale::Hour)?.nominal_seconds(), Some(7200));
    /// assert_eq!(Timespan::month(2024, 2)?.nominal_seconds(), Some(30 * 86_400));
    /// assert_eq!(Timespan::EVER.nominal_seconds(), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn nominal_seconds(&self) -> Option<i64> {
        match self.0 {
            Repr::Ever => None,
            Repr::Period(scale, _) => scale.nominal_seconds(),
            Repr::Last(count, scale) => Some(i64::from(count) * scale.nominal_seconds()?),
            Repr::Between(since, until) => match (since?, until?) {
                (Moment::Local(since), Moment::Local(until)) => {
                    Some(civil::seconds_of(until) - civil::seconds_of(since))
                }
                (Moment::Instant(since), Moment::Instant(until)) => Some(until - since),
                _ => None,
            },
        }
    }
}

/// Returns the range of the same length before `[since, until)`.
fn previous_range(since: Moment, until: Moment, calendar: &Calendar, now: i64) -> Option<Timespan> {
    let before = match (since, until) {
        (Moment::Local(since), Moment::Local(until)) => {
            // Whole months, such as those of a quarter, are preceded by the same number of months.
            let months = until.since((Unit::Month, since)).ok()?;
            let is_whole = months == jiff::Span::new().months(months.get_months()).fieldwise();
            let length = if is_whole { months } else { until.since(since).ok()? };
            (since <= until).then_some(())?;
            Moment::Local(since.checked_sub(length).ok()?)
        }
        _ => {
            let instant = |moment| match moment {
                Moment::Now => Some(calendar.bucket(Scale::Minute, now).end),
                moment => moment.instant(calendar.zone()).ok(),
            };
            let length = instant(until)? - instant(since)?;
            (length >= 0).then_some(())?;
            Moment::Instant(instant(since)? - length)
        }
    };
    Timespan::between(Some(before), Some(since)).ok()
}

/// Returns the local time of an end of a range; *now* is the end of the running minute.
fn local(moment: Moment, calendar: &Calendar, now: i64) -> Option<DateTime> {
    match moment {
        Moment::Local(local) => Some(local),
        Moment::Instant(instant) => calendar.zone().civil(instant).ok(),
        Moment::Now => calendar.zone().civil(calendar.bucket(Scale::Minute, now).end).ok(),
    }
}

/// Returns the date and time of civil seconds; none outside the years 1 to 9999.
fn datetime(seconds: i64) -> Option<DateTime> {
    (civil::FIRST..civil::END).contains(&seconds).then(|| civil::datetime(seconds))
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;
    use proptest::prelude::*;

    use super::*;
    use crate::time::timespan::TimespanParts;
    use crate::time::timespan_range::ResolvedTimespan;
    use crate::time::zone::Zone;

    const ZONES: [&str; 7] = [
        "UTC",
        "America/New_York",
        "Europe/Riga",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/St_Johns",
    ];
    /// Changes of clocks, one of them back through midnight, the end of a year, and a leap day.
    const ODD: [i64; 7] = [
        1_383_458_400,
        1_711_846_800,
        1_730_610_000,
        1_325_239_200,
        1_257_042_660,
        1_704_067_200,
        1_709_164_800,
    ];

    fn calendars() -> impl Strategy<Value = Calendar> {
        (prop::sample::select(ZONES.to_vec()), 0u8..7)
            .prop_map(|(zone, week_start)| Calendar::new(Zone::named(zone).unwrap(), week_start))
    }

    fn instants() -> impl Strategy<Value = i64> {
        let near = (prop::sample::select(ODD.to_vec()), -200_000i64..200_000);
        prop_oneof![0i64..4_000_000_000, near.prop_map(|(odd, off)| odd + off)]
    }

    fn scales() -> impl Strategy<Value = Scale> {
        prop::sample::select(Scale::ALL[..7].to_vec())
    }

    fn resolved(timespan: &Timespan, calendar: &Calendar, now: i64) -> ResolvedTimespan {
        timespan.resolve(calendar, now).unwrap()
    }

    fn count_buckets(calendar: &Calendar, scale: Scale, range: &std::ops::Range<i64>) -> usize {
        calendar.buckets(scale, range).count()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn last_periods_start_and_end_with_their_buckets(
            calendar in calendars(), now in instants(), scale in scales(), count in 1u32..40,
        ) {
            let last = Timespan::last(count, scale).unwrap();
            let range = resolved(&last, &calendar, now).ranges[0].clone();
            prop_assert_eq!(count_buckets(&calendar, scale, &range), count as usize);
            prop_assert_eq!(last.start(&calendar, now), Some(calendar.label_of(scale, range.start)));
            let end = civil::seconds_of(last.end(&calendar, now).unwrap());
            let running = civil::seconds_of(calendar.label_of(scale, range.end - 1));
            prop_assert_eq!(end, civil::next(scale, running));
        }

        #[test]
        fn previous_of_last_periods_has_as_many_and_ends_where_they_start(
            calendar in calendars(), now in instants(), scale in scales(), count in 1u32..40,
        ) {
            let last = Timespan::last(count, scale).unwrap();
            let range = resolved(&last, &calendar, now).ranges[0].clone();
            let previous = last.previous(&calendar, now).unwrap();
            let before = resolved(&previous, &calendar, now).ranges[0].clone();
            prop_assert_eq!(before.end, range.start);
            prop_assert_eq!(count_buckets(&calendar, scale, &before), count as usize);
        }

        #[test]
        fn instants_of_a_period_are_between_its_start_and_end(
            calendar in calendars(), now in instants(), scale in scales(),
        ) {
            let local = calendar.zone().civil(now).unwrap();
            let period = Timespan::period(scale, local).unwrap();
            let (start, end) = (period.start(&calendar, now).unwrap(), period.end(&calendar, now).unwrap());
            prop_assert!(start <= local && local < end);
            let ranges = resolved(&period, &calendar, now).ranges;
            prop_assert!(ranges.iter().any(|range| range.contains(&now)));
            for range in ranges {
                for instant in [range.start, range.end - 1] {
                    let local = calendar.zone().civil(instant).unwrap();
                    prop_assert!(start <= local && local < end, "{local}");
                }
            }
        }

        #[test]
        fn previous_of_a_period_has_its_scale_and_ends_where_it_starts(
            calendar in calendars(), now in instants(), scale in scales(),
        ) {
            let period = Timespan::period(scale, calendar.zone().civil(now).unwrap()).unwrap();
            let previous = period.previous(&calendar, now).unwrap();
            prop_assert_eq!(previous.scale(), Some(scale));
            prop_assert_eq!(previous.end(&calendar, now), period.start(&calendar, now));
            let own = resolved(&period, &calendar, now).ranges;
            // The clock may have skipped the whole period.
            if let Some(before) = resolved(&previous, &calendar, now).ranges.last()
                && own.len() == 1
                && !scale.splits_at_folds()
            {
                prop_assert_eq!(before.end, own[0].start);
            }
        }

        #[test]
        fn previous_of_a_range_has_its_length_and_ends_where_it_starts(
            start in instants(), minutes in 1i64..2_000_000, calendar in calendars(),
        ) {
            let since = civil::datetime(start - start.rem_euclid(60));
            let until = since.checked_add(jiff::Span::new().minutes(minutes)).unwrap();
            let range = Timespan::between(Some(since.into()), Some(until.into())).unwrap();
            let previous = range.previous(&calendar, 0).unwrap();
            prop_assert_eq!(previous.end(&calendar, 0), Some(since));
            let before = previous.start(&calendar, 0).unwrap();
            let months = until.since((Unit::Month, since)).unwrap();
            if months == jiff::Span::new().months(months.get_months()).fieldwise() {
                prop_assert_eq!(before, since.checked_sub(months).unwrap());
            } else {
                prop_assert_eq!(range.nominal_seconds(), previous.nominal_seconds());
            }
        }
    }

    #[test]
    fn last_hours_include_the_repeated_hour_of_a_fold() {
        // At 12:30 on 2024-11-03, the day on which New York had 25 hours.
        let calendar = Calendar::new(Zone::named("America/New_York").unwrap(), 0);
        let now = calendar.zone().instant(datetime(2024, 11, 3, 12, 30, 0, 0)).unwrap();
        let day = Timespan::last(24, Scale::Hour).unwrap();
        assert_eq!(day.start(&calendar, now), Some(datetime(2024, 11, 2, 14, 0, 0, 0)));
        assert_eq!(day.end(&calendar, now), Some(datetime(2024, 11, 3, 13, 0, 0, 0)));
        let previous = day.previous(&calendar, now).unwrap();
        assert_eq!(previous.start(&calendar, now), Some(datetime(2024, 11, 1, 14, 0, 0, 0)));
    }

    #[test]
    fn previous_days_end_where_the_last_start_also_when_a_midnight_is_repeated() {
        // At one minute past midnight of 2009-11-01 the clocks of St. John's were set back by an hour.
        let calendar = Calendar::new(Zone::named("America/St_Johns").unwrap(), 0);
        for now in [1_257_042_630, 1_257_042_700, 1_257_050_000, 1_257_200_000] {
            for count in 1..4 {
                let days = Timespan::last(count, Scale::Day).unwrap();
                let before = days.previous(&calendar, now).unwrap();
                let ranges = [days, before].map(|timespan| resolved(&timespan, &calendar, now).ranges);
                assert_eq!(ranges[1][0].end, ranges[0][0].start, "{now} {count}");
            }
        }
    }

    #[test]
    fn previous_timespan_has_the_same_length() {
        let calendar = |week_start| Calendar::new(Zone::utc(), week_start);
        // A Friday.
        let now = calendar(0).zone().instant(datetime(2024, 3, 15, 14, 30, 0, 0)).unwrap();
        let at = |year, month, day| Some(Moment::Local(datetime(year, month, day, 0, 0, 0, 0)));
        let between = |since, until| Timespan::between(since, until).unwrap();
        let (days, months) = (Timespan::last(7, Scale::Day), Timespan::last(12, Scale::Month));
        let weeks = Timespan::last(2, Scale::Week).unwrap();
        let week = |week_start| weeks.previous(&calendar(week_start), now);
        let previous = |timespan: Timespan| timespan.previous(&calendar(0), now);
        let quarter = between(at(2024, 4, 1), at(2024, 7, 1));
        for (found, expected) in [
            (previous(Timespan::day(2024, 3, 1).unwrap()), Timespan::day(2024, 2, 29).unwrap()),
            (previous(Timespan::year(2024).unwrap()), Timespan::year(2023).unwrap()),
            (previous(days.unwrap()), between(at(2024, 3, 2), at(2024, 3, 9))),
            (previous(months.unwrap()), between(at(2022, 4, 1), at(2023, 4, 1))),
            (previous(quarter), between(at(2024, 1, 1), at(2024, 4, 1))),
            (previous(Timespan::quarter(2024, 1).unwrap()), Timespan::quarter(2023, 4).unwrap()),
            (week(0), between(at(2024, 2, 19), at(2024, 3, 4))),
            (week(6), between(at(2024, 2, 18), at(2024, 3, 3))),
        ] {
            assert_eq!(found, Some(expected));
        }
    }

    #[test]
    fn open_range_and_first_year_have_no_previous() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let day = |day| Some(Moment::Local(datetime(2024, 1, day, 0, 0, 0, 0)));
        let ends = [(None, day(1)), (day(1), None)];
        for (since, until) in ends {
            assert_eq!(Timespan::between(since, until).unwrap().previous(&calendar, 0), None);
        }
        assert_eq!(Timespan::EVER.previous(&calendar, 0), None);
        assert_eq!(Timespan::year(1).unwrap().previous(&calendar, 0), None);
        let last_year = TimespanParts { year: Some(9999), ..TimespanParts::default() };
        assert_eq!(Timespan::parts(last_year).unwrap().end(&calendar, 0), None);
    }

    #[test]
    fn start_and_end_of_instants_and_now_are_local_times() {
        let calendar = Calendar::new(Zone::named("Asia/Kolkata").unwrap(), 0);
        let now = 1_700_000_000;
        let range = Timespan::between(Some(Moment::Instant(1_699_999_200)), Some(Moment::Now)).unwrap();
        assert_eq!(range.start(&calendar, now), Some(datetime(2023, 11, 15, 3, 30, 0, 0)));
        assert_eq!(range.end(&calendar, now), Some(datetime(2023, 11, 15, 3, 44, 0, 0)));
        let previous = range.previous(&calendar, now).unwrap();
        assert_eq!(previous.start(&calendar, now), Some(datetime(2023, 11, 15, 3, 16, 0, 0)));
        assert_eq!(previous.end(&calendar, now), range.start(&calendar, now));
    }
}
