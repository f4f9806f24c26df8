//! Planning: pure functions from kicks to cells and from questions to buckets.

mod admitted;
mod cover;
mod removal;
mod roll_up;
mod selector;

pub use admitted::{Admitted, KickOutcome};
pub use cover::{Cover, cover};
pub use removal::{Changes, Removal, add_changes};
pub use roll_up::{Cell, PlannedBucket, Point, RollUp, points_of};
pub use selector::{AxisSelector, Selector};
