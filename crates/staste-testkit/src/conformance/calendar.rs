//! Point 12: civil days in any zone, with folds, gaps, weeks, quarters and any timespan of whole minutes.

use jiff::civil::{DateTime, date};
use staste_core::{Keep, Moment, Scale, Timespan, TimespanParts};

use crate::guests::{guests, verify};
use crate::model::{ModelChoice, ModelQuery, ModelSpan};
use crate::store_location::Factory;
use crate::test_env::TestEnv;
use crate::with_model::MetricaWithModel;

claims! { calendar:
    point_12_buckets_around_clock_changes_match_the_model,
    point_12_any_timespan_of_whole_minutes_matches_the_model,
    point_12_series_with_open_ends_match_the_model,
    point_12_local_time_is_the_earlier_in_a_fold_and_the_later_in_a_gap,
    point_12_skipped_day_is_empty,
    point_12_weeks_begin_on_the_configured_day,
    point_12_first_and_last_day_of_the_calendar_are_counted,
    point_12_impossible_period_is_an_input_error,
}

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Time zones, each with an instant near a clock change or another special date.
const CHANGES: [(&str, i64); 10] = [
    ("UTC", 1_709_164_800),                 // 2024-02-29
    ("Asia/Kolkata", 1_704_047_400),        // New Year 2024, on the half hour
    ("America/New_York", 1_362_898_800),    // spring 2013
    ("America/New_York", 1_383_458_400),    // autumn 2013
    ("Australia/Lord_Howe", 1_380_987_000), // half an hour forward
    ("Australia/Lord_Howe", 1_396_710_000), // half an hour back
    ("Pacific/Apia", 1_325_239_200),        // the day that was left out
    ("Africa/Monrovia", 63_593_070),        // until 1972 the offset had seconds
    ("America/St_Johns", 1_162_092_660),    // changed at one minute past midnight
    ("America/Sao_Paulo", 1_540_695_600),   // midnight did not exist
];

/// Creates a Metrica that keeps everything, with a kick just before and just after every edge of a bucket near a
/// change.
fn guests_around_change(env: &TestEnv, zone: &str, change: i64) -> MetricaWithModel {
    env.clock.set(change + 3 * DAY);
    let staste = env.staste();
    let mut pair = MetricaWithModel::guests(&staste, zone);
    let everything = Scale::KEPT
        .into_iter()
        .take(5)
        .fold(guests(&staste).zone(zone).averaged(), |builder, scale| builder.keep(scale, Keep::Forever));
    pair.metrica = everything.build().unwrap();
    for scale in Scale::KEPT {
        pair.model.keep(scale, Keep::Forever);
    }
    let mut instants = vec![change - 1, change, change + 1];
    for probe in [change - DAY, change - HOUR, change - 1, change, change + HOUR, change + DAY] {
        for scale in Scale::ALL.into_iter().filter(|scale| *scale != Scale::Ever) {
            let bucket = pair.model.calendar.bucket(scale, probe);
            instants.extend([bucket.start - 1, bucket.start, bucket.end - 1, bucket.end]);
        }
    }
    instants.sort_unstable();
    instants.dedup();
    for (value, at) in (1..).zip(instants) {
        pair.kick(&[("gender", ModelChoice::value(if value % 2 == 0 { "boy" } else { "girl" }))], value, at);
    }
    pair
}

/// Every bucket near each clock change matches the model, by label and in series.
fn point_12_buckets_around_clock_changes_match_the_model(factory: Factory<'_>) {
    for (zone, change) in CHANGES {
        let env = TestEnv::new(factory);
        let pair = guests_around_change(&env, zone, change);
        let probes = [change - DAY, change - HOUR, change - 1, change, change + HOUR, change + DAY];
        for scale in Scale::ALL.into_iter().filter(|scale| *scale != Scale::Ever) {
            let mut labels: Vec<DateTime> =
                probes.iter().map(|at| pair.model.calendar.label(scale, *at)).collect();
            labels.dedup();
            for label in labels {
                pair.compare().read(&ModelQuery::new(ModelSpan::Period(scale, label)));
                if scale != Scale::Minute {
                    pair.compare().periods(&ModelQuery::new(ModelSpan::Period(scale, label)));
                }
            }
        }
        let around = ModelQuery::new(ModelSpan::Between(
            Some(minute_start(&pair, change - 2 * DAY)),
            Some(minute_start(&pair, change + 2 * DAY)),
        ));
        for scale in
            [Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Quarter, Scale::Year, Scale::Ever]
        {
            pair.compare().series(&around, scale);
        }
        pair.compare().series_by(&around, Scale::Day, "gender");
        pair.verify();
    }
}

