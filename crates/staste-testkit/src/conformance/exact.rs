//! Point 2: cells are 64 bits wide, sums 128; what would overflow is left out whole and reported.

use staste_core::{Axis, MAX_VALUE, Metrica, Moment, Staste, Timespan, Value};

use crate::{Factory, Lab, NOW, verify};

/// How many of the largest values a cell holds.
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

/// An increment that would overflow is in none of its cells; the rest of the batch lands.
pub fn point_02_exact_overflow_drops_the_kick_whole(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = sums(&process.staste);
    fill(&metrica, "ann", NOW, MAX_VALUE, FULL);
    let full = i128::from(MAX_VALUE) * FULL as i128;
    assert_eq!(metrica.total().unwrap(), full);

    // The largest value fits once more less one; at ALL nothing is left for bob then.
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

/// The same below zero.
pub fn point_02_exact_overflow_below_zero(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = sums(&staste);
    fill(&metrica, "ann", NOW, -MAX_VALUE, FULL + 1);
    assert_eq!(metrica.total().unwrap(), i128::from(i64::MIN));
    fill(&metrica, "ann", NOW, -1, 1);
    assert_eq!(metrica.total().unwrap(), i128::from(i64::MIN));
    assert_eq!(staste.health().overflowed, 1);
    verify(&metrica);
}

/// Sums over buckets are as wide as they need to be.
pub fn point_02_exact_sums_beyond_64_bits(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    // Three days that hold as much as a cell can, and two in between that keep *ever* and the month
    // from holding more.
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

/// The average of nothing is none, in every form of question.
pub fn point_02_exact_averages_of_nothing(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = sums(&lab.staste());
    assert_eq!(metrica.values().average().unwrap(), None);
    metrica.kick_with([("who", "ann")], 0, Moment::Instant(NOW - 40 * 86_400)).unwrap();
    let view = metrica.timespan(Timespan::month(2023, 11).unwrap());
    assert_eq!(view.average().unwrap(), None);
    assert_eq!(view.iterate_averages("who").unwrap()[0].1, None);
    assert_eq!(view.read().unwrap().average(), None);
    assert!(view.iterate_periods().unwrap().iter().all(|(_, reading)| reading.unwrap().average().is_none()));
    let (_, lines) = view.series_by(staste_core::Scale::Day, "who").unwrap();
    assert!(lines[0].1.iter().all(|reading| reading.unwrap().average().is_none()));
    // A value of nothing is something.
    assert_eq!(metrica.values().average().unwrap(), Some(0.0));
}

/// Plain metricas have no counts and no averages, and say so.
pub fn point_02_exact_plain_metricas_refuse_counts(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = lab.staste().metrica("plain").axis("who", Axis::stored()).build().unwrap();
    metrica.kick([("who", "ann")]).unwrap();
    let view = metrica.values();
    let refusals = [
        view.count().unwrap_err(),
        view.average().unwrap_err(),
        view.iterate_counts("who").unwrap_err(),
        view.iterate_averages("who").unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.is_input() && refusal.to_string().contains("plain"), "{refusal}");
    }
    assert_eq!(view.read().unwrap().count, None);
    assert_eq!(view.by("who").unwrap()[0].1.count, None);
}

/// Values are decimals, and those that cannot be counted are refused with a reason.
pub fn point_02_exact_values_are_decimals(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = lab.staste().metrica("cents").multiplier(100).averaged().build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    for value in [0.29, 0.285, -0.285, 7.5] {
        metrica.kick_with(nowhere, value, Moment::Now).unwrap();
    }
    assert_eq!(metrica.total().unwrap().raw(), 29 + 29 - 29 + 750);
    for refused in [f64::NAN, f64::INFINITY, 1e300, 9.1e13] {
        assert!(metrica.kick_with(nowhere, refused, Moment::Now).unwrap_err().is_input(), "{refused}");
    }
    assert_eq!(metrica.values().count().unwrap(), 4);
    let whole = lab.staste().metrica("whole").build().unwrap();
    let refusal = whole.kick_with(nowhere, 0.5, Moment::Now).unwrap_err();
    assert!(refusal.is_input() && refusal.to_string().contains("multiplier"), "{refusal}");
}
