//! Point 12: days are civil, in any zone; folds, gaps, weeks, quarters and arbitrary stretches.

use jiff::civil::{DateTime, date};
use staste_core::{Keep, Moment, Scale, Timespan};

use crate::model::{Ask, Pick, Span};
use crate::{Factory, Lab, Twin, guests};

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A zone, a moment in it where the clock does something, and now.
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

/// A Metrica that keeps everything, with a kick just before and just after every edge near the change.
fn edges(lab: &Lab, zone: &str, change: i64) -> Twin {
    lab.clock.set(change + 3 * DAY);
    let staste = lab.staste();
    let mut twin = Twin::guests(&staste, zone);
    let everything = Scale::KEPT
        .into_iter()
        .take(5)
        .fold(guests(&staste).zone(zone).averaged(), |builder, scale| builder.keep(scale, Keep::Forever));
    twin.metrica = everything.build().unwrap();
    for scale in Scale::KEPT {
        twin.model.keep(scale, Keep::Forever);
    }
    let mut instants = vec![change - 1, change, change + 1];
    for probe in [change - DAY, change - HOUR, change - 1, change, change + HOUR, change + DAY] {
        for scale in Scale::ALL.into_iter().filter(|scale| *scale != Scale::Ever) {
            let bucket = twin.model.civil.bucket(scale, probe);
            instants.extend([bucket.start - 1, bucket.start, bucket.end - 1, bucket.end]);
        }
    }
    instants.sort_unstable();
    instants.dedup();
    for (value, at) in (1..).zip(instants) {
        twin.kick(&[("gender", Pick::value(if value % 2 == 0 { "boy" } else { "girl" }))], value, at);
    }
    twin
}

/// Every bucket near every change, by label and in series, agrees with the model.
pub fn point_12_time_every_edge(factory: Factory<'_>) {
    for (zone, change) in CHANGES {
        let lab = Lab::new(factory);
        let twin = edges(&lab, zone, change);
        let probes = [change - DAY, change - HOUR, change - 1, change, change + HOUR, change + DAY];
        for scale in Scale::ALL.into_iter().filter(|scale| *scale != Scale::Ever) {
            let mut labels: Vec<DateTime> =
                probes.iter().map(|at| twin.model.civil.label(scale, *at)).collect();
            labels.dedup();
            for label in labels {
                twin.compare().read(&Ask::of(Span::Period(scale, label)));
                if scale != Scale::Minute {
                    twin.compare().periods(&Ask::of(Span::Period(scale, label)));
                }
            }
        }
        let around = Ask::of(Span::Between(
            Some(whole(&twin, change - 2 * DAY)),
            Some(whole(&twin, change + 2 * DAY)),
        ));
        for scale in
            [Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Quarter, Scale::Year, Scale::Ever]
        {
            twin.compare().series(&around, scale);
        }
        twin.compare().series_by(&around, Scale::Day, "gender");
        twin.verify();
    }
}

/// Any stretch between whole minutes, also with open ends.
pub fn point_12_time_any_stretch(factory: Factory<'_>) {
    for (zone, change) in CHANGES {
        let lab = Lab::new(factory);
        let twin = edges(&lab, zone, change);
        let ends: Vec<i64> = [-40 * DAY, -DAY - 7 * 60, -HOUR, -60, 0, 60, HOUR, DAY + 11 * 60, 40 * DAY]
            .iter()
            .map(|distance| whole(&twin, change + distance))
            .collect();
        for (index, since) in ends.iter().enumerate() {
            for until in &ends[index..] {
                twin.compare().read(&Ask::of(Span::Between(Some(*since), Some(*until))));
            }
            twin.compare().read(&Ask::of(Span::Between(Some(*since), None)));
            twin.compare().read(&Ask::of(Span::Between(None, Some(*since))));
        }
        for (count, scale) in
            [(3, Scale::Day), (1, Scale::Week), (2, Scale::Quarter), (90, Scale::Minute), (2, Scale::Year)]
        {
            twin.compare().read(&Ask::of(Span::Last(count, scale)));
        }
    }
}

/// A series of a stretch with an open end has the periods that hold something, cut where it begins.
pub fn point_12_time_series_with_open_ends(factory: Factory<'_>) {
    let (zone, change) = CHANGES[3];
    let lab = Lab::new(factory);
    let twin = edges(&lab, zone, change);
    for scale in [Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Quarter, Scale::Year] {
        twin.compare().series(&Ask::of(Span::Ever), scale);
        for at in [change, change - 30 * 60, change - DAY] {
            twin.compare().series(&Ask::of(Span::Between(Some(at), None)), scale);
            twin.compare().series(&Ask::of(Span::Between(None, Some(at))), scale);
            twin.compare().series_by(&Ask::of(Span::Between(Some(at), None)), scale, "gender");
        }
    }
}

