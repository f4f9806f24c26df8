//! The metricas of guests that most tests use, and the check that every sum in a Store is right.

use staste_core::{Axis, Metrica, MetricaBuilder, Staste};

use crate::model::{Model, ModelAxis, ModelAxisKind, ModelCalendar};

/// Builds a Metrica of guests by gender (declared), age (stored) and door (a path); plain and in UTC by default.
pub fn guests(staste: &Staste) -> MetricaBuilder {
    staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"]))
        .axis("age", Axis::stored())
        .axis("door", Axis::path())
}

/// Returns an averaged Metrica of guests by age (stored).
pub fn guests_by_age(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

/// Returns the model of averaged [`guests`].
pub fn guests_model(zone: &str) -> Model {
    let axes = vec![
        ModelAxis::declared("gender", &["boy", "girl"]),
        ModelAxis::new("age", ModelAxisKind::Stored),
        ModelAxis::new("door", ModelAxisKind::Path),
    ];
    Model::new(ModelCalendar::new(zone, 0), true, axes)
}

/// Checks that all cells of a Metrica in its Store agree with each other, and that there are some.
pub fn verify(metrica: &Metrica) {
    let verified = metrica.verify(&mut |_| ()).unwrap();
    assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    assert!(verified.sums > 0, "nothing was verified");
}
