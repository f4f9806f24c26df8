//! Points 1, 2 and 11 for distributions: percentiles are those of the sorted values, bins sum to counts, and an averaged
//! Metrica becomes a distribution.

use staste_core::{
    Axis, Bin, Choice, Combinations, Distribution, Metrica, MetricaBuilder, MetricaKind, Moment, Percentile,
    Scale, Staste, Timespan,
};

use crate::guests::verify;
use crate::rng::Rng;
use crate::store_fixtures::new_definition;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::wrappers::{CapabilityLimits, Operation};

claims! { distributions:
    point_01_percentiles_are_those_of_the_sorted_values,
    point_01_bins_sum_to_counts_after_kicks_are_forgotten,
    point_01_percentiles_of_series_are_those_of_each_period,
    point_02_every_kind_of_kick_has_a_bin,
    point_09_kicks_beyond_the_limit_on_points_keep_their_bins,
    point_11_averaged_metrica_becomes_a_distribution,
    point_11_store_that_cannot_add_axes_keeps_an_averaged_metrica,
    point_11_program_that_asks_for_averages_records_bins_of_a_distribution,
}

const MULTIPLIER: u32 = 1000;
const PERCENTS: [f64; 6] = [0.0, 12.5, 50.0, 95.0, 99.0, 100.0];

