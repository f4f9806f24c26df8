//! The naive model: a list of events that is filtered.

mod admission;
mod answers;
mod ask;
mod civil;
mod compose;
mod events;
mod pick;

pub use answers::{Line, Row, Stretch, Sum};
pub use ask::{Ask, Span};
pub use civil::Civil;
pub use events::{Event, Model, ModelAxis, Shape};
pub use pick::Pick;
