//! Point 1: the total at ALL is the sum over choices, and a year the sum of its months, all the way down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::date;
use staste_core::store::{Answer, Question};
use staste_core::{Amount, Axis, Clock, Scale, Staste, Timespan};

use crate::model::{Ask, Civil, Model, ModelAxis, Pick, Shape, Span};
use crate::{Dice, Factory, Lab, Layer, Layered, NOW, Twin, guests, verify};

/// Random kicks over three years: `verify` finds every sum a sum, and the model agrees.
pub fn point_01_additive_random_kicks_verify(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "America/New_York");
    twin.kick_randomly(&mut Dice::new(1), 250, 3 * 365 * 86_400);
    twin.verify();
    twin.check(&Ask::of(Span::Ever));
    twin.check(&Ask::of(Span::Period(Scale::Year, date(2022, 1, 1).at(0, 0, 0, 0))));
    twin.check(&Ask::of(Span::Ever).filter("door", Pick::path(&["east"])));
    twin.check(&Ask::of(Span::Ever).filter("age", Pick::Unset).filter("gender", Pick::value("girl")));
}

/// A year is the sum of its months, a month of its days, a day of its hours, an hour of its minutes.
pub fn point_01_additive_down_to_minutes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "America/New_York");
    twin.kick_randomly(&mut Dice::new(2), 120, 3600);
    for timespan in [
        Timespan::EVER,
        Timespan::year(2023).unwrap(),
        Timespan::month(2023, 11).unwrap(),
        Timespan::day(2023, 11, 14).unwrap(),
        Timespan::hour(2023, 11, 14, 16).unwrap(),
    ] {
        let view = twin.metrica.timespan(timespan);
        let parts = view.iterate_periods().unwrap();
        let sum: i128 = parts.iter().map(|(_, reading)| reading.unwrap().total.raw()).sum();
        assert_eq!(view.total().unwrap().raw(), sum, "{timespan:?}");
        assert_ne!(view.count().unwrap(), 0, "{timespan:?}");
    }
}

/// With six axes only pairs have cells: other filters are scanned, and agree.
pub fn point_01_additive_with_six_axes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let names = ["a", "b", "c", "d", "e"];
    let staste = lab.staste();
    let builder = names
        .iter()
        .fold(staste.metrica("wide").averaged(), |builder, name| builder.axis(name, Axis::stored()));
    let metrica = builder.axis("place", Axis::path()).build().unwrap();
    let axes = names.iter().map(|name| ModelAxis::new(name, Shape::Stored));
    let axes = axes.chain([ModelAxis::new("place", Shape::Path)]).collect();
    let mut twin = Twin { metrica, model: Model::new(Civil::new("UTC", 0), true, axes) };
    let mut dice = Dice::new(3);
    for _ in 0..40 {
        let mut picks: Vec<(&str, Pick)> =
            names.iter().map(|name| (*name, Pick::value(dice.below(2).to_string()))).collect();
        picks.push(("place", Pick::path(dice.pick(&[&["x"][..], &["x", "y"], &["x", "z"], &["w", "y"]]))));
        let left_out = dice.below(6) as usize;
        picks.remove(left_out);
        let at = NOW - dice.between(0, 7200);
        twin.kick(&picks, 1, at);
    }
    twin.verify();
    let one = || Pick::value("1");
    let three = Ask::of(Span::Ever).filter("a", one()).filter("b", one()).filter("c", Pick::value("0"));
    twin.compare().read(&three);
    twin.compare().by(&three, "d");
    twin.compare().by(&three, "place");
    let below = three.filter("place", Pick::path(&["x"]));
    twin.compare().read(&below);
    twin.compare().by(&below, "place");
    twin.compare().by(&below, "e");
    twin.compare().pivot(&Ask::of(Span::Ever), &["a", "b", "e"]);
    twin.check(&Ask::of(Span::Last(1, Scale::Day)).filter("b", one()));
    twin.compare().series_by(
        &Ask::of(Span::Last(3, Scale::Hour)).filter("a", one()).filter("b", one()),
        Scale::Hour,
        "place",
    );
}

/// `verify` beside somebody who counts finds no faults that are none.
pub fn point_01_additive_verify_beside_a_writer(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = guests(&staste).averaged().build().unwrap();
    metrica.kick([("age", 0)]).unwrap();
    staste.flush().unwrap();
    let (store, clock, done) = (lab.open(), lab.clock.clone(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let writer = Staste::with(store, clock, Lab::options());
            let metrica = guests(&writer).averaged().build().unwrap();
            for age in (0..50).cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                metrica.kick([("age", age)]).unwrap();
                writer.flush().unwrap();
            }
        });
        let found: Vec<_> = (0..20).map(|_| metrica.verify(&mut |_| ())).collect();
        done.store(true, Ordering::Relaxed);
        for verified in found {
            match verified {
                Ok(verified) => assert_eq!(verified.faults, Vec::<String>::new()),
                Err(error) => assert!(error.to_string().contains("too fast"), "{error}"),
            }
        }
    });
    verify(&metrica);
}

/// Adds one to what a day's cells hold.
#[derive(Debug)]
struct Tampering;

impl Layer for Tampering {
    fn answer(&self, question: &Question, answer: &mut Answer) {
        if question.spans.iter().any(|span| span.scale == Scale::Day)
            && let Some(group) = answer.groups.first_mut()
        {
            group.amount += Amount::new(1, 0);
        }
    }
}

/// `verify` sees a cell that is not the sum it should be.
pub fn point_01_additive_verify_sees_a_wrong_cell(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let tampered = Arc::new(Layered::new(Tampering, lab.open()));
    let staste = Staste::with(tampered, Clock::fixed(NOW), Lab::options());
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    metrica.kick([("age", 18)]).unwrap();
    let verified = metrica.verify(&mut |_| ()).unwrap();
    assert!(verified.faults.iter().any(|fault| fault.starts_with("day 2023-11-14")), "{verified:?}");
}
