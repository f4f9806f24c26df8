//! Bugs of the original of 2011 that concern the core: each claim says what holds here, its comment what was wrong
//! there.

use jiff::Timestamp;
use staste_core::{Axis, Choice, Keep, Metrica, Moment, Scale, Timespan};

use crate::comparison::retained;
use crate::guests::{guests, verify};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::wrappers::Fault;

claims! { original_bugs:
    point_12_iteration_includes_the_last_period,
    point_08_filters_by_zero_empty_text_and_false_are_not_all,
    point_08_choices_with_separators_do_not_collide,
    point_01_iteration_respects_a_filter_on_its_axis,
    point_12_series_of_years_has_each_year_once,
    point_12_series_keeps_a_partial_first_period,
    point_12_series_of_sixty_minutes_has_sixty_periods,
    point_01_timespan_across_scales_counts_each_kick_once,
    point_02_decimal_value_is_not_truncated,
    point_10_counts_expire_with_totals,
    point_02_average_of_an_empty_period_is_none_everywhere,
    point_03_failed_flush_adds_to_no_cell_twice,
    point_05_kick_succeeds_during_an_outage,
    point_08_choice_named_total_is_an_ordinary_choice,
    point_12_repeated_hour_is_two_hours,
    point_12_dates_with_an_offset_are_converted,
    point_10_months_stay_separate_without_month_and_year_scales,
    point_10_typo_in_a_filter_is_an_error_instead_of_zero,
}

const DAY: i64 = 86_400;

fn averaged(env: &TestEnv) -> Metrica {
    guests(&env.staste()).averaged().build().unwrap()
}

fn kick(metrica: &Metrica, date: &str) {
    metrica.kick_with([("age", 18)], 1, Moment::parse(date).unwrap()).unwrap();
}

/// The original dropped the last month, day, hour and minute from iterations.
fn point_12_iteration_includes_the_last_period(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste())
        .keep(Scale::Minute, Keep::Forever)
        .keep(Scale::Hour, Keep::Forever)
        .build()
        .unwrap();
    kick(&metrica, "2010-12-31T23:59");
    for (timespan, last) in [
        (Timespan::EVER, 2010),
        (Timespan::year(2010).unwrap(), 12),
        (Timespan::month(2010, 12).unwrap(), 31),
        (Timespan::day(2010, 12, 31).unwrap(), 23),
        (Timespan::hour(2010, 12, 31, 23).unwrap(), 59),
    ] {
        let periods = metrica.timespan(timespan).iterate_periods().unwrap();
        let (period, reading) = periods.last().unwrap();
        assert_eq!((period.number(), reading.as_ref().unwrap().total.raw()), (last, 1));
    }
    assert_eq!(metrica.timespan(Timespan::month(2012, 2).unwrap()).iterate_periods().unwrap().len(), 29);
}

/// In the original, filters by 0, by empty text and by false meant ALL.
fn point_08_filters_by_zero_empty_text_and_false_are_not_all(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    for age in ["0", "", "false", "1", "true"] {
        metrica.kick([("age", age)]).unwrap();
    }
    assert_eq!(metrica.filter([("age", 0)]).unwrap().total().unwrap(), 1);
    assert_eq!(metrica.filter([("age", "")]).unwrap().total().unwrap(), 1);
    assert_eq!(metrica.filter([("age", false)]).unwrap().total().unwrap(), 1);
}

/// In the original, a colon in choices made points collide, and the choice `__all__` counted twice.
fn point_08_choices_with_separators_do_not_collide(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = staste.metrica("m").axis("a", Axis::stored()).axis("b", Axis::stored()).build().unwrap();
    metrica.kick([("a", "x:y"), ("b", "z")]).unwrap();
    metrica.kick([("a", "x"), ("b", "y:z")]).unwrap();
    metrica.kick([("a", "__all__"), ("b", "z")]).unwrap();
    let total = |a: &str, b: &str| metrica.filter([("a", a), ("b", b)]).unwrap().total().unwrap().raw();
    assert_eq!((total("x:y", "z"), total("x", "y:z"), total("__all__", "z")), (1, 1, 1));
    assert_eq!(metrica.filter([("b", "z")]).unwrap().total().unwrap(), 2);
    assert_eq!(metrica.total().unwrap(), 3);
}

