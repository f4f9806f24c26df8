//! A random history of kicks, passing time, forgetting and changes of retention, in a Store and in the model.

use staste_core::{Axis, Keep, Metrica, MetricaBuilder, MetricaKind, Moment, Scale, Staste};
use staste_testkit::model::{
    Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan,
};
use staste_testkit::{Comparison, Rng, advance_clock};

use crate::two_stores::TwoStores;

/// Zones, each with a time shortly before an offset change.
const STARTS: [(&str, i64); 5] = [
    ("UTC", 1_709_164_800),
    ("Europe/Berlin", 1_382_830_200),
    ("Europe/Berlin", 1_364_690_000),
    ("Australia/Lord_Howe", 1_396_710_000),
    ("America/St_Johns", 1_162_092_660),
];
const KEEPS: [Keep; 6] =
    [Keep::Never, Keep::Seconds(5400), Keep::days(2), Keep::days(70), Keep::days(800), Keep::Forever];
const PATHS: [&[&str]; 6] = [&["a"], &["a", "b"], &["a", "b", "c"], &["a", ""], &["b"], &["b", "a", "/"]];
const TIMED: [Scale; 5] = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Year];
const AGES: [&str; 7] = ["0", "", "__all__", "a:b", "18", "😀", "(other)"];

/// A Metrica with a history, and its model.
pub(crate) struct History {
    pub(crate) rng: Rng,
    pub(crate) model: Model,
    zone: &'static str,
    cap: u32,
    kind: MetricaKind,
    /// The scales whose retention changes. Without retained days the model reads minute by minute, so that only queries
    /// of all time are compared.
    changing: &'static [Scale],
    /// The changes of retention so far, in order.
    keeps: Vec<(Scale, Keep)>,
}

impl History {
    /// Plays a history in the old Store.
    pub(crate) fn play(seed: u64, stores: &TwoStores) -> History {
        let mut rng = Rng::new(seed);
        let (zone, start) = rng.choose(&STARTS);
        stores.old.clock.set(start);
        let cap = rng.choose(&[1, 3, 1000]);
        let kind = rng.choose(&[MetricaKind::Plain, MetricaKind::Averaged]);
        let changing = if rng.below(2) == 0 { &TIMED[..2] } else { &TIMED[..] };
        let axes = vec![
            ModelAxis::declared("gender", &["boy", "girl"]),
            ModelAxis::new("age", ModelAxisKind::Stored).cap(cap as usize),
            ModelAxis::new("door", ModelAxisKind::Path).cap(cap as usize),
        ];
        let model = Model::new(ModelCalendar::new(zone, 0), kind == MetricaKind::Averaged, axes);
        let mut history = History { rng, model, zone, cap, kind, changing, keeps: Vec::new() };
        for scale in changing {
            history.keep(*scale);
        }
        let staste = stores.old.staste();
        for _ in 0..history.rng.between(4, 24) {
            history.step(&staste);
        }
        history
    }

    /// Plays one random step.
    pub(crate) fn step(&mut self, staste: &Staste) {
        let metrica = self.metrica(staste);
        match self.rng.below(12) {
            0..6 => {
                for _ in 0..self.rng.between(1, 8) {
                    self.kick(&metrica);
                }
                staste.flush().unwrap();
            }
            6..9 => {
                let seconds = self.distance();
                advance_clock(staste.store(), staste.clock(), seconds);
            }
            9 => {
                let scale = self.rng.choose(self.changing);
                self.keep(scale);
                self.metrica(staste).define().unwrap();
            }
            _ => self.forget(&metrica),
        }
    }

    fn distance(&mut self) -> i64 {
        let most = self.rng.choose(&[90, 4_000, 100_000, 3_000_000, 40_000_000]);
        self.rng.between(0, most)
    }

    fn keep(&mut self, scale: Scale) {
        let keep = self.rng.choose(&KEEPS);
        self.model.keep(scale, keep);
        self.keeps.push((scale, keep));
    }

