//! Points 10 and 13: what is no longer kept reads as such and never as zero; and how long it is kept.

use jiff::civil::date;
use staste_core::{Axis, Keep, Metrica, Moment, Scale, Staste, Timespan, TimespanParts};

use crate::model::{Ask, Pick, Span};
use crate::{Dice, Factory, Lab, NOW, Twin, guests, retained, verify};

const DAY: i64 = 86_400;

fn ages(staste: &Staste, scale: Scale, keep: Keep) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().keep(scale, keep).build().unwrap()
}

/// Below the watermark a period is none, with the nearest boundary; what larger buckets cover is there.
pub fn point_10_retained_or_none(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "UTC");
    twin.kick_randomly(&mut Dice::new(12), 60, 20 * DAY);
    let old = NOW - 15 * DAY;
    let minute = twin.model.civil.label(Scale::Minute, old);
    let refusal =
        twin.metrica.timespan(Span::Period(Scale::Minute, minute).timespan().unwrap()).total().unwrap_err();
    assert!(refusal.is_not_retained(), "{refusal:?}");
    // 2023-10-30 22:13 UTC lies in an hour that is kept: it begins at 22:00 and ends at 23:00.
    assert_eq!(refusal.retained_since(), Some(1_698_706_800));
    assert!(refusal.to_string().contains("2023-10-30 22:13"), "{refusal}");
    assert!(refusal.to_string().contains("2023-10-30 23:00"), "{refusal}");
    for span in [
        Span::Period(Scale::Minute, minute),
        Span::Period(Scale::Hour, minute),
        Span::Period(Scale::Day, minute),
        Span::Between(Some(old - 20), None),
        Span::Between(Some(old - 20 - 13 * 60), Some(NOW - 20)),
        Span::Between(None, Some(old - 20)),
        Span::Between(Some(NOW - 8 * DAY - 20), Some(NOW - 20)),
        Span::Between(Some(NOW - 9 * DAY - 20), Some(NOW - 20)),
        Span::Last(9 * 24 * 60, Scale::Minute),
    ] {
        twin.check(&Ask::of(span));
    }
    twin.compare().series(&Ask::of(Span::Last(12 * 24 * 60, Scale::Minute)), Scale::Minute);
    twin.compare().series(&Ask::of(Span::Last(20, Scale::Day)), Scale::Hour);
    twin.compare().series_by(&Ask::of(Span::Last(10 * 24 * 60, Scale::Minute)), Scale::Minute, "gender");
}

/// As time passes minutes go out of reach, and stay so.
pub fn point_10_retained_as_time_passes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "Australia/Lord_Howe");
    twin.kick_randomly(&mut Dice::new(13), 30, 3600);
    let minute = Ask::of(Span::Period(Scale::Hour, twin.model.civil.label(Scale::Hour, NOW - 1800)));
    assert!(twin.metrica.staste().flush().is_ok());
    for _ in 0..6 {
        twin.compare().read(&minute);
        twin.compare().series(&minute, Scale::Minute);
        twin.check(&Ask::of(Span::Ever));
        lab.pass(2 * DAY);
        twin.kick_randomly(&mut Dice::new(14), 5, 60);
        twin.verify();
    }
    let series = minute.view(&twin.metrica).unwrap().series(Scale::Minute).unwrap();
    assert!(series.iter().all(|(_, reading)| reading.is_none()), "no zeros for what is gone");
}

/// Lengthening a retention does not turn the past into zeros: the watermark only rises.
pub fn point_10_retained_never_lengthened_into_zeros(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let short = ages(&lab.staste(), Scale::Hour, Keep::days(2));
    let old = NOW - 10 * DAY;
    short.kick_with([("age", 1)], 1, Moment::Instant(old)).unwrap();
    short.kick_with([("age", 1)], 1, Moment::Instant(NOW)).unwrap();
    short.staste().flush().unwrap();
    let long = ages(&lab.staste(), Scale::Hour, Keep::Forever);
    // Minutes keep eight days, so nothing finer than the day covers this.
    let hour = Timespan::between(
        Some(Moment::Instant(old - old % 3600)),
        Some(Moment::Instant(old - old % 3600 + 3600)),
    );
    let hour = hour.unwrap();
    assert_eq!(retained(long.timespan(hour).total()), None);
    long.kick_with([("age", 1)], 1, Moment::Instant(old)).unwrap();
    assert_eq!(retained(long.timespan(hour).total()), None, "a late kick makes no half-truth of it");
    let day = Timespan::between(
        Some(Moment::Instant(old - old % DAY)),
        Some(Moment::Instant(old - old % DAY + DAY)),
    );
    assert_eq!(long.timespan(day.unwrap()).total().unwrap(), 2);
    let others = ages(&lab.staste(), Scale::Hour, Keep::Forever);
    assert_eq!(retained(others.timespan(hour).total()), None, "a process that comes later sees the same");
    lab.pass(DAY);
    assert_eq!(retained(others.timespan(hour).total()), None);
    assert_eq!(others.timespan(Timespan::hour(2023, 11, 14, 22).unwrap()).total().unwrap(), 1);
    verify(&others);
}