/// In the original, `filter(a=x).iterate('a')` ignored the filter.
fn point_01_iteration_respects_a_filter_on_its_axis(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    for age in [17, 18, 18] {
        metrica.kick([("age", age)]).unwrap();
    }
    let rows = metrica.filter([("age", 18)]).unwrap().iterate_counts("age").unwrap();
    assert_eq!(rows, [(Choice::value("18"), 2)]);
}

/// In the original, a series of years had each year twelve times.
fn point_12_series_of_years_has_each_year_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    for date in ["2010-01-05", "2010-07-01", "2012-12-31"] {
        kick(&metrica, date);
    }
    let since = Moment::parse("2010-01-01").unwrap();
    let until = Moment::parse("2013-01-01").unwrap();
    let span = Timespan::between(Some(since), Some(until)).unwrap();
    let years = metrica.timespan(span).series(Scale::Year).unwrap();
    let years: Vec<_> =
        years.iter().map(|(year, reading)| (year.number(), reading.as_ref().unwrap().total.raw())).collect();
    assert_eq!(years, [(2010, 2), (2011, 0), (2012, 1)]);
}

/// In the original, a series lost its first period if the timespan began within it.
fn point_12_series_keeps_a_partial_first_period(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    for date in
        ["2023-11-10T11:59", "2023-11-10T12:00", "2023-11-11T01:00", "2023-11-12T00:30", "2023-11-12T02:00"]
    {
        kick(&metrica, date);
    }
    let since = Moment::parse("2023-11-10T12:00").unwrap();
    let until = Moment::parse("2023-11-12T01:00").unwrap();
    let span = Timespan::between(Some(since), Some(until)).unwrap();
    let days = metrica.timespan(span).series(Scale::Day).unwrap();
    let days: Vec<_> = days
        .iter()
        .map(|(day, reading)| (day.number(), reading.as_ref().unwrap().total.raw(), day.partial))
        .collect();
    assert_eq!(days, [(10, 1, true), (11, 1, false), (12, 1, true)]);
    let open = metrica.timespan(Timespan::between(Some(since), None).unwrap()).series(Scale::Day).unwrap();
    let totals: Vec<i128> = open.iter().map(|(_, reading)| reading.as_ref().unwrap().total.raw()).collect();
    assert_eq!(totals, [1, 1, 2]);
}

/// In the original, a series of sixty minutes had sixty-one periods.
fn point_12_series_of_sixty_minutes_has_sixty_periods(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    let last = metrica.timespan(Timespan::last(60, Scale::Minute).unwrap());
    assert_eq!(last.series(Scale::Minute).unwrap().len(), 60);
    let since = Moment::parse("2023-11-14T20:00").unwrap();
    let until = Moment::parse("2023-11-14T21:00").unwrap();
    let hour = metrica.timespan(Timespan::between(Some(since), Some(until)).unwrap());
    assert_eq!(hour.series(Scale::Minute).unwrap().len(), 60);
    assert_eq!(hour.series(Scale::Hour).unwrap().len(), 1);
}

/// In the original, a timespan that changed from one scale to another counted some events twice.
fn point_01_timespan_across_scales_counts_each_kick_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    // Every six hours, from before the watermarks of minutes and hours until now.
    let mut kicked = 0;
    for at in (NOW - 403 * DAY..NOW).step_by(6 * 3600) {
        metrica.kick_with([("age", 1)], 1, Moment::Instant(at)).unwrap();
        kicked += 1;
    }
    for scale in [Scale::Day, Scale::Month, Scale::Year] {
        let series = metrica.timespan(Timespan::last(500, Scale::Day).unwrap()).series(scale).unwrap();
        let sum: i128 = series.iter().map(|(_, reading)| reading.as_ref().unwrap().total.raw()).sum();
        assert_eq!(sum, kicked, "{scale}");
    }
    // A timespan that begins where only hours are kept and ends where minutes are.
    let (since, until) = (NOW - 300 * DAY - NOW % 3600, NOW - NOW % 60 - 7 * 60);
    let span = Timespan::between(Some(Moment::Instant(since)), Some(Moment::Instant(until))).unwrap();
    let within = (NOW - 403 * DAY..NOW).step_by(6 * 3600).filter(|at| (since..until).contains(at)).count();
    assert_eq!(metrica.timespan(span).count().unwrap(), within as i128);
}

