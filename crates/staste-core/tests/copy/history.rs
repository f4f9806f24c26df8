//! A random history of kicks, time that passes, forgetting and other retentions, in a Store and in the model.

use staste_core::{Axis, Keep, Metrica, MetricaBuilder, MetricaKind, Moment, Scale, Staste};
use staste_testkit::model::{Ask, Civil, Model, ModelAxis, Pick, Shape, Span};
use staste_testkit::{Compare, Dice, pass};

use crate::places::Places;

/// Zones, each with a time before its clock changes.
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
    pub(crate) dice: Dice,
    pub(crate) model: Model,
    zone: &'static str,
    cap: u32,
    kind: MetricaKind,
    /// The scales whose retention changes. Where days do not stay, the model walks minute by minute, so that it is
    /// asked for all time only.
    changing: &'static [Scale],
    /// What was kept so far, in order.
    keeps: Vec<(Scale, Keep)>,
}

impl History {
    /// Plays one at the old place.
    pub(crate) fn play(seed: u64, places: &Places) -> History {
        let mut dice = Dice::new(seed);
        let (zone, start) = dice.pick(&STARTS);
        places.old.clock.set(start);
        let cap = dice.pick(&[1, 3, 1000]);
        let kind = dice.pick(&[MetricaKind::Plain, MetricaKind::Averaged]);
        let changing = if dice.below(2) == 0 { &TIMED[..2] } else { &TIMED[..] };
        let axes = vec![
            ModelAxis::declared("gender", &["boy", "girl"]),
            ModelAxis::new("age", Shape::Stored).cap(cap as usize),
            ModelAxis::new("door", Shape::Path).cap(cap as usize),
        ];
        let model = Model::new(Civil::new(zone, 0), kind == MetricaKind::Averaged, axes);
        let mut history = History { dice, model, zone, cap, kind, changing, keeps: Vec::new() };
        for scale in changing {
            history.keep(*scale);
        }
        let staste = places.old.staste();
        for _ in 0..history.dice.between(4, 24) {
            history.step(&staste);
        }
        history
    }

    /// One thing that happens.
    pub(crate) fn step(&mut self, staste: &Staste) {
        let metrica = self.metrica(staste);
        match self.dice.below(12) {
            0..6 => {
                for _ in 0..self.dice.between(1, 8) {
                    self.kick(&metrica);
                }
                staste.flush().unwrap();
            }
            6..9 => {
                let seconds = self.distance();
                pass(staste.store(), staste.clock(), seconds);
            }
            9 => {
                let scale = self.dice.pick(self.changing);
                self.keep(scale);
                self.metrica(staste).define().unwrap();
            }
            _ => self.forget(&metrica),
        }
    }

    fn distance(&mut self) -> i64 {
        let most = self.dice.pick(&[90, 4_000, 100_000, 3_000_000, 40_000_000]);
        self.dice.between(0, most)
    }

    fn keep(&mut self, scale: Scale) {
        let keep = self.dice.pick(&KEEPS);
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

    /// The Metrica on a handle.
    pub(crate) fn metrica(&self, staste: &Staste) -> Metrica {
        self.builder(staste).build().unwrap()
    }

    /// Kicks it and the model.
    pub(crate) fn kick(&mut self, metrica: &Metrica) {
        let now = metrica.staste().clock().now();
        let mut picks = Vec::new();
        if self.dice.below(4) > 0 {
            picks.push(("gender", Pick::value(self.dice.pick(&["boy", "girl"]))));
        }
        if self.dice.below(4) > 0 {
            picks.push(("age", Pick::value(self.dice.pick(&AGES))));
        }
        if self.dice.below(4) > 0 {
            picks.push(("door", Pick::path(self.dice.pick(&PATHS))));
        }
        let ago = if self.dice.below(2) == 0 { 0 } else { self.distance() };
        let value = self.dice.between(-4, 6);
        let choices = picks.iter().map(|(axis, pick)| (*axis, pick.choice()));
        metrica.kick_with(choices, value, Moment::Instant(now - ago)).unwrap();
        self.model.kick(&picks, i128::from(value), now - ago, now);
    }

    fn forget(&mut self, metrica: &Metrica) {
        let (axis, pick) = match self.dice.below(2) {
            0 => ("age", Pick::value(self.dice.pick(&AGES))),
            _ => ("door", Pick::path(self.dice.pick(&PATHS))),
        };
        let view = metrica.filter([(axis, pick.choice())]).unwrap();
        if self.dice.below(2) == 0 {
            view.forget().unwrap();
            self.model.forget(axis, &pick);
        } else {
            view.forget_into_other().unwrap();
            self.model.forget_into_other(axis, &pick);
        }
    }

    /// Compares random answers of a Metrica with the model's.
    pub(crate) fn ask(&mut self, metrica: &Metrica) {
        let now = metrica.staste().clock().now();
        let mut asks = vec![Ask::of(Span::Ever)];
        let more = if self.changing.len() == TIMED.len() { 0 } else { 12 };
        for _ in 0..more {
            let at = now - self.distance();
            let minute = |at: i64| Some(at - at.rem_euclid(60));
            let span = match self.dice.below(4) {
                0 => Span::Between(minute(at - self.distance()), minute(at)),
                1 => Span::Between(None, minute(at)),
                2 => Span::Last(self.dice.pick(&[1, 2, 5, 9]), self.dice.pick(&TIMED)),
                _ => {
                    let scale = self.dice.pick(&Scale::ALL[..7]);
                    Span::Period(scale, self.model.civil.label(scale, at))
                }
            };
            let mut ask = Ask::of(span);
            if self.dice.below(3) == 0 {
                ask = ask
                    .filter("age", self.dice.pick(&[&Pick::Unset, &Pick::Other, &Pick::value("18")]).clone());
            }
            if self.dice.below(3) == 0 {
                ask = ask.filter("door", Pick::path(self.dice.pick(&PATHS)));
            }
            asks.push(ask);
        }
        let compare = Compare { metrica, model: &self.model, now };
        for ask in &asks {
            compare.read(ask);
            compare.by(ask, "age");
            compare.by(ask, "door");
            compare.pivot(ask, &["gender", "door"]);
            if more > 0 {
                compare.everything(ask);
                compare.series(ask, Scale::Month);
            }
        }
        for axis in &self.model.axes {
            let known: Vec<Pick> = metrica.choices(&axis.name).unwrap().iter().map(Pick::from).collect();
            assert_eq!(known, axis.known, "choices of {}", axis.name);
        }
    }
}
