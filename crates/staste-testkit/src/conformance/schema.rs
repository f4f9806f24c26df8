//! Point 11: the Store keeps the definition; omitted settings adopt it, and conflicting ones are refused.

use staste_core::{Axis, Choice, Combinations, Keep, MetricaKind, Moment, Scale, Timespan};

use crate::guests::{guests, verify};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};

claims! { schema:
    point_11_definition_is_stored_and_listed,
    point_11_order_of_axes_does_not_matter,
    point_11_conflict_error_shows_both_definitions,
    point_11_omitted_settings_adopt_the_stored_ones,
    point_11_kicks_before_the_definition_is_known_are_converted,
    point_11_query_does_not_define_a_metrica,
    point_11_sound_metrica_has_no_faults,
}

/// The Store keeps every setting of a definition.
fn point_11_definition_is_stored_and_listed(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let builder = guests(&env.staste()).averaged().multiplier(100).zone("Pacific/Apia").week_start(6);
    let metrica = builder.keep(Scale::Hour, Keep::days(9)).points(77).build().unwrap();
    let defined = metrica.define().unwrap();
    assert_eq!(
        (defined.kind, defined.multiplier, defined.zone.name()),
        (MetricaKind::Averaged, 100, "Pacific/Apia")
    );
    assert_eq!((defined.week_start, defined.points, defined.version), (6, 77, 1));
    assert_eq!(defined.combinations, Combinations::Every);
    let remembered = env.staste().definitions().unwrap();
    assert_eq!(remembered, [defined]);
    assert_eq!(env.open_store().definitions(Some("guests")).unwrap(), remembered);
    assert!(env.open_store().definitions(Some("gusets")).unwrap().is_empty());
}

/// Programs that name the axes in another order share the Metrica.
fn point_11_order_of_axes_does_not_matter(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let one = guests(&env.staste()).build().unwrap();
    let staste = env.staste();
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

/// A kind, multiplier, zone or axis that differs from the stored one is a conflict, and the error shows both
/// definitions.
fn point_11_conflict_error_shows_both_definitions(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    guests(&staste).averaged().multiplier(100).zone("Europe/Riga").build().unwrap().define().unwrap();
    let conflicts = [
        (guests(&staste).kind(MetricaKind::Plain), "averaged", "plain"),
        (guests(&staste).multiplier(10), "multiplier 100", "multiplier 10,"),
        (guests(&staste).zone("UTC"), "zone Europe/Riga", "zone UTC"),
        (staste.metrica("guests").axis("age", Axis::path()), "age (stored)", "age (path)"),
        (staste.metrica("guests").axis("gender", Axis::stored()), "gender (declared)", "gender (stored)"),
    ];
    for (builder, stored, requested) in conflicts {
        let metrica = builder.build().unwrap();
        metrica.kick([] as [(&str, &str); 0]).unwrap();
        for error in [metrica.define().unwrap_err(), metrica.total().unwrap_err()] {
            assert!(error.is_conflict(), "{error:?}");
            assert!(error.to_string().contains(stored) && error.to_string().contains(requested), "{error}");
        }
        assert!(metrica.kick([] as [(&str, &str); 0]).unwrap_err().is_conflict());
    }
    assert_eq!(env.staste().stored_metrica("guests").unwrap().total().unwrap(), 0);
}

/// Omitted settings adopt the stored ones.
fn point_11_omitted_settings_adopt_the_stored_ones(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    guests(&env.staste()).averaged().multiplier(100).zone("Asia/Kolkata").build().unwrap().define().unwrap();
    let adopting = env.staste().metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let defined = adopting.define().unwrap();
    assert!(defined.is_averaged());
    assert_eq!((defined.multiplier, defined.zone.name(), defined.version), (100, "Asia/Kolkata", 1));
    assert!(defined.stored_axes[0].declared().is_some(), "{:?}", defined.stored_axes);
    adopting.kick_with([("age", 1)], 0.25, Moment::Now).unwrap();
    assert_eq!(adopting.total().unwrap().raw(), 25);
}

/// Values and local dates of kicks before the definition was known are converted by it.
fn point_11_kicks_before_the_definition_is_known_are_converted(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    guests(&env.staste()).averaged().multiplier(100).zone("Asia/Kolkata").build().unwrap().define().unwrap();
    let early = env.staste().metrica("guests").axis("age", Axis::stored()).build().unwrap();
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
    // In Kolkata, it is 2023-11-15 03:43.
    assert_eq!((day(13), day(14), day(15)), (300, 700, 200));
    verify(&early);
}

/// A query does not define a Metrica; the first process that counts does.
fn point_11_query_does_not_define_a_metrica(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let reader = env.staste();
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
    assert!(reader.size("guests").unwrap_err().is_invalid_input());
    assert!(reader.forget("guests").unwrap_err().is_invalid_input());
    let writer = env.staste();
    let metrica = guests(&writer).averaged().multiplier(100).build().unwrap();
    metrica.kick_with([("age", 1)], 2.5, Moment::Instant(NOW)).unwrap();
    writer.close().unwrap();
    assert_eq!(early.average().unwrap(), Some(2.5));
}

/// A sound Metrica has no faults, whatever was counted in it and forgotten.
fn point_11_sound_metrica_has_no_faults(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
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
