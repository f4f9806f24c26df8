//! Points 10 and 13: expired periods are not retained and never zero, and the default retention.

use jiff::civil::date;
use staste_core::{Axis, Keep, Metrica, Moment, Scale, Staste, Timespan};

use crate::comparison::retained;
use crate::guests::{guests, verify};
use crate::model::{ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;

claims! { retention:
    point_10_expired_period_is_not_retained_instead_of_zero,
    point_10_minutes_expire_as_time_passes,
    point_10_longer_retention_does_not_turn_expired_periods_into_zeros,
    point_10_shorter_retention_takes_effect_at_once,
    point_10_late_kick_counts_only_in_scales_that_still_keep_its_time,
    point_10_scale_that_is_not_kept_is_composed_of_finer_scales,
    point_13_default_retention_is_8_days_of_minutes_and_400_days_of_hours,
}

const DAY: i64 = 86_400;

fn guests_keeping(staste: &Staste, scale: Scale, keep: Keep) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().keep(scale, keep).build().unwrap()
}

/// A period before the watermark is not retained, and the error names the nearest boundary; periods that larger buckets
/// cover are still returned.
fn point_10_expired_period_is_not_retained_instead_of_zero(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "UTC");
    pair.kick_randomly(&mut Rng::new(12), 60, 20 * DAY);
    let old = NOW - 15 * DAY;
    let minute = pair.model.calendar.label(Scale::Minute, old);
    let refusal = pair
        .metrica
        .timespan(ModelSpan::Period(Scale::Minute, minute).timespan().unwrap())
        .total()
        .unwrap_err();
    assert!(refusal.is_not_retained(), "{refusal:?}");
    // 2023-10-30 22:13 UTC is in an hour that is kept, from 22:00 to 23:00.
    assert_eq!(refusal.retained_since(), Some(1_698_706_800));
    assert!(refusal.to_string().contains("2023-10-30 22:13"), "{refusal}");
    assert!(refusal.to_string().contains("2023-10-30 23:00"), "{refusal}");
    for span in [
        ModelSpan::Period(Scale::Minute, minute),
        ModelSpan::Period(Scale::Hour, minute),
        ModelSpan::Period(Scale::Day, minute),
        ModelSpan::Between(Some(old - 20), None),
        ModelSpan::Between(Some(old - 20 - 13 * 60), Some(NOW - 20)),
        ModelSpan::Between(None, Some(old - 20)),
        ModelSpan::Between(Some(NOW - 8 * DAY - 20), Some(NOW - 20)),
        ModelSpan::Between(Some(NOW - 9 * DAY - 20), Some(NOW - 20)),
        ModelSpan::Last(9 * 24 * 60, Scale::Minute),
    ] {
        pair.check(&ModelQuery::new(span));
    }
    pair.compare().series(&ModelQuery::new(ModelSpan::Last(12 * 24 * 60, Scale::Minute)), Scale::Minute);
    pair.compare().series(&ModelQuery::new(ModelSpan::Last(20, Scale::Day)), Scale::Hour);
    pair.compare().series_by(
        &ModelQuery::new(ModelSpan::Last(10 * 24 * 60, Scale::Minute)),
        Scale::Minute,
        "gender",
    );
}

/// As time passes, minutes expire and stay expired.
fn point_10_minutes_expire_as_time_passes(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "Australia/Lord_Howe");
    pair.kick_randomly(&mut Rng::new(13), 30, 3600);
    let minute =
        ModelQuery::new(ModelSpan::Period(Scale::Hour, pair.model.calendar.label(Scale::Hour, NOW - 1800)));
    assert!(pair.metrica.staste().flush().is_ok());
    for _ in 0..6 {
        pair.compare().read(&minute);
        pair.compare().series(&minute, Scale::Minute);
        pair.check(&ModelQuery::new(ModelSpan::Ever));
        env.advance(2 * DAY);
        pair.kick_randomly(&mut Rng::new(14), 5, 60);
        pair.verify();
    }
    let series = minute.view(&pair.metrica).unwrap().series(Scale::Minute).unwrap();
    assert!(series.iter().all(|(_, reading)| reading.is_none()), "expired minutes are not zeros");
}

