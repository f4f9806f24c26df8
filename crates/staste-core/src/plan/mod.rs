//! Planning: pure functions from kicks to cells and from questions to buckets.

mod admission;
mod admitted_choices;
mod cover;
mod erasure;
mod read_plan;
mod removal;
mod roll_up;
mod selector;

pub(crate) use admission::KickOutcome;
pub use admission::{Admission, CellLookup, Headroom};
pub(crate) use admitted_choices::AdmittedChoices;
pub use cover::{Cover, cover};
pub use erasure::{BucketKey, Erasure};
pub use read_plan::ReadPlan;
pub use removal::Changes;
pub use roll_up::{Cell, PlannedBucket, Point, RollUp, points_of};
pub use selector::{AxisSelector, Selector};
