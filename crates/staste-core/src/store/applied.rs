//! `Applied`: the outcome of a batch that the Store accepted.

use crate::store::store_clock::ClockCheck;

/// The outcome of a batch: whether it was counted, and what happened to its kicks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The batch had been applied before, or one of its claims had been made; nothing was changed.
    pub duplicate: bool,
    /// The batch is a duplicate because of a claim, which another writer may have made.
    pub claimed: bool,
    /// Number of kicks left out because one of their cells would have overflowed.
    pub overflowed: u64,
    /// Number of kicks that count as *other* on some axis because a cap or the point limit was reached.
    pub folded: u64,
    /// Sequence number of the previous batch of this writer that the Store has, 0 for none. Set by Stores that can lose
    /// acknowledged batches, as in a failover: the writer detects the loss by it.
    pub mark: Option<u64>,
    /// Result of the Store's check of the writer's clock; none for a duplicate.
    pub clock: Option<ClockCheck>,
}

impl Applied {
    const FINE: Applied =
        Applied { duplicate: false, claimed: false, overflowed: 0, folded: 0, mark: None, clock: None };

    /// Returns true when the Store adopted the watermarks of the batch.
    pub fn raised_watermarks(&self) -> bool {
        self.clock.is_some_and(|clock| clock.is_trusted)
    }

    /// The outcome of a batch that had been applied before.
    pub const DUPLICATE: Applied = Applied { duplicate: true, claimed: false, ..Applied::FINE };

    /// The outcome of a batch one of whose claims had been made before.
    pub const CLAIMED: Applied = Applied { duplicate: true, claimed: true, ..Applied::FINE };
}
