//! Points 4, 10 and 13 under wrong clocks: nothing expires by the word of one of them.

use staste_core::store::{Batch, Claim, Writer};
use staste_core::{Clock, Metrica, Moment, Scale, Timespan};

use crate::{Factory, Lab, guests, retained, verify};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The total of a bucket so many seconds before the present; none where it is no longer kept.
fn total(metrica: &Metrica, scale: Scale, now: i64, ago: i64) -> Option<i128> {
    let bucket = metrica.define().unwrap().calendar().bucket(scale, now - ago);
    let ends = [bucket.start, bucket.end].map(|end| Some(Moment::Instant(end)));
    let total = metrica.timespan(Timespan::between(ends[0], ends[1]).unwrap()).total();
    retained(total).map(staste_core::Total::raw)
}

fn kick(metrica: &Metrica, now: i64, ago: i64) {
    metrica.kick_with([("age", 1)], 1, Moment::Instant(now - ago)).unwrap();
}

/// A machine whose clock is two years ahead counts, expires nothing and learns of it.
pub fn point_13_clock_two_years_ahead_expires_nothing(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let right = guests(&lab.staste()).build().unwrap();
    for ago in [0, 3 * DAY, 7 * DAY, 100 * DAY, 390 * DAY] {
        kick(&right, now, ago);
    }
    right.staste().flush().unwrap();
    let clock = Clock::fixed(now + 730 * DAY);
    let wrong = guests(&lab.staste_at(&clock)).build().unwrap();
    for _ in 0..20 {
        wrong.kick([("age", 2)]).unwrap();
        wrong.staste().flush().unwrap();
        clock.set(clock.now() + HOUR);
    }
    let skew = wrong.staste().health().clock_skew;
    assert!((729 * DAY..732 * DAY).contains(&skew), "{skew}");
    kick(&right, now, HOUR);
    right.staste().flush().unwrap();
    assert_eq!(right.staste().health().clock_skew, 0);
    for ago in [0, HOUR, 3 * DAY, 7 * DAY] {
        assert_eq!(total(&right, Scale::Minute, now, ago), Some(1), "{ago}");
    }
    for ago in [100 * DAY, 390 * DAY] {
        assert_eq!(total(&right, Scale::Hour, now, ago), Some(1), "{ago}");
    }
    assert_eq!(right.total().unwrap(), 26, "kicks count, whatever the clock");
    verify(&right);
}

/// What a machine whose clock is ahead kicks at dates that it takes for long ago is kept by the minute.
pub fn point_13_clock_ahead_dated_kicks_keep_their_minute(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let right = guests(&lab.staste()).build().unwrap();
    kick(&right, now, 0);
    right.staste().flush().unwrap();
    let wrong = guests(&lab.staste_at(&Clock::fixed(now + 730 * DAY))).build().unwrap();
    for round in 1..3 {
        for ago in [2 * HOUR, 2 * DAY] {
            kick(&wrong, now, ago);
        }
        wrong.staste().flush().unwrap();
        let counted = [2 * HOUR, 2 * DAY].map(|ago| total(&right, Scale::Minute, now, ago));
        assert_eq!(counted, [Some(round); 2]);
    }
    verify(&right);
}

/// A Store that nobody wrote to for a year believes the clock a week later, and then forgets what is too old.
pub fn point_13_clock_of_an_idle_store_is_believed_a_week_later(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = guests(&lab.staste()).build().unwrap();
    let then = lab.clock.now();
    for ago in [0, 3 * DAY] {
        kick(&metrica, then, ago);
    }
    metrica.staste().flush().unwrap();
    for _ in 0..3 {
        lab.clock.set(lab.clock.now() + 365 * DAY / 2);
        kick(&metrica, lab.clock.now(), 0);
        metrica.staste().flush().unwrap();
    }
    let now = lab.clock.now();
    lab.clock.set(now + 7 * DAY);
    kick(&metrica, now + 7 * DAY, 0);
    metrica.staste().flush().unwrap();
    // A reader whose clock is behind sees what the Store keeps.
    let behind = guests(&lab.staste_at(&Clock::fixed(then))).build().unwrap();
    assert_eq!(total(&behind, Scale::Minute, then, 3 * DAY), None);
    assert_eq!(total(&behind, Scale::Hour, then, 3 * DAY), None);
    assert_eq!(total(&behind, Scale::Day, then, 3 * DAY), Some(1));
    assert_eq!(metrica.total().unwrap(), 6);
    verify(&metrica);
}

/// What a wrong clock did to the watermarks can be taken back while the cells are there.
pub fn point_10_clock_repaired_before_anything_was_deleted(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let metrica = guests(&lab.staste()).averaged().build().unwrap();
    for ago in [0, 3 * DAY, 7 * DAY, 100 * DAY, 390 * DAY] {
        kick(&metrica, now, ago);
    }
    metrica.staste().flush().unwrap();
    assert_eq!(metrica.staste().repair_clock().unwrap(), []);
    spoil(&lab, &metrica, now);
    assert_eq!(total(&metrica, Scale::Minute, now, 3 * DAY), None);
    let repairs = metrica.staste().repair_clock().unwrap();
    let scales: Vec<Scale> = repairs.iter().map(|repair| repair.scale).collect();
    assert_eq!(scales, [Scale::Hour, Scale::Minute]);
    assert!(repairs.iter().all(|repair| repair.should_be <= repair.is && repair.is < now), "{repairs:?}");
    assert_eq!(total(&metrica, Scale::Minute, now, 3 * DAY), Some(1));
    assert_eq!(total(&metrica, Scale::Hour, now, 100 * DAY), Some(1));
    kick(&metrica, now, 0);
    assert_eq!(total(&metrica, Scale::Minute, now, 0), Some(2));
    verify(&metrica);
    let other = guests(&lab.staste()).averaged().build().unwrap();
    assert_eq!(total(&other, Scale::Minute, now, 3 * DAY), Some(1));
    assert_eq!(other.staste().repair_clock().unwrap(), []);
}