/// A kick: its choices on the axes `view`, `status` and `place`, a path of two components; its value and its time.
#[derive(Clone, Debug)]
struct Event {
    view: String,
    status: &'static str,
    place: [&'static str; 2],
    value: f64,
    at: i64,
}

fn responses(staste: &Staste) -> MetricaBuilder {
    staste
        .metrica("responses")
        .axis("view", Axis::stored())
        .axis("status", Axis::declared(["2xx", "5xx"]))
        .axis("place", Axis::path())
        .multiplier(MULTIPLIER)
}

/// Defines the Metrica with bins at these combinations.
fn define(env: &TestEnv, combinations: Combinations) -> Metrica {
    let staste = env.staste();
    let metrica = responses(&staste).distribution().build().unwrap();
    let mut definition = (*metrica.definition().unwrap()).clone();
    definition.bins.as_mut().unwrap().combinations = combinations;
    assert!(env.open_store().define(&definition).unwrap());
    let metrica = responses(&env.staste()).build().unwrap();
    assert_eq!(metrica.definition().unwrap().bins.unwrap().combinations, combinations);
    metrica
}

fn random_events(rng: &mut Rng, number: usize) -> Vec<Event> {
    let event = |_| Event {
        view: format!("/{}", rng.below(4)),
        status: rng.choose(&["2xx", "2xx", "5xx"]),
        place: [rng.choose(&["eu", "us"]), rng.choose(&["a", "b"])],
        value: match rng.below(8) {
            0 => 0.0,
            1 => rng.between(-5000, 0) as f64 / 1000.0,
            _ => f64::from(1 << rng.below(12)) * rng.between(1, 4000) as f64 / 1000.0,
        },
        at: NOW - rng.choose(&[0, 61, 7_300, 86_400, 40 * 86_400]),
    };
    (0..number).map(event).collect()
}

fn kick(metrica: &Metrica, event: &Event) {
    let choices = [
        ("view", Choice::value(&*event.view)),
        ("status", Choice::value(event.status)),
        ("place", Choice::path(event.place)),
    ];
    metrica.kick_with(choices, event.value, Moment::Instant(event.at)).unwrap();
}

/// Checks percentiles and the number of kicks against those of the sorted values, by the same formula on exact values.
fn check(found: &Distribution, mut values: Vec<f64>, what: &str) {
    values.sort_by(f64::total_cmp);
    assert_eq!(found.count(), values.len() as i128, "{what}");
    assert_eq!(found.unrecorded(), 0, "{what}");
    for percent in PERCENTS {
        let percentile = found.percentile(Percentile::new(percent).unwrap());
        if values.is_empty() {
            assert_eq!(percentile, None, "{what}");
            continue;
        }
        let position = (values.len() - 1) as f64 * percent / 100.0;
        let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
        let exact = low + (high - low) * (position - position.floor());
        // Between a negative and a positive value the errors of both add up.
        let bound = if low < 0.0 { low.abs().max(high.abs()) } else { exact };
        let percentile = percentile.unwrap();
        assert!(
            (percentile - exact).abs() <= 0.011 * bound + 1e-9,
            "{what} p{percent}: {percentile} {exact}"
        );
    }
    let below = values.iter().filter(|value| **value <= 1.5).count() as f64;
    if let Some(share) = found.share_at_most(1.5).unwrap() {
        assert!((share.share - below / values.len() as f64).abs() <= share.margin + 1e-9, "{what}");
    }
}

/// Checks every filter, breakdown and timespan.
fn check_all(metrica: &Metrica, events: &[Event]) {
    type Condition = (&'static str, Choice, fn(&Event) -> bool);
    let conditions: [Condition; 4] = [
        ("view", Choice::value("/1"), |event| event.view == "/1"),
        ("status", Choice::value("5xx"), |event| event.status == "5xx"),
        ("place", Choice::path(["eu"]), |event| event.place[0] == "eu"),
        ("place", Choice::path(["eu", "b"]), |event| event.place == ["eu", "b"]),
    ];
    let spans: [(Timespan, i64); 3] = [
        (Timespan::EVER, i64::MIN),
        (Timespan::last(2, Scale::Day).unwrap(), NOW - NOW.rem_euclid(86_400) - 86_400),
        (Timespan::last(1, Scale::Hour).unwrap(), NOW - NOW.rem_euclid(3_600)),
    ];
    for subset in 0..1_u32 << conditions.len() {
        let chosen: Vec<&Condition> = conditions
            .iter()
            .enumerate()
            .filter(|(bit, _)| subset & 1 << bit != 0)
            .map(|(_, it)| it)
            .collect();
        let view = metrica.filter(chosen.iter().map(|(axis, choice, _)| (*axis, choice))).unwrap();
        for (timespan, from) in &spans {
            let matching = |event: &&Event| event.at >= *from && chosen.iter().all(|(_, _, is)| is(event));
            let matching: Vec<&Event> = events.iter().filter(matching).collect();
            let values = |matching: &[&Event]| matching.iter().map(|event| event.value).collect::<Vec<f64>>();
            let view = view.timespan(*timespan);
            let what = format!("filter {subset:b} {timespan:?}");
            check(&view.distribution().unwrap(), values(&matching), &what);
            let by = view.with_distribution().by("view").unwrap();
            assert_eq!(by.len(), if subset & 1 == 0 { metrica.choices("view").unwrap().len() } else { 1 });
            for (choice, reading) in by {
                let own: Vec<&Event> =
                    matching.iter().copied().filter(|event| choice == event.view.as_str()).collect();
                let distribution = reading.distribution.unwrap();
                assert_eq!(reading.count, Some(distribution.count()), "{what}");
                check(&distribution, values(&own), &format!("{what} {choice}"));
            }
        }
    }
    let pivot = metrica.values().with_distribution().pivot(&["status", "place"]).unwrap();
    assert_eq!(pivot.iter().map(|(_, reading)| reading.count.unwrap()).sum::<i128>(), events.len() as i128);
    for (choices, reading) in pivot {
        let is_own =
            |event: &&Event| choices[0] == event.status && choices[1] == Choice::path([event.place[0]]);
        let values = events.iter().filter(is_own).map(|event| event.value).collect();
        check(&reading.distribution.unwrap(), values, &format!("{choices:?}"));
    }
    verify(metrica);
}

/// Percentiles, shares and breakdowns are those of the sorted values, whatever combinations have bins; and each query is
/// one read.
fn point_01_percentiles_are_those_of_the_sorted_values(factory: Factory<'_>) {
    for (seed, combinations) in
        (1..).zip([Combinations::Every, Combinations::Pairs, Combinations::FirstApart])
    {
        let env = TestEnv::new(factory);
        let metrica = define(&env, combinations);
        let events = random_events(&mut Rng::new(seed), 120);
        events.iter().for_each(|event| kick(&metrica, event));
        check_all(&metrica, &events);
        let process = env.process();
        let other = responses(&process.staste).build().unwrap();
        other.values().median().unwrap();
        process.counts.reset();
        let p95 = other.filter([("view", "/1"), ("status", "5xx")]).unwrap().percentile(95.0).unwrap();
        assert_eq!(process.counts.of(Operation::Read), 1);
        let expected =
            metrica.filter([("view", "/1"), ("status", "5xx")]).unwrap().percentiles(&[95.0]).unwrap();
        assert_eq!(vec![p95], expected);
    }
}

/// Bins and counts stay in step when kicks of a choice, of a timespan and of a path are forgotten or moved to *other*.
fn point_01_bins_sum_to_counts_after_kicks_are_forgotten(factory: Factory<'_>) {
    for (seed, combinations) in
        (11..).zip([Combinations::Every, Combinations::Pairs, Combinations::FirstApart])
    {
        let env = TestEnv::new(factory);
        let metrica = define(&env, combinations);
        let mut events = random_events(&mut Rng::new(seed), 100);
        events.iter().for_each(|event| kick(&metrica, event));
        metrica.filter([("view", "/2")]).unwrap().forget().unwrap();
        events.retain(|event| event.view != "/2");
        check_all(&metrica, &events);
        let yesterday = Timespan::between(
            Some(Moment::Instant(NOW - NOW.rem_euclid(86_400) - 86_400)),
            Some(Moment::Instant(NOW - NOW.rem_euclid(86_400))),
        );
        let us = metrica.filter([("place", Choice::path(["us"]))]).unwrap();
        us.timespan(yesterday.unwrap()).forget().unwrap();
        let midnight = NOW - NOW.rem_euclid(86_400);
        events.retain(|event| event.place[0] != "us" || !(midnight - 86_400..midnight).contains(&event.at));
        check_all(&metrica, &events);
        metrica.filter([("view", "/3")]).unwrap().forget_into_other().unwrap();
        verify(&metrica);
        let moved = events.iter().filter(|event| event.view == "/3").map(|event| event.value).collect();
        let other = metrica.filter([("view", Choice::Other)]).unwrap();
        check(&other.distribution().unwrap(), moved, "moved to other");
    }
}

/// Each period of a series has the percentiles of its own kicks, and the periods of a split series those of each choice.
fn point_01_percentiles_of_series_are_those_of_each_period(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = define(&env, Combinations::Every);
    let events = random_events(&mut Rng::new(21), 100);
    events.iter().for_each(|event| kick(&metrica, event));
    let days = metrica.timespan(Timespan::last(3, Scale::Day).unwrap());
    let series = days.distribution_series(Scale::Day).unwrap();
    assert_eq!(series.len(), 3);
    let (_, lines) = days.with_distribution().series_by(Scale::Day, "view").unwrap();
    for (index, (period, reading)) in series.into_iter().enumerate() {
        let is_own = |event: &&Event| (period.start..period.end).contains(&event.at);
        let values = |view: Option<&Choice>| {
            let own = events
                .iter()
                .filter(is_own)
                .filter(|event| view.is_none_or(|view| *view == event.view.as_str()));
            own.map(|event| event.value).collect::<Vec<f64>>()
        };
        check(&reading.unwrap().distribution.unwrap(), values(None), "day");
        for (view, readings) in &lines {
            let reading = readings[index].as_ref().unwrap();
            check(reading.distribution.as_deref().unwrap(), values(Some(view)), "day of a view");
        }
    }
}

/// Kicks of value one, by bound points and in bulk, and those before the definition is known have bins too.
fn point_02_every_kind_of_kick_has_a_bin(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = define(&env, Combinations::Every);
    // The kind is not known yet to a process that does not say it.
    let unknown = responses(&env.staste()).build().unwrap();
    unknown.kick_with([("view", "/")], 7, Moment::Now).unwrap();
    unknown.kick([("view", "/")]).unwrap();
    unknown.kick_with([("place", Choice::path(["eu"]))], 2, Moment::Now).unwrap();
    unknown.bind([("view", "/")]).unwrap().kick().unwrap();
    unknown.staste().flush().unwrap();
    let bound = metrica.bind([("view", "/")]).unwrap();
    bound.kick().unwrap();
    bound.kick_with(-3, Moment::Now).unwrap();
    metrica.kick([("view", "/")]).unwrap();
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("view", "/")], 0.25.into(), Moment::Instant(NOW)).unwrap();
    bulk.commit(Vec::new()).unwrap();
    let found = metrica.values().distribution().unwrap();
    check(&found, vec![7.0, 1.0, 2.0, 1.0, 1.0, -3.0, 1.0, 0.25], "every kind of kick");
    assert_eq!(found.bins().map(|bin| bin.bin).max(), Some(Bin::of(7000, MULTIPLIER)));
    verify(&metrica);
}

