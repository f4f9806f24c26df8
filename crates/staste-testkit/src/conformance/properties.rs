//! Arbitrary histories of definitions, kicks, time, reopenings, flushes, faults and questions.

use crate::{Factory, property};

/// What the Store answers at any moment of any history is what the model answers.
pub fn properties_any_history_agrees_with_the_model(factory: Factory<'_>) {
    property::run(factory, 128);
}
