//! Point 11, changes of a definition: choices and axes are added, and a forgotten Metrica is defined again.

use staste_core::{Axis, Better, Choice, Keep, Moment, Scale, Unit};

use crate::guests::{guests, verify};
use crate::model::{ModelAxis, ModelAxisKind, ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;
use crate::wrappers::CapabilityLimits;

claims! { schema_changes:
    point_11_more_declared_choices_extend_the_axis,
    point_11_new_axis_is_unset_in_earlier_kicks,
    point_11_new_axes_keep_the_combinations_of_the_first_definition,
    point_11_new_axis_is_refused_by_a_store_that_cannot_add_axes,
    point_11_handle_of_a_forgotten_metrica_counts_by_the_new_definition,
    point_11_handle_of_a_forgotten_metrica_counts_by_the_new_multiplier,
    point_11_changed_settings_are_imposed_once,
    point_11_labels_are_kept_and_can_change,
    point_11_concurrent_definitions_are_merged,
}

/// Labels survive, and a program that gives none keeps those of the Store.
fn point_11_labels_are_kept_and_can_change(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let builder = || env.staste().metrica("m").axis("view", Axis::stored());
    let first = builder().unit("s").title("Response times").better(Better::Down).build().unwrap();
    first.kick([("view", "/")]).unwrap();
    first.staste().flush().unwrap();
    let stored = || env.open_store().definitions(Some("m")).unwrap().pop().unwrap();
    let labels = stored().labels.clone();
    assert_eq!(labels.unit.as_ref().map(Unit::name), Some("s"));
    assert_eq!((labels.title.as_deref(), labels.better), (Some("Response times"), Some(Better::Down)));
    builder().build().unwrap().define().unwrap();
    assert_eq!(stored().labels, labels);
    builder().title("Waiting times").better(Better::Neither).build().unwrap().define().unwrap();
    let changed = stored().labels.clone();
    assert_eq!((changed.title.as_deref(), changed.better), (Some("Waiting times"), Some(Better::Neither)));
    assert_eq!(changed.unit, labels.unit);
    assert_eq!(first.total().unwrap(), 1);
}

/// More declared choices are added to the stored ones, which keep their order.
fn point_11_more_declared_choices_extend_the_axis(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let with =
        |choices: &[&str]| env.staste().metrica("m").axis("gender", Axis::declared(choices)).build().unwrap();
    let (two, three) = (with(&["boy", "girl"]), with(&["none", "girl"]));
    two.kick([("gender", "boy")]).unwrap();
    two.staste().flush().unwrap();
    three.kick([("gender", "none")]).unwrap();
    let expected =
        [("boy", 1), ("girl", 0), ("none", 1)].map(|(choice, total)| (Choice::value(choice), total));
    let rows = three.values().iterate("gender").unwrap();
    assert_eq!(
        rows.iter().map(|(choice, total)| (choice.clone(), total.raw())).collect::<Vec<_>>(),
        expected
    );
    // The first process continues with its definition.
    two.kick([("gender", "boy")]).unwrap();
    assert_eq!(two.filter([("gender", "boy")]).unwrap().total().unwrap(), 2);
    assert!(two.kick([("gender", "none")]).unwrap_err().is_invalid_input());
    assert_eq!(two.define().unwrap().version, 2);
    verify(&three);
}

/// Earlier kicks are unset on a new axis, where the Store can add one.
fn point_11_new_axis_is_unset_in_earlier_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let mut pair = MetricaWithModel::guests(&staste, "UTC");
    pair.kick_randomly(&mut Rng::new(20), 60, 40 * 86_400);
    pair.metrica.staste().flush().unwrap();
    let wider = guests(&env.staste()).averaged().axis("city", Axis::stored()).build().unwrap();
    if !env.open_store().capabilities().new_axes {
        assert!(wider.define().unwrap_err().is_unsupported());
        return;
    }
    let older = std::mem::replace(&mut pair.metrica, wider);
    pair.model.add_axis(ModelAxis::new("city", ModelAxisKind::Stored));
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.verify();
    pair.kick(&[("city", ModelChoice::value("Riga")), ("age", ModelChoice::value("1"))], 1, NOW);
    pair.metrica.staste().flush().unwrap();
    // The process without the new axis continues, and its kicks are unset on it.
    older.kick_with([("age", "1")], 1, Moment::Instant(NOW)).unwrap();
    older.staste().flush().unwrap();
    pair.model.kick(&[("age", ModelChoice::value("1"))], 1, NOW, NOW);
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("city", ModelChoice::Unset));
    pair.check(&ModelQuery::new(ModelSpan::Period(
        Scale::Month,
        jiff::civil::date(2023, 10, 1).at(0, 0, 0, 0),
    )));
    pair.verify();
    assert!(older.kick([("city", "Riga")]).unwrap_err().is_invalid_input());
}

