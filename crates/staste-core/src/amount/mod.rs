//! Amounts: the value of a kick, the amounts of cells, and the numbers that a query returns.

mod bin;
mod cell_amount;
mod distribution;
mod grouped;
mod limit;
mod measure;
mod percentile;
mod query_amount;
mod reading;
mod value;

pub use bin::Bin;
pub use cell_amount::Amount;
pub use distribution::{Distribution, HistogramBin, Share};
pub(crate) use grouped::grouped;
pub use limit::Limit;
pub use measure::{Measure, Measurement};
pub use percentile::Percentile;
pub(crate) use query_amount::QueryAmount;
pub use reading::{Reading, Total};
pub use value::{MAX_VALUE, Value};
