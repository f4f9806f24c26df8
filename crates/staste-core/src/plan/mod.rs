//! Planning: pure functions from kicks to cells, from questions to buckets, and from erasures to changes of cells.

mod admission;
mod admitted_choices;
mod counted_points;
mod cover;
mod erased_ids;
mod erasure;
mod finest_buckets;
mod kick_outcome;
mod own_amounts;
mod point_limit;
mod read_plan;
mod removal;
mod roll_up;
mod selector;
mod stored_cells;

pub use admission::{Admission, Headroom};
pub(crate) use admitted_choices::AdmittedChoices;
pub use counted_points::CountedPoints;
pub(crate) use counted_points::mask_of;
pub use cover::{Cover, cover};
pub use erasure::{BucketKey, Erasure, MatchingIds};
pub use finest_buckets::{FinestBuckets, Remainder};
pub(crate) use kick_outcome::KickOutcome;
pub use own_amounts::{PointAmounts, PointKey, subtract_children};
pub use read_plan::ReadPlan;
pub use removal::Changes;
pub use roll_up::{Cell, PlannedBucket, Point, RollUp};
pub use selector::{AxisSelector, Selector};
pub use stored_cells::StoredCells;
