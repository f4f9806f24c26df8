//! A Metrica together with its model: both get the same kicks, and their results are compared.

use staste_core::{Metrica, Moment, Staste, Value};

use crate::comparison::Comparison;
use crate::guests::{guests, guests_model, verify};
use crate::model::{Model, ModelChoice, ModelQuery};
use crate::rng::Rng;

/// The doors that guests come through.
const DOORS: [&[&str]; 5] = [&["east"], &["east", "1"], &["east", "2"], &["west", "1"], &["west"]];

/// A Metrica and its model.
#[derive(Debug)]
pub struct MetricaWithModel {
    /// The Metrica.
    pub metrica: Metrica,
    /// Its model.
    pub model: Model,
}

impl MetricaWithModel {
    /// Creates averaged [`guests`] in a zone.
    pub fn guests(staste: &Staste, zone: &str) -> MetricaWithModel {
        let metrica = guests(staste).zone(zone).averaged().build().unwrap();
        MetricaWithModel { metrica, model: guests_model(zone) }
    }

    /// Kicks both with a value at an instant.
    pub fn kick(&mut self, point: &[(&str, ModelChoice)], value: i64, at: i64) {
        let choices = point.iter().map(|(axis, choice)| (*axis, choice.to_choice()));
        self.metrica.kick_with(choices, Value::from(value), Moment::Instant(at)).unwrap();
        self.model.kick(point, i128::from(value), at, self.now());
    }

    /// Kicks both at random points of [`MetricaWithModel::guests`], up to `seconds` before now.
    pub fn kick_randomly(&mut self, rng: &mut Rng, kicks: usize, seconds: i64) {
        for _ in 0..kicks {
            let mut point = Vec::new();
            if rng.below(5) > 0 {
                point.push(("gender", ModelChoice::value(rng.choose(&["boy", "girl"]))));
            }
            if rng.below(5) > 0 {
                point.push(("age", ModelChoice::value(rng.between(0, 6).to_string())));
            }
            if rng.below(5) > 0 {
                point.push(("door", ModelChoice::path(rng.choose(&DOORS))));
            }
            let at = self.now() - rng.between(0, seconds);
            self.kick(&point, rng.between(-3, 9), at);
        }
    }

    /// Returns the current time of both.
    pub fn now(&self) -> i64 {
        self.metrica.staste().clock().now()
    }

    /// Returns the comparison of the two.
    pub fn compare(&self) -> Comparison<'_> {
        Comparison { metrica: &self.metrica, model: &self.model, now: self.now() }
    }

    /// Compares the results of every form of a query.
    pub fn check(&self, query: &ModelQuery) {
        self.compare().everything(query);
    }

    /// Checks that all cells of the Metrica agree with each other.
    pub fn verify(&self) {
        verify(&self.metrica);
    }
}