/// Where kicks came in while the watermarks were too high, what is incomplete stays out of reach, and counts again from the
/// next period on.
pub fn point_10_clock_repaired_late_shows_no_half_truth(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let metrica = guests(&lab.staste()).averaged().build().unwrap();
    for ago in [0, 3 * DAY, 100 * DAY] {
        kick(&metrica, now, ago);
    }
    metrica.staste().flush().unwrap();
    spoil(&lab, &metrica, now);
    for _ in 0..3 {
        kick(&metrica, now, 0);
        metrica.staste().flush().unwrap();
    }
    let repairs = metrica.staste().repair_clock().unwrap();
    assert_eq!(repairs.len(), 2, "{repairs:?}");
    assert_eq!(total(&metrica, Scale::Minute, now, 0), None, "three of four kicks are not in it");
    assert_eq!(total(&metrica, Scale::Day, now, 0), Some(4));
    verify(&metrica);
    lab.pass(2 * DAY);
    let now = lab.clock.now();
    kick(&metrica, now, 0);
    assert_eq!(total(&metrica, Scale::Minute, now, 0), Some(1));
    assert_eq!(metrica.total().unwrap(), 7);
    verify(&metrica);
}

/// Of a plain Metrica nothing proves that no kicks are missing which cancel each other out: it counts again from the next
/// period on.
pub fn point_10_clock_repaired_plain_metrica_shows_no_wrong_zero(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let metrica = guests(&lab.staste()).build().unwrap();
    // Buckets are deleted oldest first, so that these are in the way of the one that has to stay.
    for hour in 0..40 {
        kick(&metrica, now, 4 * DAY + hour * HOUR);
    }
    let hour = now - 2 * DAY - (now % HOUR);
    metrica.kick_with([("age", 1)], 1, Moment::Instant(hour)).unwrap();
    metrica.staste().flush().unwrap();
    spoil(&lab, &metrica, now);
    for (value, minutes) in [(5, 5), (-5, 10)] {
        metrica.kick_with([("age", 1)], value, Moment::Instant(hour + minutes * 60)).unwrap();
    }
    metrica.staste().flush().unwrap();
    assert_eq!(metrica.staste().repair_clock().unwrap().len(), 2);
    for minutes in [5, 10] {
        assert_eq!(total(&metrica, Scale::Minute, now, now - hour - minutes * 60), None);
    }
    lab.pass(2 * DAY);
    kick(&metrica, lab.clock.now(), 0);
    assert_eq!(total(&metrica, Scale::Minute, lab.clock.now(), 0), Some(1));
    verify(&metrica);
}

/// Raises the watermarks as a clock two years ahead would have them.
fn spoil(lab: &Lab, metrica: &Metrica, now: i64) {
    let definition = metrica.define().unwrap();
    let calendar = definition.calendar();
    let [right, wrong] = [now, now + 730 * DAY].map(|now| definition.retention.watermarks(&calendar, now));
    let store = lab.open();
    assert!(!store.set_watermarks(&definition, &wrong, &wrong).unwrap(), "they are others");
    assert!(store.set_watermarks(&definition, &right, &wrong).unwrap());
}

/// A claim does not expire by the clock of another writer that is two years ahead.
pub fn point_04_once_claims_outlive_a_clock_ahead(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let now = lab.clock.now();
    let metrica = guests(&lab.staste()).build().unwrap();
    let claim = |now: i64| Claim {
        key: "import/guests/first".to_owned(),
        value: b"1".to_vec(),
        expires: Some(now + 90 * DAY),
    };
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], staste_core::Value::ONE, Moment::Now).unwrap();
    assert!(!bulk.commit(vec![claim(now)]).unwrap().duplicate);
    let wrong = Clock::fixed(now + 730 * DAY);
    for _ in 0..3 {
        let ahead = guests(&lab.staste_at(&wrong)).build().unwrap();
        ahead.kick([("age", 2)]).unwrap();
        ahead.staste().flush().unwrap();
    }
    let definition = metrica.define().unwrap();
    let part = staste_core::store::Part {
        watermarks: definition.retention.watermarks(&definition.calendar(), now),
        choices: vec![Vec::new(); definition.axes.len()],
        definition,
        kicks: Vec::new(),
    };
    for now in [now, wrong.now()] {
        let parts = vec![part.clone()];
        let batch = Batch { writer: Writer(7), sequence: 1, claims: vec![claim(now)], parts, now };
        assert!(lab.open().apply(&batch).unwrap().claimed, "at {now}");
    }
}
