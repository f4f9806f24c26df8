//! Points 4, 10 and 13 with wrong clocks: one wrong clock expires nothing, and its effects can be repaired.

use staste_core::store::{Batch, Claim, Writer};
use staste_core::{Clock, Metrica, Moment, Scale, Timespan};

use crate::comparison::retained;
use crate::guests::{guests, verify};
use crate::store_location::Factory;
use crate::test_env::TestEnv;

claims! { wrong_clocks:
    point_13_clock_two_years_ahead_expires_nothing,
    point_13_dated_kicks_of_a_clock_ahead_keep_their_minutes,
    point_13_idle_store_accepts_a_later_clock_after_a_week,
    point_10_clock_repair_before_deletion_restores_periods,
    point_10_late_clock_repair_returns_no_incomplete_periods,
    point_10_clock_repair_of_a_plain_metrica_returns_no_wrong_zeros,
    point_04_claim_survives_another_clock_two_years_ahead,
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// Returns the total of the bucket this many seconds before now, or `None` if it is not retained.
fn total(metrica: &Metrica, scale: Scale, now: i64, ago: i64) -> Option<i128> {
    let bucket = metrica.define().unwrap().calendar().bucket(scale, now - ago);
    let ends = [bucket.start, bucket.end].map(|end| Some(Moment::Instant(end)));
    let total = metrica.timespan(Timespan::between(ends[0], ends[1]).unwrap()).total();
    retained(total).map(staste_core::Total::raw)
}

fn kick(metrica: &Metrica, now: i64, ago: i64) {
    metrica.kick_with([("age", 1)], 1, Moment::Instant(now - ago)).unwrap();
}

/// A process whose clock is two years ahead counts, expires nothing, and its health shows the skew.
fn point_13_clock_two_years_ahead_expires_nothing(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let right = guests(&env.staste()).build().unwrap();
    for ago in [0, 3 * DAY, 7 * DAY, 100 * DAY, 390 * DAY] {
        kick(&right, now, ago);
    }
    right.staste().flush().unwrap();
    let clock = Clock::fixed(now + 730 * DAY);
    let wrong = guests(&env.staste_with_clock(&clock)).build().unwrap();
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
    assert_eq!(right.total().unwrap(), 26, "kicks count with any clock");
    verify(&right);
}

/// Dated kicks count by the minute although the clock of their process is so far ahead that it takes them for expired.
fn point_13_dated_kicks_of_a_clock_ahead_keep_their_minutes(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let right = guests(&env.staste()).build().unwrap();
    kick(&right, now, 0);
    right.staste().flush().unwrap();
    let wrong = guests(&env.staste_with_clock(&Clock::fixed(now + 730 * DAY))).build().unwrap();
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

/// A Store that nobody wrote to for a year accepts the clock after a week, and then expires old periods.
fn point_13_idle_store_accepts_a_later_clock_after_a_week(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = guests(&env.staste()).build().unwrap();
    let then = env.clock.now();
    for ago in [0, 3 * DAY] {
        kick(&metrica, then, ago);
    }
    metrica.staste().flush().unwrap();
    for _ in 0..3 {
        env.clock.set(env.clock.now() + 365 * DAY / 2);
        kick(&metrica, env.clock.now(), 0);
        metrica.staste().flush().unwrap();
    }
    let now = env.clock.now();
    env.clock.set(now + 7 * DAY);
    kick(&metrica, now + 7 * DAY, 0);
    metrica.staste().flush().unwrap();
    // A reader whose clock is behind sees what the Store retains.
    let behind = guests(&env.staste_with_clock(&Clock::fixed(then))).build().unwrap();
    assert_eq!(total(&behind, Scale::Minute, then, 3 * DAY), None);
    assert_eq!(total(&behind, Scale::Hour, then, 3 * DAY), None);
    assert_eq!(total(&behind, Scale::Day, then, 3 * DAY), Some(1));
    assert_eq!(metrica.total().unwrap(), 6);
    verify(&metrica);
}

/// Watermarks that a wrong clock raised can be lowered again as long as no cells were deleted.
fn point_10_clock_repair_before_deletion_restores_periods(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let metrica = guests(&env.staste()).averaged().build().unwrap();
    for ago in [0, 3 * DAY, 7 * DAY, 100 * DAY, 390 * DAY] {
        kick(&metrica, now, ago);
    }
    metrica.staste().flush().unwrap();
    assert_eq!(metrica.staste().repair_clock().unwrap(), []);
    raise_watermarks(&env, &metrica, now);
    assert_eq!(total(&metrica, Scale::Minute, now, 3 * DAY), None);
    let repairs = metrica.staste().repair_clock().unwrap();
    let scales: Vec<Scale> = repairs.iter().map(|repair| repair.scale).collect();
    assert_eq!(scales, [Scale::Hour, Scale::Minute]);
    assert!(
        repairs.iter().all(|repair| repair.expected <= repair.after && repair.after < now),
        "{repairs:?}"
    );
    assert_eq!(total(&metrica, Scale::Minute, now, 3 * DAY), Some(1));
    assert_eq!(total(&metrica, Scale::Hour, now, 100 * DAY), Some(1));
    kick(&metrica, now, 0);
    assert_eq!(total(&metrica, Scale::Minute, now, 0), Some(2));
    verify(&metrica);
    let other = guests(&env.staste()).averaged().build().unwrap();
    assert_eq!(total(&other, Scale::Minute, now, 3 * DAY), Some(1));
    assert_eq!(other.staste().repair_clock().unwrap(), []);
}

/// Periods that miss kicks because the watermarks were too high stay not retained after a repair; the next periods are
/// complete.
fn point_10_late_clock_repair_returns_no_incomplete_periods(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let metrica = guests(&env.staste()).averaged().build().unwrap();
    for ago in [0, 3 * DAY, 100 * DAY] {
        kick(&metrica, now, ago);
    }
    metrica.staste().flush().unwrap();
    raise_watermarks(&env, &metrica, now);
    for _ in 0..3 {
        kick(&metrica, now, 0);
        metrica.staste().flush().unwrap();
    }
    let repairs = metrica.staste().repair_clock().unwrap();
    assert_eq!(repairs.len(), 2, "{repairs:?}");
    assert_eq!(total(&metrica, Scale::Minute, now, 0), None, "the minute misses three of four kicks");
    assert_eq!(total(&metrica, Scale::Day, now, 0), Some(4));
    verify(&metrica);
    env.advance(2 * DAY);
    let now = env.clock.now();
    kick(&metrica, now, 0);
    assert_eq!(total(&metrica, Scale::Minute, now, 0), Some(1));
    assert_eq!(metrica.total().unwrap(), 7);
    verify(&metrica);
}

/// A plain Metrica cannot show whether missing kicks cancel each other out, so that its periods stay not retained after
/// a repair; the next periods are complete.
fn point_10_clock_repair_of_a_plain_metrica_returns_no_wrong_zeros(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let metrica = guests(&env.staste()).build().unwrap();
    // Buckets are deleted oldest first, so these are deleted before the one that the test needs.
    for hour in 0..40 {
        kick(&metrica, now, 4 * DAY + hour * HOUR);
    }
    let hour = now - 2 * DAY - (now % HOUR);
    metrica.kick_with([("age", 1)], 1, Moment::Instant(hour)).unwrap();
    metrica.staste().flush().unwrap();
    raise_watermarks(&env, &metrica, now);
    for (value, minutes) in [(5, 5), (-5, 10)] {
        metrica.kick_with([("age", 1)], value, Moment::Instant(hour + minutes * 60)).unwrap();
    }
    metrica.staste().flush().unwrap();
    assert_eq!(metrica.staste().repair_clock().unwrap().len(), 2);
    for minutes in [5, 10] {
        assert_eq!(total(&metrica, Scale::Minute, now, now - hour - minutes * 60), None);
    }
    env.advance(2 * DAY);
    kick(&metrica, env.clock.now(), 0);
    assert_eq!(total(&metrica, Scale::Minute, env.clock.now(), 0), Some(1));
    verify(&metrica);
}

/// Raises the watermarks to those of a clock two years ahead.
fn raise_watermarks(env: &TestEnv, metrica: &Metrica, now: i64) {
    let definition = metrica.define().unwrap();
    let calendar = definition.calendar();
    let [right, wrong] = [now, now + 730 * DAY].map(|now| definition.retention.watermarks(&calendar, now));
    let store = env.open_store();
    assert!(!store.set_watermarks(&definition, &wrong, &wrong).unwrap(), "the stored watermarks are others");
    assert!(store.set_watermarks(&definition, &right, &wrong).unwrap());
}

/// A claim does not expire by the clock of another process that is two years ahead.
fn point_04_claim_survives_another_clock_two_years_ahead(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let now = env.clock.now();
    let metrica = guests(&env.staste()).build().unwrap();
    let claim = |now: i64| Claim::new("import/guests/first", b"1").expiring(now + 90 * DAY);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], staste_core::Value::ONE, Moment::Now).unwrap();
    assert!(!bulk.commit(vec![claim(now)]).unwrap().duplicate);
    let wrong = Clock::fixed(now + 730 * DAY);
    for _ in 0..3 {
        let ahead = guests(&env.staste_with_clock(&wrong)).build().unwrap();
        ahead.kick([("age", 2)]).unwrap();
        ahead.staste().flush().unwrap();
    }
    let definition = metrica.define().unwrap();
    let part = staste_core::store::Part {
        watermarks: definition.retention.watermarks(&definition.calendar(), now),
        choices: vec![Vec::new(); definition.stored_axes.len()],
        definition,
        kicks: Vec::new(),
    };
    for now in [now, wrong.now()] {
        let parts = vec![part.clone()];
        let batch = Batch { writer: Writer(7), sequence: 1, claims: vec![claim(now)], parts, now };
        assert!(env.open_store().apply(&batch).unwrap().claimed, "at {now}");
    }
}