/// In the original, 0.29 times 100 was 28.
fn point_02_decimal_value_is_not_truncated(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste()).multiplier(100).build().unwrap();
    metrica.kick_with([("age", 1)], 0.29, Moment::Now).unwrap();
    metrica.kick_with([("age", 1)], 0.57, Moment::Now).unwrap();
    assert_eq!(metrica.total().unwrap().raw(), 86);
    assert_eq!(metrica.total().unwrap().to_string(), "0.86");
}

/// In the original, the counts never expired.
fn point_10_counts_expire_with_totals(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    let minute = NOW - NOW % 60;
    metrica.kick_with([("age", 1)], 5, Moment::Instant(minute)).unwrap();
    let span = Timespan::between(Some(Moment::Instant(minute)), Some(Moment::Instant(minute + 60))).unwrap();
    assert_eq!(metrica.timespan(span).count().unwrap(), 1);
    env.advance(9 * DAY);
    metrica.kick([("age", 1)]).unwrap();
    assert_eq!(retained(metrica.timespan(span).count()), None);
    assert_eq!(retained(metrica.timespan(span).total()), None);
    assert_eq!(retained(metrica.timespan(span).average()), None);
    assert_eq!(metrica.values().count().unwrap(), 2);
    // Later flushes delete the buckets.
    let staste = metrica.staste();
    let minutes = || staste.size(metrica.name()).unwrap().scales[0].0;
    let gone = (0..20).any(|_| {
        metrica.kick([("age", 1)]).unwrap();
        staste.flush().unwrap();
        minutes() == 1
    });
    assert!(gone, "{} buckets of minutes are left", minutes());
}

/// In the original, the average without events was an error, 0 or none, depending on the method, and a series of
/// averages was always an error.
fn point_02_average_of_an_empty_period_is_none_everywhere(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    metrica.kick_with([("gender", "girl")], 6, Moment::Instant(NOW)).unwrap();
    metrica.kick_with([("gender", "girl")], 8, Moment::Instant(NOW)).unwrap();
    let yesterday = metrica.timespan(Timespan::day(2023, 11, 13).unwrap());
    assert_eq!(yesterday.average().unwrap(), None);
    let days = metrica.timespan(Timespan::last(2, Scale::Day).unwrap()).series(Scale::Day).unwrap();
    assert_eq!(
        days.iter().map(|(_, reading)| reading.as_ref().unwrap().average()).collect::<Vec<_>>(),
        [None, Some(7.0)]
    );
    let genders = metrica.values().iterate_averages("gender").unwrap();
    assert_eq!(genders, [(Choice::value("boy"), None), (Choice::value("girl"), Some(7.0))]);
}

/// In the original, a failed pipeline had added to some levels, and retrying it added to them twice.
fn point_03_failed_flush_adds_to_no_cell_twice(factory: Factory<'_>) {
    for fault in [Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost] {
        let env = TestEnv::new(factory);
        let process = env.process();
        let metrica = guests(&process.staste).averaged().build().unwrap();
        metrica.kick([("age", 18)]).unwrap();
        process.staste.flush().unwrap();
        metrica.kick([("age", 18)]).unwrap();
        process.faults.schedule([fault]);
        assert!(process.staste.flush().is_err());
        let elsewhere = env.staste().stored_metrica("guests").unwrap();
        verify(&elsewhere);
        assert_eq!(metrica.total().unwrap(), 2, "{fault:?}");
        assert_eq!(
            metrica.filter([("age", 18)]).unwrap().timespan(Timespan::year(2023).unwrap()).total().unwrap(),
            2
        );
        verify(&elsewhere);
    }
}

/// In the original, a page failed while the Store was down.
fn point_05_kick_succeeds_during_an_outage(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests(&process.staste).build().unwrap();
    process.faults.set_down(true);
    metrica.kick([("age", 18)]).unwrap();
    assert!(process.staste.flush().is_err());
    metrica.kick([("age", 18)]).unwrap();
    process.faults.set_down(false);
    assert_eq!(metrica.total().unwrap(), 2);
}

