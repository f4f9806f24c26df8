//! Point 11: the Store remembers the schema; defaults adopt it, differences are refused.

use staste_core::{Axis, AxisKind, Choice, Combinations, Keep, MetricaKind, Moment, Scale, Timespan};

use crate::model::{Ask, ModelAxis, Pick, Shape, Span};
use crate::{Dice, Factory, Lab, Limits, NOW, Twin, guests, verify};

/// Everything asked for is remembered.
pub fn point_11_schema_is_remembered(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let builder = guests(&lab.staste()).averaged().multiplier(100).zone("Pacific/Apia").week_start(6);
    let metrica = builder.keep(Scale::Hour, Keep::days(9)).points(77).build().unwrap();
    let defined = metrica.define().unwrap();
    assert_eq!(
        (defined.kind, defined.multiplier, defined.zone.name()),
        (MetricaKind::Averaged, 100, "Pacific/Apia")
    );
    assert_eq!((defined.week_start, defined.points, defined.version), (6, 77, 1));
    assert_eq!(defined.combinations, Combinations::Every);
    let remembered = lab.staste().definitions().unwrap();
    assert_eq!(remembered, [defined]);
    assert_eq!(lab.open().definitions(Some("guests")).unwrap(), remembered);
    assert!(lab.open().definitions(Some("gusets")).unwrap().is_empty());
}

/// Axes in another order are the same Metrica.
pub fn point_11_schema_order_of_axes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let one = guests(&lab.staste()).build().unwrap();
    let staste = lab.staste();
    let builder = staste.metrica("guests").axis("door", Axis::path()).axis("age", Axis::stored());
    let other = builder.axis("gender", Axis::declared(["girl", "boy"])).build().unwrap();
    one.kick([("gender", "girl"), ("age", "18"), ("door", "east")]).unwrap();
    one.staste().flush().unwrap();
    other.kick([("gender", "girl"), ("age", "18"), ("door", "east")]).unwrap();
    other.kick([("age", "girl"), ("gender", "boy")]).unwrap();
    other.staste().flush().unwrap();
    for metrica in [&one, &other] {
        assert_eq!(metrica.filter([("gender", "girl"), ("door", "east")]).unwrap().total().unwrap(), 2);
        assert_eq!(metrica.filter([("age", "girl")]).unwrap().total().unwrap(), 1);
        assert_eq!(metrica.define().unwrap().version, 1);
        let pivot = metrica.values().pivot(&["age", "gender"]).unwrap();
        assert_eq!(pivot[0].0, [Choice::value("18"), Choice::value("girl")]);
    }
}

/// More declared choices join those there are, and known ones keep their place.
pub fn point_11_schema_more_choices(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let with =
        |choices: &[&str]| lab.staste().metrica("m").axis("gender", Axis::declared(choices)).build().unwrap();
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
    // The first process counts on with the definition it had.
    two.kick([("gender", "boy")]).unwrap();
    assert_eq!(two.filter([("gender", "boy")]).unwrap().total().unwrap(), 2);
    assert!(two.kick([("gender", "none")]).unwrap_err().is_input());
    assert_eq!(two.define().unwrap().version, 2);
    verify(&three);
}

/// A new axis, where the Store can have one: older kicks are unset on it.
pub fn point_11_schema_a_new_axis(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let mut twin = Twin::guests(&staste, "UTC");
    twin.kick_randomly(&mut Dice::new(20), 60, 40 * 86_400);
    twin.metrica.staste().flush().unwrap();
    let wider = guests(&lab.staste()).averaged().axis("city", Axis::stored()).build().unwrap();
    if !lab.open().capabilities().new_axes {
        assert!(wider.define().unwrap_err().is_unsupported());
        return;
    }
    let older = std::mem::replace(&mut twin.metrica, wider);
    twin.model.add_axis(ModelAxis::new("city", Shape::Stored));
    twin.check(&Ask::of(Span::Ever));
    twin.verify();
    twin.kick(&[("city", Pick::value("Riga")), ("age", Pick::value("1"))], 1, NOW);
    twin.metrica.staste().flush().unwrap();
    // The process that does not know of it goes on, unset.
    older.kick_with([("age", "1")], 1, Moment::Instant(NOW)).unwrap();
    older.staste().flush().unwrap();
    twin.model.kick(&[("age", Pick::value("1"))], 1, NOW, NOW);
    twin.check(&Ask::of(Span::Ever));
    twin.check(&Ask::of(Span::Ever).filter("city", Pick::Unset));
    twin.check(&Ask::of(Span::Period(Scale::Month, jiff::civil::date(2023, 10, 1).at(0, 0, 0, 0))));
    twin.verify();
    assert!(older.kick([("city", "Riga")]).unwrap_err().is_input());
}

