//! The model of one Metrica: its events, its axes and what it retains.

use staste_core::{Keep, Scale};

use super::compose::{self, Marks};
use super::{Civil, Pick};

/// A Metrica as a list of events.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its calendar.
    pub civil: Civil,
    /// Its axes.
    pub axes: Vec<ModelAxis>,
    /// Plain metricas have no counts.
    pub averaged: bool,
    keep: [Keep; 6],
    /// The highest watermarks an event was committed with.
    pub(super) marks: Marks,
    pub(super) events: Vec<Event>,
}

/// An axis of the model.
#[derive(Clone, Debug)]
pub struct ModelAxis {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub shape: Shape,
    /// How many choices it keeps; for a path, per level.
    pub cap: usize,
    /// The choices known, first seen first.
    pub known: Vec<Pick>,
}

/// The kind of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fixed choices.
    Declared,
    /// Any value.
    Stored,
    /// Paths.
    Path,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Unix seconds.
    pub at: i64,
    /// A choice per axis.
    pub picks: Vec<Pick>,
    /// Value times multiplier.
    pub total: i128,
}

impl ModelAxis {
    /// A stored or a path axis without a cap.
    pub fn new(name: &str, shape: Shape) -> ModelAxis {
        ModelAxis { name: name.to_owned(), shape, cap: usize::MAX, known: Vec::new() }
    }

    /// An axis of fixed choices.
    pub fn declared(name: &str, choices: &[&str]) -> ModelAxis {
        let known = choices.iter().map(|text| Pick::value(*text)).collect();
        ModelAxis { known, ..ModelAxis::new(name, Shape::Declared) }
    }

    /// The same with a cap.
    #[must_use]
    pub fn cap(mut self, cap: usize) -> ModelAxis {
        self.cap = cap;
        self
    }
}

impl Model {
    /// Nothing counted yet, with the default retention.
    pub fn new(civil: Civil, averaged: bool, axes: Vec<ModelAxis>) -> Model {
        let mut keep = [Keep::Forever; 6];
        keep[0] = Keep::days(8);
        keep[1] = Keep::days(400);
        Model { civil, axes, averaged, keep, marks: [i64::MIN; 6], events: Vec::new() }
    }

    /// Keeps a scale for another time.
    pub fn keep(&mut self, scale: Scale, keep: Keep) {
        self.keep[scale.kept_index().unwrap()] = keep;
    }

    /// An event at a point; axes that are not named are unset.
    pub fn event(&self, picks: &[(&str, Pick)], total: i128, at: i64) -> Event {
        let of_axis = |axis: &ModelAxis| picks.iter().find(|(name, _)| *name == axis.name);
        let picks = self.axes.iter().map(|axis| of_axis(axis).map_or(Pick::Unset, |(_, pick)| pick.clone()));
        Event { at, picks: picks.collect(), total }
    }

    /// Counts events, as a flush at `now` does.
    pub fn commit(&mut self, events: impl IntoIterator<Item = Event>, now: i64) {
        let mut any = false;
        for mut event in events {
            any = true;
            event.picks.resize(self.axes.len(), Pick::Unset);
            for (pick, axis) in event.picks.iter_mut().zip(&mut self.axes) {
                *pick = axis.admit(pick);
            }
            self.events.push(event);
        }
        if any {
            self.marks = self.marks_at(now);
        }
    }

    /// Counts one event at once; see [`Model::event`].
    pub fn kick(&mut self, picks: &[(&str, Pick)], total: i128, at: i64, now: i64) {
        let event = self.event(picks, total, at);
        self.commit([event], now);
    }

    /// Adds an axis; events so far are unset on it.
    pub fn add_axis(&mut self, axis: ModelAxis) {
        self.axes.push(axis);
        for event in &mut self.events {
            event.picks.push(Pick::Unset);
        }
    }

    /// Forgets the events with a choice on an axis, for all time, and its place.
    pub fn forget(&mut self, axis: &str, pick: &Pick) {
        let index = self.axis(axis);
        self.events.retain(|event| !event.picks[index].matches(pick));
        self.free(index, pick);
    }

    /// Moves the events with a choice on an axis to the *other* beside it, and frees its place.
    pub fn forget_into_other(&mut self, axis: &str, pick: &Pick) {
        let index = self.axis(axis);
        let other = match pick {
            Pick::Path(components, _) if components.len() > 1 => {
                Pick::Path(components[..components.len() - 1].to_vec(), true)
            }
            _ => Pick::Other,
        };
        for event in &mut self.events {
            if event.picks[index].matches(pick) {
                event.picks[index] = other.clone();
            }
        }
        self.free(index, pick);
    }

    fn free(&mut self, index: usize, pick: &Pick) {
        if self.axes[index].shape != Shape::Declared {
            self.axes[index].known.retain(|known| !known.matches(pick));
        }
    }

    pub(super) fn axis(&self, name: &str) -> usize {
        self.axes.iter().position(|axis| axis.name == name).unwrap()
    }

    /// What a question at `now` can read.
    pub(super) fn marks_at(&self, now: i64) -> Marks {
        compose::raised(&self.marks, &compose::marks(&self.civil, &self.keep, now))
    }
}
