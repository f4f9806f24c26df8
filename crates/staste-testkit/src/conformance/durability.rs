//! Point 7: a flush commits all earlier kicks, and closing or dropping the handle loses none.

use staste_core::{Axis, Moment, Scale};

use crate::guests::guests_by_age;
use crate::model::{ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;
use crate::wrappers::{Fault, Operation};

claims! { durability:
    point_07_flushed_kicks_are_visible_to_a_new_process,
    point_07_close_and_last_drop_flush_pending_kicks,
    point_07_failed_close_returns_the_error_and_can_be_retried,
    point_07_creating_handles_does_not_access_the_store,
    point_07_reopened_store_returns_the_same_results,
    point_07_metricas_do_not_affect_each_other,
}

/// A new process sees the kicks before a flush, and not yet those after it.
fn point_07_flushed_kicks_are_visible_to_a_new_process(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    metrica.kick([("age", 1)]).unwrap();
    staste.flush().unwrap();
    metrica.kick([("age", 2)]).unwrap();
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 1);
    assert!(staste.health().pending_bytes > 0);
    staste.flush().unwrap();
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 2);
}

/// Closing flushes, and so does dropping the last handle, Metrica or bound point.
fn point_07_close_and_last_drop_flush_pending_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    guests_by_age(&staste).kick([("age", 1)]).unwrap();
    staste.close().unwrap();
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 1);
    let metrica = guests_by_age(&staste);
    metrica.kick([("age", 1)]).unwrap();
    let bound = metrica.bind([("age", 2)]).unwrap();
    bound.kick().unwrap();
    drop(staste);
    drop(metrica);
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 1, "a bound point keeps the handle open");
    drop(bound);
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 3);
}

/// Closing returns the error of its flush, and can be retried.
fn point_07_failed_close_returns_the_error_and_can_be_retried(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    guests_by_age(&process.staste).kick([("age", 1)]).unwrap();
    process.faults.schedule([Fault::Unavailable]);
    assert!(process.staste.close().unwrap_err().is_unavailable());
    process.staste.close().unwrap();
    assert_eq!(guests_by_age(&env.staste()).total().unwrap(), 1);
}

/// Creating a handle, a Metrica and a view does not access the Store.
fn point_07_creating_handles_does_not_access_the_store(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    process.faults.set_down(true);
    let metrica = guests_by_age(&process.staste);
    let view = metrica.filter([("age", 1)]).unwrap();
    metrica.kick([("age", 1)]).unwrap();
    process.faults.set_down(false);
    assert_eq!(process.counts.of(Operation::Define), 0);
    assert_eq!(view.total().unwrap(), 1);
}

/// Results are the same after the Store was closed and opened again.
fn point_07_reopened_store_returns_the_same_results(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut rng = Rng::new(7);
    let mut model = None;
    for _ in 0..4 {
        let staste = env.staste();
        let mut pair = MetricaWithModel::guests(&staste, "Asia/Kolkata");
        if let Some(model) = model.take() {
            pair.model = model;
        }
        pair.check(&ModelQuery::new(ModelSpan::Ever));
        pair.kick_randomly(&mut rng, 30, 86_400);
        pair.check(&ModelQuery::new(ModelSpan::Ever).filter("gender", ModelChoice::value("girl")));
        pair.compare().series(&ModelQuery::new(ModelSpan::Last(26, Scale::Hour)), Scale::Hour);
        staste.close().unwrap();
        model = Some(pair.model);
        env.advance(3600);
    }
}

/// Metricas of one Store do not affect each other.
fn point_07_metricas_do_not_affect_each_other(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    let others = staste.metrica("guests2").axis("age", Axis::path()).build().unwrap();
    metrica.kick([("age", "1")]).unwrap();
    others.kick_with([("age", "1")], 5, Moment::Instant(NOW)).unwrap();
    assert_eq!((metrica.total().unwrap().raw(), others.total().unwrap().raw()), (1, 5));
    staste.forget("guests2").unwrap();
    assert_eq!((metrica.total().unwrap().raw(), others.total().unwrap().raw()), (1, 0));
    let names: Vec<String> = staste.definitions().unwrap().iter().map(|known| known.name.clone()).collect();
    assert_eq!(names, ["guests"], "a query does not define");
    assert_eq!(env.staste().stored_metrica("guests").unwrap().total().unwrap(), 1);
    let unknown = env.staste().stored_metrica("gusets").unwrap_err();
    assert!(unknown.is_invalid_input() && unknown.to_string().contains("it has guests"), "{unknown}");
}
