//! Point 5: each process reports its losses to the Store, so that every process and every page can show them.

use staste_core::{Axis, Clock, RecorderOptions, Staste, TroubleKind};

use crate::guests::guests;
use crate::store_location::Factory;
use crate::test_env::TestEnv;
use crate::wrappers::{CapabilityLimits, Operation};

claims! { health_reports:
    point_05_process_without_losses_writes_no_health_report,
    point_05_dropped_kicks_are_reported_to_other_processes,
    point_05_losses_of_several_processes_add_up,
    point_05_wrong_clock_is_reported_until_it_is_corrected,
    point_05_own_losses_expire_like_those_of_other_processes,
    point_05_unreadable_health_reports_are_counted,
    point_05_number_of_health_reports_is_limited,
}

const DAY: i64 = 86_400;

fn kinds(staste: &Staste) -> Vec<(TroubleKind, i64)> {
    staste.troubles().unwrap().iter().map(|trouble| (trouble.kind, trouble.amount)).collect()
}

/// Returns the troubles except wrong clocks: tests move the clocks of processes, but not that of a server.
fn losses(staste: &Staste) -> Vec<(TroubleKind, i64)> {
    let mut kinds = kinds(staste);
    kinds.retain(|(kind, _)| *kind != TroubleKind::ClockSkew);
    kinds
}

/// A process without losses writes no report, and makes no call of the Store for it.
fn point_05_process_without_losses_writes_no_health_report(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let process = env.process();
    let metrica = guests(&process.staste).build().unwrap();
    for _ in 0..3 {
        metrica.kick([("age", 1)]).unwrap();
        process.staste.flush().unwrap();
    }
    process.staste.close().unwrap();
    assert_eq!(process.counts.of(Operation::Records), 0);
    assert_eq!(kinds(&env.staste()), []);
    assert_eq!(env.open_store().records("health/").unwrap(), []);
}

/// Other processes see the kicks that a process dropped, with the reason, also after it has ended.
fn point_05_dropped_kicks_are_reported_to_other_processes(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let process = env.process_with(
        RecorderOptions::default().flush_every(None).pending_at_most(8_192),
        CapabilityLimits::default(),
    );
    let metrica = guests(&process.staste).build().unwrap();
    metrica.kick([("age", 0)]).unwrap();
    process.staste.flush().unwrap();
    process.faults.set_down(true);
    let _ = process.staste.flush();
    for age in 0..2_000 {
        metrica.kick([("age", age)]).unwrap();
    }
    assert!(process.staste.flush().is_err());
    let own: Vec<TroubleKind> =
        [process.staste.failing(env.clock.now())].into_iter().flatten().map(|trouble| trouble.kind).collect();
    assert_eq!(own, [TroubleKind::Failing]);
    process.faults.set_down(false);
    assert!(process.staste.flush().unwrap_err().is_dropped());
    let dropped = i64::try_from(process.staste.health().dropped).unwrap();
    assert!(dropped > 0);
    let other = env.staste();
    let troubles = other.troubles().unwrap();
    assert_eq!(kinds(&other), [(TroubleKind::Dropped, dropped)]);
    assert_eq!((troubles[0].processes, troubles[0].at), (1, env.clock.now()));
    assert!(troubles[0].to_string().contains("scripted"), "the cause is missing: {}", troubles[0]);
    process.staste.close().unwrap();
    drop(process);
    assert_eq!(kinds(&other), [(TroubleKind::Dropped, dropped)]);
    // A week later it is not shown any more, and a month later the next report replaces it.
    env.advance(7 * DAY);
    assert_eq!(kinds(&other), []);
    assert_eq!(other.health_reports().unwrap().len(), 1);
    if env.open_store().capabilities().one_metrica_per_batch {
        // The clock of a server does not advance by a month.
        return;
    }
    env.advance(24 * DAY);
    fold(&other, 3);
    assert_eq!(kinds(&env.staste()), [(TroubleKind::Folded, 3)]);
    assert_eq!(env.open_store().records("health/").unwrap().len(), 1);
}

/// The losses of several processes are added; those of the process itself are always current.
fn point_05_losses_of_several_processes_add_up(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let (one, other) = (env.staste(), env.staste());
    fold(&one, 3);
    fold(&other, 4);
    assert_eq!(kinds(&env.staste()), [(TroubleKind::Folded, 7)]);
    fold(&one, 10);
    assert_eq!(kinds(&one), [(TroubleKind::Folded, 17)], "its own are current");
    assert_eq!(one.troubles().unwrap()[0].processes, 2);
    one.close().unwrap();
    assert_eq!(kinds(&env.staste()), [(TroubleKind::Folded, 17)], "close reports the last ones");
}