/// Shortening takes effect at once, for every process that learns of it.
pub fn point_10_retained_when_shortened(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let long = staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    let minute = NOW - 3 * DAY - (NOW % 60);
    long.kick_with([("age", 1)], 1, Moment::Instant(minute)).unwrap();
    let span = Timespan::between(Some(Moment::Instant(minute)), Some(Moment::Instant(minute + 60))).unwrap();
    assert_eq!(long.timespan(span).total().unwrap(), 1);
    let short = ages(&lab.staste(), Scale::Minute, Keep::days(1));
    assert_eq!(retained(short.timespan(span).total()), None);
    assert_eq!(retained(long.timespan(span).total()), None, "its next question meets the new definition");
}

/// A kick for a time below every watermark of the finer scales counts in the coarser ones only.
pub fn point_10_retained_late_kicks(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = guests(&process.staste).build().unwrap();
    metrica.kick_with([("age", 1)], 1, Moment::Instant(NOW - 500 * DAY)).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
    let size = process.staste.size("guests").unwrap();
    // Minute and hour are below their watermarks; day, month, year and ever are kept for ever.
    assert_eq!(size.scales.map(|(buckets, _)| buckets), [0, 0, 1, 1, 1, 1]);
    verify(&metrica);
}

/// A scale that is left out is composed of finer ones, or not retained; what is dated in the future is there
/// until it has begun.
pub fn point_10_retained_scales_left_out(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let mut twin = Twin::guests(&staste, "America/New_York");
    twin.metrica = guests(&staste)
        .zone("America/New_York")
        .averaged()
        .keep(Scale::Month, Keep::Never)
        .keep(Scale::Minute, Keep::Never)
        .build()
        .unwrap();
    twin.model.keep(Scale::Month, Keep::Never);
    twin.model.keep(Scale::Minute, Keep::Never);
    twin.kick_randomly(&mut Dice::new(15), 60, 100 * DAY);
    twin.kick(&[("age", Pick::value("7"))], 5, NOW + 3630);
    let hour = twin.model.civil.label(Scale::Hour, NOW - 3600);
    let coming = twin.model.civil.label(Scale::Minute, NOW + 3600);
    for span in [
        Span::Ever,
        Span::Period(Scale::Month, date(2023, 10, 5).at(0, 0, 0, 0)),
        Span::Period(Scale::Year, date(2023, 1, 1).at(0, 0, 0, 0)),
        Span::Period(Scale::Hour, hour),
        Span::Period(Scale::Minute, hour),
        Span::Last(3, Scale::Month),
        Span::Period(Scale::Minute, coming),
    ] {
        twin.check(&Ask::of(span));
    }
    twin.verify();
}

/// An impossible period is an error when it is asked for, in any form.
pub fn point_10_retained_impossible_periods(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = guests(&lab.staste()).build().unwrap();
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
        metrica
            .timespan(Timespan::between(Some(Moment::Instant(60)), Some(Moment::Instant(0))).unwrap())
            .total()
            .unwrap_err(),
        metrica.timespan(Timespan::minute(2023, 11, 14, 1, 1).unwrap()).iterate_periods().unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.is_input(), "{refusal:?}");
    }
}

/// Minutes are kept 8 days, hours 400, the rest for ever; and each can be set.
pub fn point_13_defaults_of_retention(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = guests(&lab.staste()).build().unwrap();
    let kept = |metrica: &Metrica| Scale::KEPT.map(|scale| metrica.define().unwrap().retention.of(scale));
    let forever = Keep::Forever;
    assert_eq!(kept(&metrica), [Keep::days(8), Keep::days(400), forever, forever, forever, forever]);
    let edges = [(Scale::Minute, 8), (Scale::Hour, 400)];
    for (scale, days) in edges {
        let at = NOW - days * DAY;
        let (start, length) =
            if scale == Scale::Minute { (at - at % 60, 60) } else { (at - at % 3600, 3600) };
        metrica.kick_with([("age", 1)], 1, Moment::Instant(start)).unwrap();
        let span = |start: i64| {
            Timespan::between(Some(Moment::Instant(start)), Some(Moment::Instant(start + length))).unwrap()
        };
        assert_eq!(
            metrica.timespan(span(start)).total().unwrap(),
            1,
            "{scale}: where it begins is kept whole"
        );
        assert_eq!(retained(metrica.timespan(span(start - length)).total()), None, "{scale}");
    }
    let other = guests(&lab.staste())
        .keep(Scale::Minute, Keep::days(1))
        .keep(Scale::Day, Keep::days(99))
        .build()
        .unwrap();
    assert_eq!(kept(&other)[..3], [Keep::days(1), Keep::days(400), Keep::days(99)]);
    assert_eq!(kept(&guests(&lab.staste()).build().unwrap()), kept(&other), "what is not given is adopted");
    assert!(guests(&lab.staste()).keep(Scale::Ever, Keep::Never).build().unwrap_err().is_input());
    assert!(guests(&lab.staste()).keep(Scale::Week, Keep::days(1)).build().unwrap_err().is_input());
}