/// In the original, a choice named `total` replaced the series of the total.
fn point_08_choice_named_total_is_an_ordinary_choice(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    metrica.kick([("age", "total")]).unwrap();
    metrica.kick([("age", "18")]).unwrap();
    let today = metrica.timespan(Timespan::last(1, Scale::Day).unwrap());
    let (_, lines) = today.series_by(Scale::Day, "age").unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|(choice, line)| (choice.to_string(), line[0].as_ref().unwrap().total.raw()))
        .collect();
    assert_eq!(lines, [("total".to_owned(), 1), ("18".to_owned(), 1)]);
    assert_eq!(today.series(Scale::Day).unwrap()[0].1.as_ref().unwrap().total, 2);
}

/// In the original, the two hours at the end of daylight saving were merged.
fn point_12_repeated_hour_is_two_hours(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    env.clock.set(1_383_500_000);
    let metrica = guests(&env.staste()).zone("America/New_York").build().unwrap();
    for at in [1_383_456_000, 1_383_459_600, 1_383_459_660] {
        metrica.kick_with([("age", 1)], 1, Moment::Instant(at)).unwrap();
    }
    let hours = metrica.timespan(Timespan::day(2013, 11, 3).unwrap()).iterate_periods().unwrap();
    let ones: Vec<i128> = hours
        .iter()
        .filter(|(hour, _)| hour.number() == 1)
        .map(|(_, reading)| reading.as_ref().unwrap().total.raw())
        .collect();
    assert_eq!(ones, [1, 2]);
}

/// In the original, dates with an offset were an error.
fn point_12_dates_with_an_offset_are_converted(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste()).zone("Asia/Kolkata").build().unwrap();
    let aware: Timestamp = "2023-11-13T20:00:00Z".parse().unwrap();
    metrica.kick_with([("age", 1)], 1, aware).unwrap();
    let zoned = aware.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(-8)));
    metrica.kick_with([("age", 1)], 1, &zoned).unwrap();
    assert_eq!(metrica.timespan(Timespan::hour(2023, 11, 14, 1).unwrap()).total().unwrap(), 2);
}

/// In the original, omitting a scale merged different months into one.
fn point_10_months_stay_separate_without_month_and_year_scales(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let builder = guests(&env.staste()).keep(Scale::Year, Keep::Never).keep(Scale::Month, Keep::Never);
    let metrica = builder.build().unwrap();
    for date in ["2022-02-05", "2022-03-05", "2023-02-05"] {
        kick(&metrica, date);
    }
    assert_eq!(metrica.timespan(Timespan::day(2022, 2, 5).unwrap()).total().unwrap(), 1);
    assert_eq!(metrica.timespan(Timespan::month(2022, 2).unwrap()).total().unwrap(), 1);
    let year = metrica.timespan(Timespan::year(2022).unwrap());
    let months: Vec<i128> = year
        .iterate_periods()
        .unwrap()
        .iter()
        .map(|(_, reading)| reading.as_ref().unwrap().total.raw())
        .collect();
    assert_eq!(months, [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

/// In the original, a typo in a filter returned 0.
fn point_10_typo_in_a_filter_is_an_error_instead_of_zero(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = averaged(&env);
    let typo = metrica.filter([("gendre", "girl")]).unwrap_err();
    assert!(typo.is_invalid_input() && typo.to_string().contains("gender"), "{typo}");
    let typo = metrica.filter([("gender", "gril")]).unwrap_err();
    assert!(typo.is_invalid_input() && typo.to_string().contains("girl"), "{typo}");
    for error in [
        metrica.values().iterate("gendre").unwrap_err(),
        metrica.values().pivot(&["age", "gendre"]).unwrap_err(),
        metrica.values().pivot(&["age", "age"]).unwrap_err(),
        metrica.values().top("gendre", 1).unwrap_err(),
        metrica.choices("gendre").unwrap_err(),
        metrica.values().series_by(Scale::Day, "gendre").unwrap_err(),
    ] {
        assert!(error.is_invalid_input(), "{error:?}");
    }
    assert_eq!(metrica.filter([("age", "never seen")]).unwrap().total().unwrap(), 0);
}