/// A sixth and a seventh axis do not change which combinations have cells.
fn point_11_new_axes_keep_the_combinations_of_the_first_definition(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    if !env.open_store().capabilities().new_axes {
        return;
    }
    for first in [5, 6] {
        let name = format!("m{first}");
        let wide = |axes: usize| {
            let names: Vec<String> = (0..axes).map(|axis| format!("a{axis}")).collect();
            let staste = env.staste();
            let builder = names
                .iter()
                .fold(staste.metrica(&name).averaged(), |builder, axis| builder.axis(axis, Axis::stored()));
            (builder.build().unwrap(), names)
        };
        let (narrow, names) = wide(first);
        for number in 0..4 {
            narrow.kick(names.iter().map(|axis| (axis, number % 2))).unwrap();
        }
        let combinations = narrow.define().unwrap().combinations;
        narrow.staste().flush().unwrap();
        let (wider, more) = wide(first + 1);
        wider.kick(more.iter().map(|axis| (axis, 1))).unwrap();
        verify(&wider);
        assert_eq!(wider.define().unwrap().combinations, combinations);
        let filter = |axes: &[&str]| wider.filter(axes.iter().map(|axis| (*axis, 1))).unwrap();
        assert_eq!(filter(&["a0", "a1", "a2"]).count().unwrap(), 3);
        let last = more[first].as_str();
        assert_eq!(filter(&["a0", "a1", last]).count().unwrap(), 1);
        let unset = filter(&["a0", "a1", "a2"]).filter([(last, Choice::Unset)]).unwrap();
        assert_eq!(unset.count().unwrap(), 2);
        assert_eq!(wider.filter([(last, Choice::Unset)]).unwrap().count().unwrap(), 4);
    }
}

/// A Store that cannot add axes refuses, and the error says what to do instead.
fn point_11_new_axis_is_refused_by_a_store_that_cannot_add_axes(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process_with(
        TestEnv::options(),
        CapabilityLimits { no_new_axes: true, ..CapabilityLimits::default() },
    );
    guests(&process.staste).build().unwrap().define().unwrap();
    let wider = guests(&process.staste).axis("city", Axis::stored()).build().unwrap();
    wider.kick([("city", "Riga")]).unwrap();
    let refusal = wider.total().unwrap_err();
    assert!(refusal.is_unsupported() && refusal.to_string().contains("guests"), "{refusal}");
    // Later kicks return the error, too; earlier ones are counted as refused.
    assert!(wider.kick([("city", "Riga")]).unwrap_err().is_unsupported());
    let _ = process.staste.flush();
    assert_eq!(process.staste.health().refused, 1);
    assert_eq!(guests(&env.staste()).build().unwrap().total().unwrap(), 0);
}

