//! The model of a Metrica: a list of its events, with its axes and its retention.

use staste_core::{Keep, Scale};

use super::calendar::ModelCalendar;
use super::choice::ModelChoice;
use super::retention::{self, ModelWatermarks};

/// A Metrica as a list of events.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its calendar.
    pub calendar: ModelCalendar,
    /// Its axes.
    pub axes: Vec<ModelAxis>,
    /// False for a plain Metrica, which has no counts.
    pub averaged: bool,
    keep: [Keep; 6],
    /// The highest watermarks that events were committed with.
    pub(super) watermarks: ModelWatermarks,
    pub(super) events: Vec<ModelEvent>,
}

/// An axis of the model.
#[derive(Clone, Debug)]
pub struct ModelAxis {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ModelAxisKind,
    /// Maximum number of choices; on a path axis, for each level.
    pub cap: usize,
    /// The known choices, in the order of their first kick.
    pub known: Vec<ModelChoice>,
}

/// The kind of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelAxisKind {
    /// Fixed choices.
    Declared,
    /// Any value.
    Stored,
    /// Paths.
    Path,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelEvent {
    /// Unix seconds.
    pub at: i64,
    /// One choice for each axis.
    pub choices: Vec<ModelChoice>,
    /// Value times multiplier.
    pub total: i128,
}

impl ModelAxis {
    /// Creates a stored or a path axis without a cap.
    pub fn new(name: &str, kind: ModelAxisKind) -> ModelAxis {
        ModelAxis { name: name.to_owned(), kind, cap: usize::MAX, known: Vec::new() }
    }

    /// Creates an axis of fixed choices.
    pub fn declared(name: &str, choices: &[&str]) -> ModelAxis {
        let known = choices.iter().map(|text| ModelChoice::value(*text)).collect();
        ModelAxis { known, ..ModelAxis::new(name, ModelAxisKind::Declared) }
    }

    /// Sets the cap.
    #[must_use]
    pub fn cap(mut self, cap: usize) -> ModelAxis {
        self.cap = cap;
        self
    }
}

impl Model {
    /// Creates a model without events, with the default retention.
    pub fn new(calendar: ModelCalendar, averaged: bool, axes: Vec<ModelAxis>) -> Model {
        let mut keep = [Keep::Forever; 6];
        keep[0] = Keep::days(8);
        keep[1] = Keep::days(400);
        Model { calendar, axes, averaged, keep, watermarks: [i64::MIN; 6], events: Vec::new() }
    }

    /// Sets how long a scale is kept.
    pub fn keep(&mut self, scale: Scale, keep: Keep) {
        self.keep[scale.kept_index().unwrap()] = keep;
    }

    /// Creates an event at a point. Omitted axes are unset.
    pub fn event(&self, point: &[(&str, ModelChoice)], total: i128, at: i64) -> ModelEvent {
        let of_axis = |axis: &ModelAxis| point.iter().find(|(name, _)| *name == axis.name);
        let choices = self
            .axes
            .iter()
            .map(|axis| of_axis(axis).map_or(ModelChoice::Unset, |(_, choice)| choice.clone()));
        ModelEvent { at, choices: choices.collect(), total }
    }

    /// Adds events, as a flush at `now` does.
    pub fn commit(&mut self, events: impl IntoIterator<Item = ModelEvent>, now: i64) {
        let mut any = false;
        for mut event in events {
            any = true;
            event.choices.resize(self.axes.len(), ModelChoice::Unset);
            for (choice, axis) in event.choices.iter_mut().zip(&mut self.axes) {
                *choice = axis.admit(choice);
            }
            self.events.push(event);
        }
        if any {
            self.watermarks = self.watermarks_at(now);
        }
    }

    /// Adds one event; see [`Model::event`].
    pub fn kick(&mut self, point: &[(&str, ModelChoice)], total: i128, at: i64, now: i64) {
        let event = self.event(point, total, at);
        self.commit([event], now);
    }

    /// Adds an axis, on which earlier events are unset.
    pub fn add_axis(&mut self, axis: ModelAxis) {
        self.axes.push(axis);
        for event in &mut self.events {
            event.choices.push(ModelChoice::Unset);
        }
    }

    /// Deletes the events with a choice on an axis, and the choice itself.
    pub fn forget(&mut self, axis: &str, choice: &ModelChoice) {
        let index = self.axis(axis);
        self.events.retain(|event| !event.choices[index].matches(choice));
        self.delete_choice(index, choice);
        // A choice of which nothing is left makes room for others.
        let Model { axes, events, .. } = self;
        for (index, axis) in axes.iter_mut().enumerate() {
            if axis.kind != ModelAxisKind::Declared {
                axis.known.retain(|known| events.iter().any(|event| event.choices[index].matches(known)));
            }
        }
    }

    /// Moves the events with a choice on an axis to the *other* of the same level, and deletes the choice.
    pub fn forget_into_other(&mut self, axis: &str, choice: &ModelChoice) {
        let index = self.axis(axis);
        let other = match choice {
            ModelChoice::Path(components, _) if components.len() > 1 => {
                ModelChoice::Path(components[..components.len() - 1].to_vec(), true)
            }
            _ => ModelChoice::Other,
        };
        for event in &mut self.events {
            if event.choices[index].matches(choice) {
                event.choices[index] = other.clone();
            }
        }
        self.delete_choice(index, choice);
    }

    fn delete_choice(&mut self, index: usize, choice: &ModelChoice) {
        if self.axes[index].kind != ModelAxisKind::Declared {
            self.axes[index].known.retain(|known| !known.matches(choice));
        }
    }

    pub(super) fn axis(&self, name: &str) -> usize {
        self.axes.iter().position(|axis| axis.name == name).unwrap()
    }

    /// Returns the watermarks of a query at `now`.
    pub(super) fn watermarks_at(&self, now: i64) -> ModelWatermarks {
        retention::raised(&self.watermarks, &retention::watermarks(&self.calendar, &self.keep, now))
    }
}
