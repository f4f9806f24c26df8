//! The naive model: a list of events that each query filters.

mod calendar;
mod caps;
mod choice;
mod event_list;
mod query;
mod results;
mod retention;

pub use calendar::ModelCalendar;
pub use choice::ModelChoice;
pub use event_list::{Model, ModelAxis, ModelAxisKind, ModelEvent};
pub use query::{ModelQuery, ModelSpan};
pub use results::{ModelAmount, ModelLine, ModelPeriod, PivotRow};