/// A wrong clock is reported to all processes until it is corrected.
fn point_05_wrong_clock_is_reported_until_it_is_corrected(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let right = env.staste();
    guests(&right).build().unwrap().kick([("age", 1)]).unwrap();
    right.flush().unwrap();
    let clock = Clock::fixed(env.clock.now() + 730 * DAY);
    let wrong = env.staste_with_clock(&clock);
    guests(&wrong).build().unwrap().kick([("age", 1)]).unwrap();
    wrong.flush().unwrap();
    let text = right.troubles().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(text.len() == 1 && text[0].starts_with("the clock of a machine is 7"), "{text:?}");
    assert!(text[0].ends_with(" days ahead of that of the store"), "{text:?}");
    let reported = right.troubles().unwrap()[0].at;
    assert!((reported - env.clock.now()).abs() < DAY, "the report is dated by the right clock: {reported}");
    clock.set(env.clock.now());
    guests(&wrong).build().unwrap().kick([("age", 1)]).unwrap();
    wrong.close().unwrap();
    assert_eq!(kinds(&right), []);
}

/// A process stops showing its own losses after a week, as it does with those of others.
fn point_05_own_losses_expire_like_those_of_other_processes(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let process = env.staste();
    fold(&process, 3);
    let reported = env.clock.now();
    env.advance(DAY);
    assert_eq!(process.troubles().unwrap()[0].at, reported);
    assert_eq!(process.troubles().unwrap(), env.staste().troubles().unwrap());
    env.advance(6 * DAY);
    assert_eq!(kinds(&process), []);
    fold(&process, 1);
    assert_eq!(losses(&process), [(TroubleKind::Folded, 4)]);
}

/// A report that cannot be read is counted, and neither hides other reports nor prevents new ones.
fn point_05_unreadable_health_reports_are_counted(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    env.open_store().put_record("health/damaged", Some(b"{")).unwrap();
    env.open_store().put_record("health/newer", Some(br#"{"version":2,"at":0}"#)).unwrap();
    let no_time = format!(r#"{{"version":1,"folded":1,"at":{}}}"#, i64::MIN);
    env.open_store().put_record("health/ages", Some(no_time.as_bytes())).unwrap();
    fold(&env.staste(), 3);
    let troubles = env.staste().troubles().unwrap();
    assert_eq!(kinds(&env.staste()), [(TroubleKind::Folded, 3), (TroubleKind::Unreadable, 3)]);
    let text = troubles[1].to_string();
    assert!(text.starts_with("3 reports of other processes cannot be read ("), "{text}");
    assert!(text.contains("\"health/newer\" has version 2"), "{text}");
    assert_eq!(troubles[1].reported(), None);
    assert_eq!(env.open_store().records("health/").unwrap().len(), 4, "reports of other processes are kept");
}

/// At most a thousand reports are kept, and those of dropped kicks longest.
fn point_05_number_of_health_reports_is_limited(factory: Factory<'_>) {
    let env = TestEnv::at_current_time(factory);
    let (store, now) = (env.open_store(), env.clock.now());
    for process in 0..1_001 {
        let (kind, at) = if process == 0 { ("dropped", now - 2) } else { ("folded", now - 1) };
        let report = format!(r#"{{"version":1,"writer":"{process:032x}","at":{at},"{kind}":1}}"#);
        store.put_record(&format!("health/{process:032x}"), Some(report.as_bytes())).unwrap();
    }
    fold(&env.staste(), 5);
    assert_eq!(store.records("health/").unwrap().len(), 1_000);
    let troubles = env.staste().troubles().unwrap();
    assert_eq!(kinds(&env.staste()), [(TroubleKind::Dropped, 1), (TroubleKind::Folded, 998 + 5)]);
    assert_eq!((troubles[1].processes, troubles[1].at), (999, now));
}

/// Kicks this many times at pages that count as *other*.
fn fold(staste: &Staste, kicks: i64) {
    let axis = Axis::stored().cap(1);
    let pages = staste.metrica("pages").axis("page", axis).build().unwrap();
    pages.kick([("page", "/")]).unwrap();
    staste.flush().unwrap();
    for page in 0..kicks {
        pages.kick([("page", format!("/{page}").as_str())]).unwrap();
    }
    staste.flush().unwrap();
}