/// A kick that folds to *other* because of the limit on points keeps its bin.
fn point_09_kicks_beyond_the_limit_on_points_keep_their_bins(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let build = |staste: &Staste| {
        staste.metrica("few").axis("view", Axis::stored()).distribution().points(12).build().unwrap()
    };
    let metrica = build(&env.staste());
    let mut values = Vec::new();
    for number in 0..40_i64 {
        let value = 1_i32 << (number % 6);
        metrica.kick_with([("view", number % 7)], value, Moment::Now).unwrap();
        metrica.staste().flush().unwrap();
        values.push(f64::from(value));
    }
    check(&metrica.values().distribution().unwrap(), values, "all");
    let folded = metrica.filter([("view", Choice::Other)]).unwrap();
    assert!(folded.count().unwrap() > 0);
    assert_eq!(folded.distribution().unwrap().count(), folded.count().unwrap());
    verify(&metrica);
}

/// Percentiles are recorded from the moment on at which an averaged Metrica becomes a distribution; before, they are an error
/// that says so.
fn point_11_averaged_metrica_becomes_a_distribution(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    if !env.open_store().capabilities().new_axes {
        return;
    }
    let averaged = responses(&env.staste()).averaged().build().unwrap();
    let mut events = random_events(&mut Rng::new(31), 30);
    events.iter().for_each(|event| kick(&averaged, event));
    averaged.staste().flush().unwrap();
    let error = averaged.values().percentile(95.0).unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("define it as a distribution"), "{error}");
    env.advance(86_400);
    let metrica = responses(&env.staste()).distribution().build().unwrap();
    let definition = metrica.define().unwrap();
    assert_eq!(
        (definition.kind, definition.bins.unwrap().since),
        (MetricaKind::Distribution, Some(NOW + 86_400))
    );
    let more: Vec<Event> = random_events(&mut Rng::new(32), 30);
    let more: Vec<Event> = more.into_iter().map(|event| Event { at: NOW + 86_400, ..event }).collect();
    more.iter().for_each(|event| kick(&metrica, event));
    // The process that knows the averaged Metrica continues.
    averaged.kick_with([("view", "/0")], 1, Moment::Instant(NOW - 86_400)).unwrap();
    averaged.staste().flush().unwrap();
    averaged.kick_with([("view", "/0")], 1, Moment::Instant(NOW + 86_400)).unwrap();
    averaged.staste().flush().unwrap();
    let error = metrica.values().percentile(95.0).unwrap_err();
    assert!(error.is_not_recorded() && error.recorded_since() == Some(NOW + 86_400), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("before 2023-11-15 22:13") && message.contains("31 of the 62 kicks"),
        "{message}"
    );
    let found = metrica.values().distribution().unwrap();
    assert_eq!((found.unrecorded(), found.count()), (31, 31));
    let today = Timespan::day(2023, 11, 15).unwrap();
    let mut values: Vec<f64> = more.iter().map(|event| event.value).collect();
    values.push(1.0);
    check(&metrica.timespan(today).distribution().unwrap(), values, "after the change");
    events.extend(more);
    assert_eq!(metrica.count().unwrap(), 62);
    verify(&metrica);
    let series =
        metrica.timespan(Timespan::last(2, Scale::Day).unwrap()).distribution_series(Scale::Day).unwrap();
    let medians: Vec<bool> = series
        .iter()
        .map(|(_, reading)| reading.as_ref().unwrap().percentile(Percentile::MEDIAN).is_some())
        .collect();
    assert_eq!(medians, [false, true]);
}

