//! `StoredCells`: how planning reads stored cells.

use crate::amount::Amount;
use crate::time::Scale;

/// Access to stored cells, implemented by each Store.
pub trait StoredCells {
    /// The error type of the Store.
    type Error;

    /// Returns the amount in a cell; none when there is no such cell.
    ///
    /// # Errors
    /// When the Store cannot be read.
    fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Result<Option<Amount>, Self::Error>;
}
