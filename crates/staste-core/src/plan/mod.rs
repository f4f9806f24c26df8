//! Planning: pure functions from kicks to cells and from questions to buckets.

mod admitted;
mod choice_table;
mod cover;
mod removal;
mod roll_up;
mod selector;
mod store_clock;

pub use admitted::{Admitted, Fate};
pub use choice_table::{ALL, ChoiceTable, Entry, FIRST_VALUE, Levels, OTHER, UNSET};
pub use cover::{Cover, cover};
pub use removal::{Changes, Removal, add_changes};
pub use roll_up::{Cell, PlannedBucket, Point, RollUp, points_of};
pub use selector::{AxisSelector, Selector};
pub use store_clock::{ClockCheck, MAX_CLOCK_STEP, StoreClock};