    fn builder(&self, staste: &Staste) -> MetricaBuilder {
        let builder = staste
            .metrica("guests")
            .axis("gender", Axis::declared(["boy", "girl"]))
            .axis("age", Axis::stored().cap(self.cap))
            .axis("door", Axis::path().cap(self.cap))
            .kind(self.kind)
            .zone(self.zone);
        self.keeps.iter().fold(builder, |builder, (scale, keep)| builder.keep(*scale, *keep))
    }

    /// Returns the Metrica on a handle.
    pub(crate) fn metrica(&self, staste: &Staste) -> Metrica {
        self.builder(staste).build().unwrap()
    }

    /// Kicks the Metrica and the model.
    pub(crate) fn kick(&mut self, metrica: &Metrica) {
        let now = metrica.staste().clock().now();
        let mut point = Vec::new();
        if self.rng.below(4) > 0 {
            point.push(("gender", ModelChoice::value(self.rng.choose(&["boy", "girl"]))));
        }
        if self.rng.below(4) > 0 {
            point.push(("age", ModelChoice::value(self.rng.choose(&AGES))));
        }
        if self.rng.below(4) > 0 {
            point.push(("door", ModelChoice::path(self.rng.choose(&PATHS))));
        }
        let ago = if self.rng.below(2) == 0 { 0 } else { self.distance() };
        let value = self.rng.between(-4, 6);
        let choices = point.iter().map(|(axis, choice)| (*axis, choice.to_choice()));
        metrica.kick_with(choices, value, Moment::Instant(now - ago)).unwrap();
        self.model.kick(&point, i128::from(value), now - ago, now);
    }

    fn forget(&mut self, metrica: &Metrica) {
        let (axis, choice) = match self.rng.below(2) {
            0 => ("age", ModelChoice::value(self.rng.choose(&AGES))),
            _ => ("door", ModelChoice::path(self.rng.choose(&PATHS))),
        };
        let view = metrica.filter([(axis, choice.to_choice())]).unwrap();
        if self.rng.below(2) == 0 {
            view.forget().unwrap();
            self.model.forget(axis, &choice);
        } else {
            view.forget_into_other().unwrap();
            self.model.forget_into_other(axis, &choice);
        }
    }

    /// Compares the results of random queries of a Metrica with those of the model.
    pub(crate) fn compare_queries(&mut self, metrica: &Metrica) {
        let now = metrica.staste().clock().now();
        let mut queries = vec![ModelQuery::new(ModelSpan::Ever)];
        let more = if self.changing.len() == TIMED.len() { 0 } else { 12 };
        for _ in 0..more {
            let at = now - self.distance();
            let minute = |at: i64| Some(at - at.rem_euclid(60));
            let span = match self.rng.below(4) {
                0 => ModelSpan::Between(minute(at - 60 - self.distance()), minute(at)),
                1 => ModelSpan::Between(None, minute(at)),
                2 => ModelSpan::Last(self.rng.choose(&[1, 2, 5, 9]), self.rng.choose(&TIMED)),
                _ => {
                    let scale = self.rng.choose(&Scale::ALL[..7]);
                    ModelSpan::Period(scale, self.model.calendar.label(scale, at))
                }
            };
            let mut query = ModelQuery::new(span);
            if self.rng.below(3) == 0 {
                query = query.filter(
                    "age",
                    self.rng
                        .choose(&[&ModelChoice::Unset, &ModelChoice::Other, &ModelChoice::value("18")])
                        .clone(),
                );
            }
            if self.rng.below(3) == 0 {
                query = query.filter("door", ModelChoice::path(self.rng.choose(&PATHS)));
            }
            queries.push(query);
        }
        let comparison = Comparison { metrica, model: &self.model, now };
        for query in &queries {
            comparison.read(query);
            comparison.by(query, "age");
            comparison.by(query, "door");
            comparison.pivot(query, &["gender", "door"]);
            if more > 0 {
                comparison.everything(query);
                comparison.series(query, Scale::Month);
            }
        }
        for axis in &self.model.axes {
            let known: Vec<ModelChoice> =
                metrica.choices(&axis.name).unwrap().iter().map(ModelChoice::from).collect();
            assert_eq!(known, axis.known, "choices of {}", axis.name);
        }
    }
}
