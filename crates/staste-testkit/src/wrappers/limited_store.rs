//! A Store that reports fewer capabilities than the one behind it, to test how the core treats such Stores.

use staste_core::store::Capabilities;

use super::interceptor::{InterceptedStore, Interceptor};

/// A Store with reduced capabilities.
pub type LimitedStore = InterceptedStore<CapabilityLimits>;

/// How a [`LimitedStore`] reduces the capabilities of the Store behind it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CapabilityLimits {
    /// Axes cannot be added to a defined Metrica.
    pub no_new_axes: bool,
    /// Each batch is for one Metrica only.
    pub one_metrica_per_batch: bool,
    /// Maximum number of cells in a batch.
    pub cells_per_batch: Option<usize>,
}

impl Interceptor for CapabilityLimits {
    fn capabilities(&self, mut inner: Capabilities) -> Capabilities {
        inner.new_axes &= !self.no_new_axes;
        inner.one_metrica_per_batch |= self.one_metrica_per_batch;
        inner.cells_per_batch = self.cells_per_batch.unwrap_or(inner.cells_per_batch);
        inner
    }
}
