//! The schema of a Metrica: its axes and their choices, its definition and its retention.

mod axes_not_addable;
mod axis;
mod axis_usage;
mod better;
mod choice;
mod choice_pattern;
mod definition;
mod metrica_spec;
pub(crate) mod name;
mod retention;
pub mod text_format;
mod unit;
mod unsafe_characters;

pub use axes_not_addable::AxesNotAddable;
pub use axis::{Axis, AxisDefinition, AxisKind, BIN_AXIS, DEFAULT_CAP};
pub use axis_usage::AxisUsage;
pub use better::Better;
pub(crate) use choice::too_long;
pub use choice::{Choice, ChoiceInput, MAX_CHOICE_BYTES, MAX_PATH_DEPTH, Path};
pub use choice_pattern::ChoicePattern;
pub use definition::{
    BinSettings, Combinations, DEFAULT_POINT_LIMIT, DEFAULT_POINT_LIMIT_WITH_BINS, Definition, Labels,
    MAX_AXES, MetricaKind,
};
pub(crate) use definition::{random_id, unknown_axis};
pub use metrica_spec::MetricaSpec;
pub use retention::{Keep, Retention, Watermarks};
pub use unit::Unit;
