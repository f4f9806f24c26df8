//! Amounts: the value of a kick, and the sums that a question reads.

mod cell_amount;
mod reading;
mod value;

pub use cell_amount::Amount;
pub use reading::{Reading, Total};
pub use value::{MAX_VALUE, Value};