/// Any timespan between whole minutes matches the model, also with open ends.
fn point_12_any_timespan_of_whole_minutes_matches_the_model(factory: Factory<'_>) {
    for (zone, change) in CHANGES {
        let env = TestEnv::new(factory);
        let pair = guests_around_change(&env, zone, change);
        let ends: Vec<i64> = [-40 * DAY, -DAY - 7 * 60, -HOUR, -60, 0, 60, HOUR, DAY + 11 * 60, 40 * DAY]
            .iter()
            .map(|distance| minute_start(&pair, change + distance))
            .collect();
        for (index, since) in ends.iter().enumerate() {
            for until in &ends[index + 1..] {
                pair.compare().read(&ModelQuery::new(ModelSpan::Between(Some(*since), Some(*until))));
            }
            pair.compare().read(&ModelQuery::new(ModelSpan::Between(Some(*since), None)));
            pair.compare().read(&ModelQuery::new(ModelSpan::Between(None, Some(*since))));
        }
        for (count, scale) in
            [(3, Scale::Day), (1, Scale::Week), (2, Scale::Quarter), (90, Scale::Minute), (2, Scale::Year)]
        {
            pair.compare().read(&ModelQuery::new(ModelSpan::Last(count, scale)));
        }
    }
}

/// A series with an open end has the periods with kicks, the first cut at the start of the timespan.
fn point_12_series_with_open_ends_match_the_model(factory: Factory<'_>) {
    let (zone, change) = CHANGES[3];
    let env = TestEnv::new(factory);
    let pair = guests_around_change(&env, zone, change);
    for scale in [Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Quarter, Scale::Year] {
        pair.compare().series(&ModelQuery::new(ModelSpan::Ever), scale);
        for at in [change, change - 30 * 60, change - DAY] {
            pair.compare().series(&ModelQuery::new(ModelSpan::Between(Some(at), None)), scale);
            pair.compare().series(&ModelQuery::new(ModelSpan::Between(None, Some(at))), scale);
            pair.compare().series_by(&ModelQuery::new(ModelSpan::Between(Some(at), None)), scale, "gender");
        }
    }
}

/// Returns the start of the minute of an instant, in the zone of the Metrica.
fn minute_start(pair: &MetricaWithModel, at: i64) -> i64 {
    pair.model.calendar.bucket(Scale::Minute, at).start
}

/// A local time is in the zone of the Metrica: the earlier instant in a fold, the later in a gap. A time with an offset
/// is that instant.
fn point_12_local_time_is_the_earlier_in_a_fold_and_the_later_in_a_gap(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    env.clock.set(1_383_700_000);
    let metrica =
        guests(&env.staste()).zone("America/New_York").keep(Scale::Minute, Keep::Forever).build().unwrap();
    let kick = |text: &str, value: i64| {
        metrica.kick_with([("age", 1)], value, Moment::parse(text).unwrap()).unwrap();
    };
    kick("2013-11-03T01:30", 1);
    kick("2013-11-03T01:30-05:00", 10);
    kick("2013-11-03T01:30-04:00", 100);
    kick("2013-03-10T02:30", 1000);
    kick("2013-03-10T07:15Z", 10_000);
    let fold = metrica.timespan(Timespan::day(2013, 11, 3).unwrap()).series(Scale::Hour).unwrap();
    assert_eq!(fold.len(), 25);
    let hours: Vec<(i64, i32, i128)> = fold[..4]
        .iter()
        .map(|(period, reading)| {
            (period.number(), (period.offset / 3600) as i32, reading.as_ref().unwrap().total.raw())
        })
        .collect();
    assert_eq!(hours, [(0, -4, 0), (1, -4, 101), (1, -5, 10), (2, -5, 0)]);
    let both = Timespan::hour(2013, 11, 3, 1).unwrap();
    assert_eq!(metrica.timespan(both).total().unwrap(), 111);
    assert_eq!(metrica.timespan(Timespan::minute(2013, 11, 3, 1, 30).unwrap()).total().unwrap(), 111);
    // 02:30 did not exist and counts at 03:30; 07:15 UTC was 03:15.
    assert_eq!(metrica.timespan(Timespan::hour(2013, 3, 10, 2).unwrap()).total().unwrap(), 0);
    assert_eq!(metrica.timespan(Timespan::hour(2013, 3, 10, 3).unwrap()).total().unwrap(), 11_000);
    let gap = metrica.timespan(Timespan::day(2013, 3, 10).unwrap()).iterate_periods().unwrap();
    let numbers: Vec<i64> = gap.iter().map(|(period, _)| period.number()).collect();
    assert_eq!(numbers, (0..24).filter(|hour| *hour != 2).collect::<Vec<i64>>());
}

/// The day that Apia skipped is empty, and its month has 30 days.
fn point_12_skipped_day_is_empty(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    env.clock.set(1_326_000_000);
    let metrica = guests(&env.staste()).zone("Pacific/Apia").build().unwrap();
    metrica.kick_with([("age", 1)], 1, Moment::parse("2011-12-29T23:59").unwrap()).unwrap();
    metrica.kick_with([("age", 1)], 10, Moment::parse("2011-12-30T12:00").unwrap()).unwrap();
    let missing = metrica.timespan(Timespan::day(2011, 12, 30).unwrap());
    assert_eq!(missing.total().unwrap(), 0);
    assert_eq!(missing.iterate_periods().unwrap(), []);
    assert_eq!(metrica.timespan(Timespan::day(2011, 12, 31).unwrap()).total().unwrap(), 10);
    let days = metrica.timespan(Timespan::month(2011, 12).unwrap()).iterate_periods().unwrap();
    let numbers: Vec<i64> = days.iter().map(|(period, _)| period.number()).collect();
    assert_eq!(numbers, (1..=31).filter(|day| *day != 30).collect::<Vec<i64>>());
}

