//! A Metrica and its model, kicked together.

use staste_core::{Axis, Metrica, MetricaBuilder, Moment, Staste, Value};

use crate::model::{Ask, Civil, Model, ModelAxis, Pick, Shape};
use crate::{Compare, Dice};

/// The doors that guests come through.
const DOORS: [&[&str]; 5] = [&["east"], &["east", "1"], &["east", "2"], &["west", "1"], &["west"]];

/// A Metrica beside its model.
#[derive(Debug)]
pub struct Twin {
    /// The core's.
    pub metrica: Metrica,
    /// The model's.
    pub model: Model,
}

impl Twin {
    /// Guests by gender (declared), age (stored) and door (a path), averaged, in a zone.
    pub fn guests(staste: &Staste, zone: &str) -> Twin {
        Twin { metrica: guests(staste).zone(zone).averaged().build().unwrap(), model: guests_model(zone) }
    }

    /// Kicks both with a value at an instant.
    pub fn kick(&mut self, picks: &[(&str, Pick)], value: i64, at: i64) {
        let choices = picks.iter().map(|(axis, pick)| (*axis, pick.choice()));
        self.metrica.kick_with(choices, Value::from(value), Moment::Instant(at)).unwrap();
        self.model.kick(picks, i128::from(value), at, self.now());
    }

    /// Kicks both at random points of [`Twin::guests`] within some seconds before now.
    pub fn kick_randomly(&mut self, dice: &mut Dice, kicks: usize, seconds: i64) {
        for _ in 0..kicks {
            let mut picks = Vec::new();
            if dice.below(5) > 0 {
                picks.push(("gender", Pick::value(dice.pick(&["boy", "girl"]))));
            }
            if dice.below(5) > 0 {
                picks.push(("age", Pick::value(dice.between(0, 6).to_string())));
            }
            if dice.below(5) > 0 {
                picks.push(("door", Pick::path(dice.pick(&DOORS))));
            }
            let at = self.now() - dice.between(0, seconds);
            self.kick(&picks, dice.between(-3, 9), at);
        }
    }

    /// Their time.
    pub fn now(&self) -> i64 {
        self.metrica.staste().clock().now()
    }

    /// Their answers, to be compared.
    pub fn compare(&self) -> Compare<'_> {
        Compare { metrica: &self.metrica, model: &self.model, now: self.now() }
    }

    /// Compares every answer about a view.
    pub fn check(&self, ask: &Ask) {
        self.compare().everything(ask);
    }

    /// Checks that every sum in the Store is a sum.
    pub fn verify(&self) {
        verify(&self.metrica);
    }
}

/// Guests by gender, age and door, plain and in UTC unless more is said.
pub fn guests(staste: &Staste) -> MetricaBuilder {
    staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"]))
        .axis("age", Axis::stored())
        .axis("door", Axis::path())
}

/// The model of averaged [`guests`].
pub fn guests_model(zone: &str) -> Model {
    let axes = vec![
        ModelAxis::declared("gender", &["boy", "girl"]),
        ModelAxis::new("age", Shape::Stored),
        ModelAxis::new("door", Shape::Path),
    ];
    Model::new(Civil::new(zone, 0), true, axes)
}

/// Checks that every sum a Metrica has in its Store is a sum, and that there are some.
pub fn verify(metrica: &Metrica) {
    let verified = metrica.verify(&mut |_| ()).unwrap();
    assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    assert!(verified.sums > 0, "nothing was verified");
}