/// The minute that begins at or before an instant, in the Metrica's zone.
fn whole(twin: &Twin, at: i64) -> i64 {
    twin.model.civil.bucket(Scale::Minute, at).start
}

/// Local times are in the zone: the earlier reading in a fold, the later in a gap; aware ones as they are.
pub fn point_12_time_folds_and_gaps(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    lab.clock.set(1_383_700_000);
    let metrica =
        guests(&lab.staste()).zone("America/New_York").keep(Scale::Minute, Keep::Forever).build().unwrap();
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
            (period.number(), (period.offset / 3600) as i32, reading.unwrap().total.raw())
        })
        .collect();
    assert_eq!(hours, [(0, -4, 0), (1, -4, 101), (1, -5, 10), (2, -5, 0)]);
    let both = Timespan::hour(2013, 11, 3, 1).unwrap();
    assert_eq!(metrica.timespan(both).total().unwrap(), 111);
    assert_eq!(metrica.timespan(Timespan::minute(2013, 11, 3, 1, 30).unwrap()).total().unwrap(), 111);
    // 02:30 did not exist: it is 03:30; and 07:15 UTC was 03:15.
    assert_eq!(metrica.timespan(Timespan::hour(2013, 3, 10, 2).unwrap()).total().unwrap(), 0);
    assert_eq!(metrica.timespan(Timespan::hour(2013, 3, 10, 3).unwrap()).total().unwrap(), 11_000);
    let gap = metrica.timespan(Timespan::day(2013, 3, 10).unwrap()).iterate_periods().unwrap();
    let numbers: Vec<i64> = gap.iter().map(|(period, _)| period.number()).collect();
    assert_eq!(numbers, (0..24).filter(|hour| *hour != 2).collect::<Vec<i64>>());
}

/// The day that Apia left out has nothing in it, and the month 30 days.
pub fn point_12_time_a_missing_day(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    lab.clock.set(1_326_000_000);
    let metrica = guests(&lab.staste()).zone("Pacific/Apia").build().unwrap();
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

/// Weeks begin on the day that was set, and cross months and years.
pub fn point_12_time_weeks_begin_where_they_should(factory: Factory<'_>) {
    for (start, first) in [(0, date(2023, 12, 25)), (6, date(2023, 12, 31)), (2, date(2023, 12, 27))] {
        let lab = Lab::new(factory);
        lab.clock.set(1_704_200_000);
        let metrica = guests(&lab.staste()).week_start(start).build().unwrap();
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
        // 2023 ended with a Sunday.
        assert_eq!(weeks.last().unwrap().0.partial, start != 0);
        let sum: i128 = weeks.iter().map(|(_, reading)| reading.unwrap().total.raw()).sum();
        assert_eq!(sum, 12);
    }
}

/// The first and the last day that can be counted.
pub fn point_12_time_ends_of_the_calendar(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    for zone in ["UTC", "Pacific/Apia", "America/New_York"] {
        let name = zone.replace('/', "_");
        let metrica = lab.staste().metrica(&name).zone(zone).build().unwrap();
        let nowhere: [(&str, &str); 0] = [];
        metrica.kick_with(nowhere, 1, Moment::parse("0001-01-02").unwrap()).unwrap();
        metrica.kick_with(nowhere, 2, Moment::parse("9999-12-27").unwrap()).unwrap();
        assert_eq!(metrica.total().unwrap(), 3, "{zone}");
        assert_eq!(metrica.timespan(Timespan::year(1).unwrap()).total().unwrap(), 1);
        assert_eq!(metrica.timespan(Timespan::day(9999, 12, 27).unwrap()).total().unwrap(), 2);
        assert_eq!(metrica.timespan(Timespan::year(9999).unwrap()).iterate_periods().unwrap().len(), 12);
        let years = metrica.values().iterate_periods().unwrap();
        assert_eq!(years.iter().map(|(period, _)| period.number()).collect::<Vec<_>>(), [1, 9999]);
        crate::verify(&metrica);
    }
    let metrica = lab.staste().metrica("bad").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    for text in ["0000-12-31", "10000-01-01", "2023-02-29", "2023-13-01", "yesterday", ""] {
        assert!(
            Moment::parse(text).map_or(true, |moment| metrica.kick_with(nowhere, 1, moment).is_err()),
            "{text}"
        );
    }
}
