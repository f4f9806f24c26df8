//! Property tests: arbitrary sequences of what can happen, compared with the model.

mod process;
mod step;
mod world;

pub(crate) use world::run;
