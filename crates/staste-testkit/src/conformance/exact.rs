//! Point 2: cells have 64 bits, sums 128; a kick that would overflow is left out and counted.

use staste_core::{Axis, MAX_VALUE, Metrica, Moment, Staste, Timespan, Value};

use crate::guests::verify;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};

claims! { exact:
    point_02_overflowing_kick_is_left_out_of_all_its_cells,
    point_02_negative_overflow_is_left_out,
    point_02_sums_of_buckets_exceed_64_bits,
    point_02_average_without_kicks_is_none,
    point_02_plain_metrica_refuses_counts_and_averages,
    point_02_decimal_value_is_rounded_and_invalid_value_refused,
}

/// Number of kicks of the largest value that a cell can hold.
const FULL: usize = 1023;

fn sums(staste: &Staste) -> Metrica {
    staste.metrica("sums").axis("who", Axis::stored()).averaged().build().unwrap()
}

fn fill(metrica: &Metrica, who: &str, at: i64, value: i64, kicks: usize) {
    for _ in 0..kicks {
        metrica.kick_with([("who", who)], Value::from(value), Moment::Instant(at)).unwrap();
    }
    metrica.staste().flush().unwrap();
}

/// A kick that would overflow is in none of its cells; the rest of the batch is counted.
fn point_02_overflowing_kick_is_left_out_of_all_its_cells(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = sums(&process.staste);
    fill(&metrica, "ann", NOW, MAX_VALUE, FULL);
    let full = i128::from(MAX_VALUE) * FULL as i128;
    assert_eq!(metrica.total().unwrap(), full);

    // One less than the largest value just fits; then the cell at ALL has no room for bob.
    metrica.kick_with([("who", "ann")], MAX_VALUE - 1, Moment::Instant(NOW)).unwrap();
    metrica.kick_with([("who", "bob")], 1, Moment::Instant(NOW)).unwrap();
    metrica.kick_with([("who", "cid")], -5, Moment::Instant(NOW)).unwrap();
    process.staste.flush().unwrap();
    assert_eq!(metrica.total().unwrap(), i128::from(i64::MAX) - 5);
    assert_eq!(process.staste.health().overflowed, 1);
    assert_eq!(process.staste.health().committed, FULL as u64 + 2);
    assert_eq!(metrica.filter([("who", "bob")]).unwrap().count().unwrap(), 0);
    assert_eq!(metrica.filter([("who", "cid")]).unwrap().total().unwrap(), -5);
    assert_eq!(metrica.timespan(Timespan::day(2023, 11, 14).unwrap()).count().unwrap(), FULL as i128 + 2);
    verify(&metrica);
}

/// The same holds below zero.
fn point_02_negative_overflow_is_left_out(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = sums(&staste);
    fill(&metrica, "ann", NOW, -MAX_VALUE, FULL + 1);
    assert_eq!(metrica.total().unwrap(), i128::from(i64::MIN));
    fill(&metrica, "ann", NOW, -1, 1);
    assert_eq!(metrica.total().unwrap(), i128::from(i64::MIN));
    assert_eq!(staste.health().overflowed, 1);
    verify(&metrica);
}

/// Sums over several buckets do not overflow.
fn point_02_sums_of_buckets_exceed_64_bits(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    // Three days whose cells are full, and two negative ones in between, so that the cells of the month and of *ever*
    // do not overflow.
    let metrica = sums(&staste);
    let day = |day: i64| NOW - (5 - day) * 86_400;
    for (when, value) in [(1, 1), (4, -1), (2, 1), (5, -1), (3, 1)] {
        fill(&metrica, "ann", day(when), value * MAX_VALUE, FULL);
    }
    let full = i128::from(MAX_VALUE) * FULL as i128;
    assert_eq!(metrica.total().unwrap(), full);
    let midnight = |when: i64| Moment::Instant(day(when) - day(when).rem_euclid(86_400));
    let high = Timespan::between(Some(midnight(1)), Some(midnight(4))).unwrap();
    assert!(3 * full > i128::from(i64::MAX));
    assert_eq!(metrica.timespan(high).total().unwrap(), 3 * full);
    assert_eq!(metrica.timespan(high).iterate("who").unwrap()[0].1, 3 * full);
    let pivot = metrica.timespan(high).pivot(&["who"]).unwrap();
    assert_eq!(pivot[0].1.total, 3 * full);
    verify(&metrica);
}

/// The average without kicks is `None` in every form of query.
fn point_02_average_without_kicks_is_none(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = sums(&env.staste());
    assert_eq!(metrica.values().average().unwrap(), None);
    metrica.kick_with([("who", "ann")], 0, Moment::Instant(NOW - 40 * 86_400)).unwrap();
    let view = metrica.timespan(Timespan::month(2023, 11).unwrap());
    assert_eq!(view.average().unwrap(), None);
    assert_eq!(view.iterate_averages("who").unwrap()[0].1, None);
    assert_eq!(view.read().unwrap().average(), None);
    assert!(
        view.iterate_periods().unwrap().iter().all(|(_, reading)| reading
            .as_ref()
            .unwrap()
            .average()
            .is_none())
    );
    let (_, lines) = view.series_by(staste_core::Scale::Day, "who").unwrap();
    assert!(lines[0].1.iter().all(|reading| reading.as_ref().unwrap().average().is_none()));
    // A kick of value 0 is a kick.
    assert_eq!(metrica.values().average().unwrap(), Some(0.0));
}

/// A plain Metrica returns an error for counts and averages.
fn point_02_plain_metrica_refuses_counts_and_averages(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = env.staste().metrica("plain").axis("who", Axis::stored()).build().unwrap();
    metrica.kick([("who", "ann")]).unwrap();
    let view = metrica.values();
    let refusals = [
        view.count().unwrap_err(),
        view.average().unwrap_err(),
        view.iterate_counts("who").unwrap_err(),
        view.iterate_averages("who").unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.is_invalid_input() && refusal.to_string().contains("plain"), "{refusal}");
    }
    assert_eq!(view.read().unwrap().count, None);
    assert_eq!(view.by("who").unwrap()[0].1.count, None);
}

/// Decimal values are rounded to the multiplier; values that cannot be counted are refused with the reason.
fn point_02_decimal_value_is_rounded_and_invalid_value_refused(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = env.staste().metrica("cents").multiplier(100).averaged().build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    for value in [0.29, 0.285, -0.285, 7.5] {
        metrica.kick_with(nowhere, value, Moment::Now).unwrap();
    }
    assert_eq!(metrica.total().unwrap().raw(), 29 + 29 - 29 + 750);
    for refused in [f64::NAN, f64::INFINITY, 1e300, 9.1e13] {
        assert!(
            metrica.kick_with(nowhere, refused, Moment::Now).unwrap_err().is_invalid_input(),
            "{refused}"
        );
    }
    assert_eq!(metrica.values().count().unwrap(), 4);
    let whole = env.staste().metrica("whole").build().unwrap();
    let refusal = whole.kick_with(nowhere, 0.5, Moment::Now).unwrap_err();
    assert!(refusal.is_invalid_input() && refusal.to_string().contains("multiplier"), "{refusal}");
}