/// A sixth and a seventh axis: the combinations stay what they were, for life.
pub fn point_11_schema_combinations_for_life(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    if !lab.open().capabilities().new_axes {
        return;
    }
    for first in [5, 6] {
        let name = format!("m{first}");
        let wide = |axes: usize| {
            let names: Vec<String> = (0..axes).map(|axis| format!("a{axis}")).collect();
            let staste = lab.staste();
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

/// A Store without that capability refuses, and says what to do instead.
pub fn point_11_schema_a_new_axis_is_refused_where_it_cannot_be(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process_with(Lab::options(), Limits { no_new_axes: true, ..Limits::default() });
    guests(&process.staste).build().unwrap().define().unwrap();
    let wider = guests(&process.staste).axis("city", Axis::stored()).build().unwrap();
    wider.kick([("city", "Riga")]).unwrap();
    let refusal = wider.total().unwrap_err();
    assert!(refusal.is_unsupported() && refusal.to_string().contains("guests"), "{refusal}");
    // From then on kicks say so too; what was kicked before is counted as refused.
    assert!(wider.kick([("city", "Riga")]).unwrap_err().is_unsupported());
    let _ = process.staste.flush();
    assert_eq!(process.staste.health().refused, 1);
    assert_eq!(guests(&lab.staste()).build().unwrap().total().unwrap(), 0);
}

/// A kind, multiplier or zone that is given and differs is refused with both definitions.
pub fn point_11_schema_conflicts_show_both(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    guests(&staste).averaged().multiplier(100).zone("Europe/Riga").build().unwrap().define().unwrap();
    let conflicts = [
        (guests(&staste).kind(MetricaKind::Plain), "averaged", "plain"),
        (guests(&staste).multiplier(10), "multiplier 100", "multiplier 10,"),
        (guests(&staste).zone("UTC"), "zone Europe/Riga", "zone UTC"),
        (staste.metrica("guests").axis("age", Axis::path()), "age (stored)", "age (path)"),
        (staste.metrica("guests").axis("gender", Axis::stored()), "gender (declared)", "gender (stored)"),
    ];
    for (builder, stored, asked) in conflicts {
        let metrica = builder.build().unwrap();
        metrica.kick([] as [(&str, &str); 0]).unwrap();
        for error in [metrica.define().unwrap_err(), metrica.total().unwrap_err()] {
            assert!(error.is_conflict(), "{error:?}");
            assert!(error.to_string().contains(stored) && error.to_string().contains(asked), "{error}");
        }
        assert!(metrica.kick([] as [(&str, &str); 0]).unwrap_err().is_conflict());
    }
    assert_eq!(lab.staste().known("guests").unwrap().total().unwrap(), 0);
}

/// What is not given adopts what is stored.
pub fn point_11_schema_defaults_adopt(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    guests(&lab.staste()).averaged().multiplier(100).zone("Asia/Kolkata").build().unwrap().define().unwrap();
    let adopting = lab.staste().metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let defined = adopting.define().unwrap();
    assert!(defined.is_averaged());
    assert_eq!((defined.multiplier, defined.zone.name(), defined.version), (100, "Asia/Kolkata", 1));
    assert!(matches!(defined.axes[0].kind, AxisKind::Declared(_)), "{:?}", defined.axes);
    adopting.kick_with([("age", 1)], 0.25, Moment::Now).unwrap();
    assert_eq!(adopting.total().unwrap().raw(), 25);
}

/// Kicks from before the definition was known come out right: values, multipliers and local dates.
pub fn point_11_schema_kicks_before_it_is_known(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    guests(&lab.staste()).averaged().multiplier(100).zone("Asia/Kolkata").build().unwrap().define().unwrap();
    let early = lab.staste().metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let bound = early.bind([("age", "3")]).unwrap();
    early.kick([("age", "1")]).unwrap();
    bound.kick().unwrap();
    early.kick_with([("age", "2")], 7, Moment::parse("2023-11-14 00:30").unwrap()).unwrap();
    early.kick_with([("age", "2")], -2, Moment::Instant(NOW)).unwrap();
    early.kick_with([("age", "2")], 3, Moment::parse("2023-11-13T23:59:59+05:30").unwrap()).unwrap();
    assert_eq!(early.total().unwrap(), 1 + 1 + 7 - 2 + 3);
    assert_eq!(early.total().unwrap().raw(), 1000);
    bound.kick().unwrap();
    early.kick([("age", "1")]).unwrap();
    assert_eq!(early.total().unwrap().raw(), 1200);
    let day = |day| early.timespan(Timespan::day(2023, 11, day).unwrap()).total().unwrap().raw();
    // Now is 2023-11-15 03:43 in Kolkata.
    assert_eq!((day(13), day(14), day(15)), (300, 700, 200));
    verify(&early);
}

/// A Metrica forgotten and defined anew by somebody else is not mixed up with the old one.
pub fn point_11_schema_forgotten_and_defined_anew(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let define = |axes: [&str; 2]| {
        axes.iter()
            .fold(staste.metrica("m"), |builder, axis| builder.axis(axis, Axis::stored()))
            .build()
            .unwrap()
    };
    let early = define(["a", "b"]);
    early.kick([("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(early.total().unwrap(), 1);
    let elsewhere = lab.staste();
    assert_eq!(elsewhere.forget("m").unwrap().amount.total(), 1);
    let anew = elsewhere.metrica("m").axis("b", Axis::stored()).axis("a", Axis::stored()).build().unwrap();
    anew.kick([("a", "1"), ("b", "2")]).unwrap();
    elsewhere.flush().unwrap();
    early.kick([("a", "1"), ("b", "2")]).unwrap();
    early.staste().flush().unwrap();
    assert_eq!(anew.total().unwrap(), 2);
    for metrica in [&anew, &early] {
        assert_eq!(metrica.filter([("a", "1"), ("b", "2")]).unwrap().total().unwrap(), 2);
        assert_eq!(metrica.filter([("a", "2")]).unwrap().total().unwrap(), 0);
    }
}

/// Values that were made by the old definition count by the new one, through a lane too.
pub fn point_11_schema_forgotten_with_another_multiplier(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (elsewhere, staste) = (lab.staste(), lab.staste());
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

/// Asking does not define: whoever counts first says what the Metrica is.
pub fn point_11_schema_asking_does_not_define(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let reader = lab.staste();
    let early = guests(&reader).build().unwrap();
    assert_eq!(early.total().unwrap(), 0);
    assert_eq!(early.values().iterate("gender").unwrap().len(), 2);
    assert_eq!(early.values().iterate("age").unwrap(), []);
    assert_eq!(early.choices("gender").unwrap(), [Choice::value("boy"), Choice::value("girl")]);
    assert!(early.count().unwrap_err().to_string().contains("plain"));
    assert_eq!(early.values().iterate_periods().unwrap(), []);
    assert!(early.verify(&mut |_| ()).unwrap().faults.is_empty());
    assert_eq!(early.filter([("age", 1)]).unwrap().forget().unwrap().cells, 0);
    assert!(reader.definitions().unwrap().is_empty());
    assert!(reader.size("guests").unwrap_err().is_input());
    assert!(reader.forget("guests").unwrap_err().is_input());
    let writer = lab.staste();
    let metrica = guests(&writer).averaged().multiplier(100).build().unwrap();
    metrica.kick_with([("age", 1)], 2.5, Moment::Instant(NOW)).unwrap();
    writer.close().unwrap();
    assert_eq!(early.average().unwrap(), Some(2.5));
}

/// What differs between two programs is imposed once, and then only by `define`.
pub fn point_11_schema_differences_are_imposed_once(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let nowhere: [(&str, &str); 0] = [];
    let metricas = [Keep::days(8), Keep::days(30)]
        .map(|keep| lab.staste().metrica("m").keep(Scale::Minute, keep).build().unwrap());
    for _ in 0..10 {
        for metrica in &metricas {
            metrica.kick(nowhere).unwrap();
            metrica.staste().flush().unwrap();
        }
    }
    let stored = || lab.staste().known("m").unwrap().define().unwrap();
    assert_eq!((stored().version, stored().retention.of(Scale::Minute)), (2, Keep::days(30)));
    assert_eq!(metricas[0].define().unwrap().version, 3);
    metricas[1].kick(nowhere).unwrap();
    assert_eq!(metricas[1].total().unwrap(), 21);
    assert_eq!(stored().retention.of(Scale::Minute), Keep::days(8));
}

/// Two processes that define at the same time end with one definition that has both their axes.
pub fn point_11_schema_defined_at_once(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    if !lab.open().capabilities().new_axes {
        return;
    }
    let processes: Vec<_> = (0..4).map(|_| lab.staste()).collect();
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
    let metrica = lab.staste().known("m").unwrap();
    assert_eq!(metrica.define().unwrap().axes.len(), 4);
    assert_eq!(metrica.total().unwrap(), 40);
    for number in 0..4 {
        let axis = format!("axis{number}");
        assert_eq!(metrica.filter([(axis.as_str(), "x")]).unwrap().total().unwrap(), 10);
    }
    verify(&metrica);
}

/// Nothing keeps sound metricas from being read, whatever was counted in them and forgotten.
pub fn point_11_schema_has_no_faults(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let sound = |name| assert_eq!(staste.store().faults(name).unwrap(), [], "{name:?}");
    sound(None);
    sound(Some("guests"));
    let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("page", Axis::path());
    let metrica = builder.axis("gender", Axis::declared(["boy", "girl"])).build().unwrap();
    metrica.define().unwrap();
    sound(Some("guests"));
    for age in 0..3 {
        let page = Choice::path(["x", &age.to_string()]);
        metrica.kick([("age", Choice::value(age.to_string())), ("page", page)]).unwrap();
        staste.flush().unwrap();
        sound(None);
    }
    for age in [2, 0] {
        metrica.filter([("age", age)]).unwrap().forget().unwrap();
        sound(Some("guests"));
    }
    metrica.filter([("page", Choice::path(["x", "1"]))]).unwrap().forget_into_other().unwrap();
    sound(None);
    metrica.values().forget().unwrap();
    sound(Some("guests"));
    staste.forget("guests").unwrap();
    sound(None);
}
