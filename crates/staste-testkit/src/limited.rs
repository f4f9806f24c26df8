//! A Store with fewer capabilities than the one behind it, to see that what it lacks is refused.

use staste_core::store::Capabilities;

use crate::layer::{Layer, Layered};

/// A Store that says it can do less.
pub type LimitedStore = Layered<Limits>;

/// What a [`LimitedStore`] makes of the capabilities behind it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Defined metricas get no further axes.
    pub no_new_axes: bool,
    /// A batch is of one Metrica.
    pub one_metrica_per_batch: bool,
    /// At most so many cells a batch.
    pub cells_per_batch: Option<usize>,
}

impl Layer for Limits {
    fn capabilities(&self, mut own: Capabilities) -> Capabilities {
        own.new_axes &= !self.no_new_axes;
        own.one_metrica_per_batch |= self.one_metrica_per_batch;
        own.cells_per_batch = self.cells_per_batch.unwrap_or(own.cells_per_batch);
        own
    }
}
