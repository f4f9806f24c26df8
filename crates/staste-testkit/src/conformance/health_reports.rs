//! Point 5: what was lost is reported to the Store, so that every process and every page can show it.

use staste_core::{Axis, Clock, RecorderOptions, Staste, TroubleKind};

use crate::{Factory, Lab, Verb, guests};

const DAY: i64 = 86_400;

fn kinds(staste: &Staste) -> Vec<(TroubleKind, i64)> {
    staste.troubles().unwrap().iter().map(|trouble| (trouble.kind, trouble.amount)).collect()
}

/// The same without clocks, as tests move those of processes and not that of a server.
fn losses(staste: &Staste) -> Vec<(TroubleKind, i64)> {
    let mut kinds = kinds(staste);
    kinds.retain(|(kind, _)| *kind != TroubleKind::ClockSkew);
    kinds
}

/// A process that loses nothing reports nothing, and costs the Store nothing.
pub fn point_05_health_of_processes_that_lose_nothing_costs_nothing(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let process = lab.process();
    let metrica = guests(&process.staste).build().unwrap();
    for _ in 0..3 {
        metrica.kick([("age", 1)]).unwrap();
        process.staste.flush().unwrap();
    }
    process.staste.close().unwrap();
    assert_eq!(process.counts.of(Verb::Records), 0);
    assert_eq!(kinds(&lab.staste()), []);
    assert_eq!(lab.open().records("health/").unwrap(), []);
}

/// Kicks that one process dropped are seen by all others, with the reason, also when it has ended.
pub fn point_05_health_of_a_process_that_dropped_kicks_is_seen_by_others(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let process = lab.process_with(
        RecorderOptions::default().flush_every(None).pending_at_most(8_192),
        crate::Limits::default(),
    );
    let metrica = guests(&process.staste).build().unwrap();
    metrica.kick([("age", 0)]).unwrap();
    process.staste.flush().unwrap();
    process.faults.down(true);
    let _ = process.staste.flush();
    for age in 0..2_000 {
        metrica.kick([("age", age)]).unwrap();
    }
    assert!(process.staste.flush().is_err());
    let own: Vec<TroubleKind> =
        [process.staste.failing(lab.clock.now())].into_iter().flatten().map(|trouble| trouble.kind).collect();
    assert_eq!(own, [TroubleKind::Failing]);
    process.faults.down(false);
    assert!(process.staste.flush().unwrap_err().is_dropped());
    let dropped = i64::try_from(process.staste.health().dropped).unwrap();
    assert!(dropped > 0);
    let other = lab.staste();
    let troubles = other.troubles().unwrap();
    assert_eq!(kinds(&other), [(TroubleKind::Dropped, dropped)]);
    assert_eq!((troubles[0].processes, troubles[0].at), (1, lab.clock.now()));
    assert!(troubles[0].to_string().contains("scripted"), "the cause is named: {}", troubles[0]);
    process.staste.close().unwrap();
    drop(process);
    assert_eq!(kinds(&other), [(TroubleKind::Dropped, dropped)]);
    // A week later it is no news, and a month later another report takes its place.
    lab.pass(7 * DAY);
    assert_eq!(kinds(&other), []);
    assert_eq!(other.health_reports().unwrap().len(), 1);
    if lab.open().capabilities().one_metrica_per_batch {
        // A server has a clock of its own, by which no month passes.
        return;
    }
    lab.pass(24 * DAY);
    fold(&other, 3);
    assert_eq!(kinds(&lab.staste()), [(TroubleKind::Folded, 3)]);
    assert_eq!(lab.open().records("health/").unwrap().len(), 1);
}

/// The amounts of several processes are added up, that of a process itself is of this moment.
pub fn point_05_health_of_several_processes_adds_up(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let (one, other) = (lab.staste(), lab.staste());
    fold(&one, 3);
    fold(&other, 4);
    assert_eq!(kinds(&lab.staste()), [(TroubleKind::Folded, 7)]);
    fold(&one, 10);
    assert_eq!(kinds(&one), [(TroubleKind::Folded, 17)], "its own are of this moment");
    assert_eq!(one.troubles().unwrap()[0].processes, 2);
    one.close().unwrap();
    assert_eq!(
        kinds(&lab.staste()),
        [(TroubleKind::Folded, 17)],
        "the last ones are reported when it closes"
    );
}