/// A Store that cannot add axes keeps an averaged Metrica as it is: a program that demands a distribution gets an error, and
/// one that only prefers it counts averages.
fn point_11_store_that_cannot_add_axes_keeps_an_averaged_metrica(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let averaged = responses(&env.staste()).averaged().build().unwrap();
    averaged.kick_with([("view", "/0")], 1, Moment::Now).unwrap();
    averaged.staste().flush().unwrap();
    let limits = CapabilityLimits { no_new_axes: true, ..CapabilityLimits::default() };
    let process = env.process_with(TestEnv::options(), limits);
    let demanding = responses(&process.staste).distribution().build().unwrap();
    let error = demanding.define().unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("distribution"), "{error}");
    let modest = responses(&process.staste).prefer_distribution().build().unwrap();
    modest.kick_with([("view", "/0")], 2, Moment::Now).unwrap();
    assert_eq!(modest.count().unwrap(), 2);
    assert_eq!(modest.definition().unwrap().kind, MetricaKind::Averaged);
    let new = process.staste.metrica("new").prefer_distribution().build().unwrap();
    assert_eq!(new.define().unwrap().kind, MetricaKind::Distribution);
}

/// A program that asks for an averaged Metrica accepts a distribution, and its kicks have bins.
fn point_11_program_that_asks_for_averages_records_bins_of_a_distribution(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = define(&env, Combinations::Every);
    let averaged = responses(&env.staste()).averaged().build().unwrap();
    averaged.kick_with([("view", "/0")], 4, Moment::Now).unwrap();
    averaged.staste().flush().unwrap();
    averaged.kick_with([("view", "/0")], 5, Moment::Now).unwrap();
    check(&averaged.values().distribution().unwrap(), vec![4.0, 5.0], "averaged");
    let plain = responses(&env.staste()).kind(MetricaKind::Plain).build().unwrap();
    assert!(plain.define().unwrap_err().is_conflict());
    assert_eq!(metrica.definition().unwrap().version, 1);
    let other = new_definition("other", &[], MetricaKind::Plain);
    assert!(env.open_store().define(&other).unwrap());
    let error = env.staste().metrica("other").distribution().build().unwrap().define().unwrap_err();
    assert!(error.is_conflict(), "{error}");
}