/// A longer retention does not turn expired periods into zeros: watermarks only rise.
fn point_10_longer_retention_does_not_turn_expired_periods_into_zeros(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let short = guests_keeping(&env.staste(), Scale::Hour, Keep::days(2));
    let old = NOW - 10 * DAY;
    short.kick_with([("age", 1)], 1, Moment::Instant(old)).unwrap();
    short.kick_with([("age", 1)], 1, Moment::Instant(NOW)).unwrap();
    short.staste().flush().unwrap();
    let long = guests_keeping(&env.staste(), Scale::Hour, Keep::Forever);
    // Minutes are kept for eight days, so nothing finer than the day covers this.
    let hour = Timespan::between(
        Some(Moment::Instant(old - old % 3600)),
        Some(Moment::Instant(old - old % 3600 + 3600)),
    );
    let hour = hour.unwrap();
    assert_eq!(retained(long.timespan(hour).total()), None);
    long.kick_with([("age", 1)], 1, Moment::Instant(old)).unwrap();
    assert_eq!(
        retained(long.timespan(hour).total()),
        None,
        "a late kick does not make it readable with part of its kicks"
    );
    let day = Timespan::between(
        Some(Moment::Instant(old - old % DAY)),
        Some(Moment::Instant(old - old % DAY + DAY)),
    );
    assert_eq!(long.timespan(day.unwrap()).total().unwrap(), 2);
    let others = guests_keeping(&env.staste(), Scale::Hour, Keep::Forever);
    assert_eq!(retained(others.timespan(hour).total()), None, "a later process sees the same");
    env.advance(DAY);
    assert_eq!(retained(others.timespan(hour).total()), None);
    assert_eq!(others.timespan(Timespan::hour(2023, 11, 14, 22).unwrap()).total().unwrap(), 1);
    verify(&others);
}

/// A shorter retention takes effect at once, for every process with its next query.
fn point_10_shorter_retention_takes_effect_at_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let long = staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    let minute = NOW - 3 * DAY - (NOW % 60);
    long.kick_with([("age", 1)], 1, Moment::Instant(minute)).unwrap();
    let span = Timespan::between(Some(Moment::Instant(minute)), Some(Moment::Instant(minute + 60))).unwrap();
    assert_eq!(long.timespan(span).total().unwrap(), 1);
    let short = guests_keeping(&env.staste(), Scale::Minute, Keep::days(1));
    assert_eq!(retained(short.timespan(span).total()), None);
    assert_eq!(retained(long.timespan(span).total()), None, "its next query uses the new definition");
}

/// A kick dated before the watermarks of the finer scales counts in the coarser ones only.
fn point_10_late_kick_counts_only_in_scales_that_still_keep_its_time(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests(&process.staste).build().unwrap();
    metrica.kick_with([("age", 1)], 1, Moment::Instant(NOW - 500 * DAY)).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
    let size = process.staste.size("guests").unwrap();
    // Its minute and hour have expired; day, month, year and ever are kept forever.
    assert_eq!(size.scales.map(|(buckets, _)| buckets), [0, 0, 1, 1, 1, 1]);
    verify(&metrica);
}

/// A period of a scale that is not kept is composed of finer ones, or not retained. A minute in the future is kept
/// until it has begun.
fn point_10_scale_that_is_not_kept_is_composed_of_finer_scales(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let mut pair = MetricaWithModel::guests(&staste, "America/New_York");
    pair.metrica = guests(&staste)
        .zone("America/New_York")
        .averaged()
        .keep(Scale::Month, Keep::Never)
        .keep(Scale::Minute, Keep::Never)
        .build()
        .unwrap();
    pair.model.keep(Scale::Month, Keep::Never);
    pair.model.keep(Scale::Minute, Keep::Never);
    pair.kick_randomly(&mut Rng::new(15), 60, 100 * DAY);
    pair.kick(&[("age", ModelChoice::value("7"))], 5, NOW + 3630);
    let hour = pair.model.calendar.label(Scale::Hour, NOW - 3600);
    let coming = pair.model.calendar.label(Scale::Minute, NOW + 3600);
    for span in [
        ModelSpan::Ever,
        ModelSpan::Period(Scale::Month, date(2023, 10, 5).at(0, 0, 0, 0)),
        ModelSpan::Period(Scale::Year, date(2023, 1, 1).at(0, 0, 0, 0)),
        ModelSpan::Period(Scale::Hour, hour),
        ModelSpan::Period(Scale::Minute, hour),
        ModelSpan::Last(3, Scale::Month),
        ModelSpan::Period(Scale::Minute, coming),
    ] {
        pair.check(&ModelQuery::new(span));
    }
    pair.verify();
}

/// By default minutes are kept for 8 days, hours for 400 days, and the rest forever; each can be set.
fn point_13_default_retention_is_8_days_of_minutes_and_400_days_of_hours(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste()).build().unwrap();
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
            "{scale}: the bucket in which the retention begins is kept"
        );
        assert_eq!(retained(metrica.timespan(span(start - length)).total()), None, "{scale}");
    }
    let other = guests(&env.staste())
        .keep(Scale::Minute, Keep::days(1))
        .keep(Scale::Day, Keep::days(99))
        .build()
        .unwrap();
    assert_eq!(kept(&other)[..3], [Keep::days(1), Keep::days(400), Keep::days(99)]);
    assert_eq!(kept(&guests(&env.staste()).build().unwrap()), kept(&other), "omitted settings are adopted");
    assert!(guests(&env.staste()).keep(Scale::Ever, Keep::Never).build().unwrap_err().is_invalid_input());
    assert!(guests(&env.staste()).keep(Scale::Week, Keep::days(1)).build().unwrap_err().is_invalid_input());
}