/// A clock that is off is reported to all, until it is set right.
pub fn point_05_health_names_a_clock_that_is_off(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let right = lab.staste();
    guests(&right).build().unwrap().kick([("age", 1)]).unwrap();
    right.flush().unwrap();
    let clock = Clock::fixed(lab.clock.now() + 730 * DAY);
    let wrong = lab.staste_at(&clock);
    guests(&wrong).build().unwrap().kick([("age", 1)]).unwrap();
    wrong.flush().unwrap();
    let text = right.troubles().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(text.len() == 1 && text[0].starts_with("the clock of a machine is 7"), "{text:?}");
    assert!(text[0].ends_with(" days ahead of that of the store"), "{text:?}");
    let reported = right.troubles().unwrap()[0].at;
    assert!((reported - lab.clock.now()).abs() < DAY, "by the clock that is right: {reported}");
    clock.set(lab.clock.now());
    guests(&wrong).build().unwrap().kick([("age", 1)]).unwrap();
    wrong.close().unwrap();
    assert_eq!(kinds(&right), []);
}

/// What a process lost itself is no news to it either when a week has passed, however long it runs.
pub fn point_05_health_of_the_process_itself_ages_as_that_of_others(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let process = lab.staste();
    fold(&process, 3);
    let reported = lab.clock.now();
    lab.pass(DAY);
    assert_eq!(process.troubles().unwrap()[0].at, reported);
    assert_eq!(process.troubles().unwrap(), lab.staste().troubles().unwrap());
    lab.pass(6 * DAY);
    assert_eq!(kinds(&process), []);
    fold(&process, 1);
    assert_eq!(losses(&process), [(TroubleKind::Folded, 4)]);
}

/// A report that cannot be read hides no other, keeps none from being written, and does not go unnoticed.
pub fn point_05_health_counts_reports_that_cannot_be_read(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    lab.open().put_record("health/damaged", Some(b"{")).unwrap();
    lab.open().put_record("health/newer", Some(br#"{"version":2,"at":0}"#)).unwrap();
    let no_time = format!(r#"{{"version":1,"folded":1,"at":{}}}"#, i64::MIN);
    lab.open().put_record("health/ages", Some(no_time.as_bytes())).unwrap();
    fold(&lab.staste(), 3);
    let troubles = lab.staste().troubles().unwrap();
    assert_eq!(kinds(&lab.staste()), [(TroubleKind::Folded, 3), (TroubleKind::Unreadable, 3)]);
    let text = troubles[1].to_string();
    assert!(text.starts_with("3 reports of other processes cannot be read ("), "{text}");
    assert!(text.contains("\"health/newer\" has version 2"), "{text}");
    assert_eq!(troubles[1].reported(), None);
    assert_eq!(lab.open().records("health/").unwrap().len(), 4, "they are somebody else's");
}

/// However many processes come and go, their reports are bounded, and those of lost kicks stay the longest.
pub fn point_05_health_keeps_a_thousand_reports(factory: Factory<'_>) {
    let lab = Lab::at_present(factory);
    let (store, now) = (lab.open(), lab.clock.now());
    for process in 0..1_001 {
        let (kind, at) = if process == 0 { ("dropped", now - 2) } else { ("folded", now - 1) };
        let report = format!(r#"{{"version":1,"writer":"{process:032x}","at":{at},"{kind}":1}}"#);
        store.put_record(&format!("health/{process:032x}"), Some(report.as_bytes())).unwrap();
    }
    fold(&lab.staste(), 5);
    assert_eq!(store.records("health/").unwrap().len(), 1_000);
    let troubles = lab.staste().troubles().unwrap();
    assert_eq!(kinds(&lab.staste()), [(TroubleKind::Dropped, 1), (TroubleKind::Folded, 998 + 5)]);
    assert_eq!((troubles[1].processes, troubles[1].at), (999, now));
}

/// Kicks so many that count as *other*, each at a page of its own.
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