/// Weeks begin on the configured day, and cross months and years.
fn point_12_weeks_begin_on_the_configured_day(factory: Factory<'_>) {
    for (start, first) in [(0, date(2023, 12, 25)), (6, date(2023, 12, 31)), (2, date(2023, 12, 27))] {
        let env = TestEnv::new(factory);
        env.clock.set(1_704_200_000);
        let metrica = guests(&env.staste()).week_start(start).build().unwrap();
        for day in 20..=31 {
            metrica.kick_with([("age", 1)], 1, Moment::from(date(2023, 12, day))).unwrap();
        }
        metrica.kick_with([("age", 1)], 1, Moment::from(date(2024, 1, 1))).unwrap();
        let week = metrica.timespan(Timespan::week(date(2023, 12, 31)).unwrap());
        let days = week.iterate_periods().unwrap();
        assert_eq!(days.len(), 7);
        assert_eq!(days[0].0.local.date(), first, "week start {start}");
        let held = (date(2024, 1, 2).since(first).unwrap().get_days()).min(7);
        assert_eq!(week.total().unwrap(), i128::from(held), "week start {start}");
        let weeks = metrica.timespan(Timespan::year(2023).unwrap()).series(Scale::Week).unwrap();
        // 2023 ended on a Sunday.
        assert_eq!(weeks.last().unwrap().0.partial, start != 0);
        let sum: i128 = weeks.iter().map(|(_, reading)| reading.as_ref().unwrap().total.raw()).sum();
        assert_eq!(sum, 12);
    }
}

/// Kicks on the first and on the last day of the calendar count; later and invalid dates are refused.
fn point_12_first_and_last_day_of_the_calendar_are_counted(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    for zone in ["UTC", "Pacific/Apia", "America/New_York"] {
        let name = zone.replace('/', "_");
        let metrica = env.staste().metrica(&name).zone(zone).build().unwrap();
        let nowhere: [(&str, &str); 0] = [];
        metrica.kick_with(nowhere, 1, Moment::parse("0001-01-02").unwrap()).unwrap();
        metrica.kick_with(nowhere, 2, Moment::parse("9999-12-27").unwrap()).unwrap();
        assert_eq!(metrica.total().unwrap(), 3, "{zone}");
        assert_eq!(metrica.timespan(Timespan::year(1).unwrap()).total().unwrap(), 1);
        assert_eq!(metrica.timespan(Timespan::day(9999, 12, 27).unwrap()).total().unwrap(), 2);
        assert_eq!(metrica.timespan(Timespan::year(9999).unwrap()).iterate_periods().unwrap().len(), 12);
        let years = metrica.values().iterate_periods().unwrap();
        assert_eq!(years.iter().map(|(period, _)| period.number()).collect::<Vec<_>>(), [1, 9999]);
        verify(&metrica);
    }
    let metrica = env.staste().metrica("bad").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    for text in ["0000-12-31", "10000-01-01", "2023-02-29", "2023-13-01", "yesterday", ""] {
        assert!(
            Moment::parse(text).map_or(true, |moment| metrica.kick_with(nowhere, 1, moment).is_err()),
            "{text}"
        );
    }
}

/// An impossible period is an input error in every form of timespan.
fn point_12_impossible_period_is_an_input_error(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste()).build().unwrap();
    let parts = TimespanParts { year: Some(2010), minute: Some(3), ..TimespanParts::default() };
    let refusals = [
        Timespan::month(2010, 13).unwrap_err(),
        Timespan::month(2010, 0).unwrap_err(),
        Timespan::day(2023, 2, 29).unwrap_err(),
        Timespan::hour(2010, 1, 1, 24).unwrap_err(),
        Timespan::minute(2010, 1, 1, 0, 60).unwrap_err(),
        Timespan::year(0).unwrap_err(),
        Timespan::year(10_000).unwrap_err(),
        Timespan::parts(parts).unwrap_err(),
        Timespan::between(Some(Moment::parse("2010-01-01T00:00:30").unwrap()), None).unwrap_err(),
        metrica.timespan(Timespan::between(Some(Moment::Instant(30)), None).unwrap()).total().unwrap_err(),
        Timespan::between(Some(Moment::Instant(60)), Some(Moment::Instant(0))).unwrap_err(),
        Timespan::between(Some(Moment::Instant(60)), Some(Moment::Instant(60))).unwrap_err(),
        metrica
            .timespan(Timespan::between(Some(Moment::Now), Some(Moment::Now)).unwrap())
            .total()
            .unwrap_err(),
        metrica.timespan(Timespan::minute(2023, 11, 14, 1, 1).unwrap()).iterate_periods().unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.is_invalid_input(), "{refusal:?}");
    }
}
