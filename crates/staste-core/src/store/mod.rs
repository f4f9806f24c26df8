//! The Store interface: a trait with a few operations, and the plain data that they take and return.

mod applied;
mod batch;
mod capabilities;
mod choice_table;
mod choice_tree;
mod forget;
mod question;
mod scheme;
mod store_clock;
mod store_trait;
mod time_limit;

pub use applied::Applied;
pub use batch::{Batch, Claim, Kick, Part, Picks, Writer};
pub use capabilities::Capabilities;
pub use choice_table::{ALL, ChoiceEntry, ChoiceTable, FIRST_VALUE, Levels, OTHER, UNSET};
pub use forget::{Forget, Forgotten, KickSelection};
pub use question::{Answer, Group, Question, Select, Span, Tally};
pub use scheme::Scheme;
pub use store_clock::{ClockCheck, MAX_CLOCK_STEP, StoreClock};
pub use store_trait::{Size, Store};
pub use time_limit::TimeLimit;
