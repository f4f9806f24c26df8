//! Point 7: a flush is a barrier, and closing or dropping the handle loses nothing.

use staste_core::{Axis, Metrica, Moment, Scale, Staste};

use crate::model::{Ask, Span};
use crate::{Dice, Factory, Fault, Lab, NOW, Twin};

fn ages(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

/// What was kicked before a flush is there for a new process; what came later is not yet.
pub fn point_07_durable_after_flush(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
    metrica.kick([("age", 1)]).unwrap();
    staste.flush().unwrap();
    metrica.kick([("age", 2)]).unwrap();
    assert_eq!(ages(&lab.staste()).total().unwrap(), 1);
    assert!(staste.health().pending_bytes > 0);
    staste.flush().unwrap();
    assert_eq!(ages(&lab.staste()).total().unwrap(), 2);
}

/// Closing flushes, and so does dropping the last handle, whatever it counted through.
pub fn point_07_durable_after_close_and_drop(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    ages(&staste).kick([("age", 1)]).unwrap();
    staste.close().unwrap();
    assert_eq!(ages(&lab.staste()).total().unwrap(), 1);
    let metrica = ages(&staste);
    metrica.kick([("age", 1)]).unwrap();
    let bound = metrica.bind([("age", 2)]).unwrap();
    bound.kick().unwrap();
    drop(staste);
    drop(metrica);
    assert_eq!(ages(&lab.staste()).total().unwrap(), 1, "a bound point holds the handle");
    drop(bound);
    assert_eq!(ages(&lab.staste()).total().unwrap(), 3);
}

/// Closing says what it could not flush, and can be tried again.
pub fn point_07_durable_or_close_fails(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    ages(&process.staste).kick([("age", 1)]).unwrap();
    process.faults.next([Fault::Unavailable]);
    assert!(process.staste.close().unwrap_err().is_unavailable());
    process.staste.close().unwrap();
    assert_eq!(ages(&lab.staste()).total().unwrap(), 1);
}

/// Making a handle and a Metrica opens nothing.
pub fn point_07_durable_nothing_is_opened_early(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    process.faults.down(true);
    let metrica = ages(&process.staste);
    let view = metrica.filter([("age", 1)]).unwrap();
    metrica.kick([("age", 1)]).unwrap();
    process.faults.down(false);
    assert_eq!(process.counts.of(crate::Verb::Define), 0);
    assert_eq!(view.total().unwrap(), 1);
}

/// Everything is as it was after the place was closed and opened again.
pub fn point_07_durable_reopening_changes_no_answer(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut dice = Dice::new(7);
    let mut model = None;
    for _ in 0..4 {
        let staste = lab.staste();
        let mut twin = Twin::guests(&staste, "Asia/Kolkata");
        if let Some(model) = model.take() {
            twin.model = model;
        }
        twin.check(&Ask::of(Span::Ever));
        twin.kick_randomly(&mut dice, 30, 86_400);
        twin.check(&Ask::of(Span::Ever).filter("gender", crate::model::Pick::value("girl")));
        twin.compare().series(&Ask::of(Span::Last(26, Scale::Hour)), Scale::Hour);
        staste.close().unwrap();
        model = Some(twin.model);
        lab.pass(3600);
    }
}

/// Metricas side by side do not meet.
pub fn point_07_durable_metricas_are_separate(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
    let others = staste.metrica("guests2").axis("age", Axis::path()).build().unwrap();
    metrica.kick([("age", "1")]).unwrap();
    others.kick_with([("age", "1")], 5, Moment::Instant(NOW)).unwrap();
    assert_eq!((metrica.total().unwrap().raw(), others.total().unwrap().raw()), (1, 5));
    staste.forget("guests2").unwrap();
    assert_eq!((metrica.total().unwrap().raw(), others.total().unwrap().raw()), (1, 0));
    let names: Vec<String> = staste.definitions().unwrap().iter().map(|known| known.name.clone()).collect();
    assert_eq!(names, ["guests"], "asking does not define");
    assert_eq!(lab.staste().known("guests").unwrap().total().unwrap(), 1);
    let unknown = lab.staste().known("gusets").unwrap_err();
    assert!(unknown.is_input() && unknown.to_string().contains("it has guests"), "{unknown}");
}
