//! `Capabilities`: the features of a Store.

/// The optional features of a Store and its preferred transaction size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// True when axes can be added to a defined Metrica; its older kicks are unset on them.
    pub new_axes: bool,
    /// Maximum number of cells that one transaction or script call should add to.
    pub cells_per_batch: usize,
    /// True when a batch may hold kicks of one Metrica only.
    pub one_metrica_per_batch: bool,
    /// True when the data outlives the process.
    pub durable: bool,
}

impl Capabilities {
    /// Returns every feature, with transactions of `cells_per_batch` cells.
    pub const fn everything(cells_per_batch: usize) -> Capabilities {
        Capabilities { new_axes: true, cells_per_batch, one_metrica_per_batch: false, durable: true }
    }

    /// Returns the same features without durability.
    #[must_use]
    pub const fn in_memory(mut self) -> Capabilities {
        self.durable = false;
        self
    }
}