/// After another process forgot a Metrica and defined it again, an old handle counts by the new definition.
fn point_11_handle_of_a_forgotten_metrica_counts_by_the_new_definition(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let define = |axes: [&str; 2]| {
        axes.iter()
            .fold(staste.metrica("m"), |builder, axis| builder.axis(axis, Axis::stored()))
            .build()
            .unwrap()
    };
    let early = define(["a", "b"]);
    early.kick([("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(early.total().unwrap(), 1);
    let elsewhere = env.staste();
    assert_eq!(elsewhere.forget("m").unwrap().amount.total(), 1);
    let redefined =
        elsewhere.metrica("m").axis("b", Axis::stored()).axis("a", Axis::stored()).build().unwrap();
    redefined.kick([("a", "1"), ("b", "2")]).unwrap();
    elsewhere.flush().unwrap();
    early.kick([("a", "1"), ("b", "2")]).unwrap();
    early.staste().flush().unwrap();
    assert_eq!(redefined.total().unwrap(), 2);
    for metrica in [&redefined, &early] {
        assert_eq!(metrica.filter([("a", "1"), ("b", "2")]).unwrap().total().unwrap(), 2);
        assert_eq!(metrica.filter([("a", "2")]).unwrap().total().unwrap(), 0);
    }
}

/// Values that were converted by the old definition count by the new one, also those of bound points.
fn point_11_handle_of_a_forgotten_metrica_counts_by_the_new_multiplier(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (elsewhere, staste) = (env.staste(), env.staste());
    elsewhere.metrica("m").multiplier(100).build().unwrap().define().unwrap();
    let metrica = staste.metrica("m").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    let bound = metrica.bind(nowhere).unwrap();
    metrica.kick(nowhere).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
    let late = metrica.bind(nowhere).unwrap();
    for multiplier in [1, 1000] {
        elsewhere.forget("m").unwrap();
        elsewhere.metrica("m").multiplier(multiplier).build().unwrap().define().unwrap();
        metrica.kick(nowhere).unwrap();
        bound.kick().unwrap();
        late.kick().unwrap();
        assert_eq!(metrica.total().unwrap(), 3, "multiplier {multiplier}");
        metrica.kick(nowhere).unwrap();
        assert_eq!(metrica.total().unwrap(), 4, "multiplier {multiplier}");
    }
}

/// Each of two programs with different settings imposes its own once, and later only by `define`.
fn point_11_changed_settings_are_imposed_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let nowhere: [(&str, &str); 0] = [];
    let metricas = [Keep::days(8), Keep::days(30)]
        .map(|keep| env.staste().metrica("m").keep(Scale::Minute, keep).build().unwrap());
    for _ in 0..10 {
        for metrica in &metricas {
            metrica.kick(nowhere).unwrap();
            metrica.staste().flush().unwrap();
        }
    }
    let stored = || env.staste().stored_metrica("m").unwrap().define().unwrap();
    assert_eq!((stored().version, stored().retention.of(Scale::Minute)), (2, Keep::days(30)));
    assert_eq!(metricas[0].define().unwrap().version, 3);
    metricas[1].kick(nowhere).unwrap();
    assert_eq!(metricas[1].total().unwrap(), 21);
    assert_eq!(stored().retention.of(Scale::Minute), Keep::days(8));
}

/// Processes that define a Metrica at the same time end with one definition that has the axes of all.
fn point_11_concurrent_definitions_are_merged(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    if !env.open_store().capabilities().new_axes {
        return;
    }
    let processes: Vec<_> = (0..4).map(|_| env.staste()).collect();
    std::thread::scope(|scope| {
        for (number, staste) in processes.iter().enumerate() {
            scope.spawn(move || {
                let axis = format!("axis{number}");
                let metrica = staste.metrica("m").axis(&axis, Axis::stored()).build().unwrap();
                for _ in 0..10 {
                    metrica.kick([(axis.as_str(), "x")]).unwrap();
                    staste.flush().unwrap();
                }
            });
        }
    });
    let metrica = env.staste().stored_metrica("m").unwrap();
    assert_eq!(metrica.define().unwrap().stored_axes.len(), 4);
    assert_eq!(metrica.total().unwrap(), 40);
    for number in 0..4 {
        let axis = format!("axis{number}");
        assert_eq!(metrica.filter([(axis.as_str(), "x")]).unwrap().total().unwrap(), 10);
    }
    verify(&metrica);
}
