//! Amounts: the value of a kick, the amounts of cells, and the numbers that a query returns.

mod cell_amount;
mod grouped;
mod measure;
mod reading;
mod value;

pub use cell_amount::Amount;
pub(crate) use grouped::grouped;
pub use measure::{Measure, Measurement};
pub use reading::{Reading, Total};
pub use value::{MAX_VALUE, Value};
