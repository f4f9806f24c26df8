//! The names of the keys that both layouts have.

use staste_core::store::Writer;

/// Returns the set of the names of metricas. A name stays in it when its Metrica is forgotten: removing it could hide a
/// Metrica that is defined again at that moment.
pub(crate) fn names(prefix: &str) -> String {
    format!("{prefix}:names")
}

/// Returns the hash of the records that belong to no Metrica.
pub(crate) fn records(prefix: &str) -> String {
    format!("{prefix}:records")
}

/// The keys of one Metrica. Its name is their hash tag, so that they share a hash slot.
#[derive(Clone, Debug)]
pub(crate) struct MetricaKeys {
    /// The start of all of them, such as `staste:{guests}:`.
    pub(crate) base: String,
}

impl MetricaKeys {
    pub(crate) fn new(prefix: &str, metrica: &str) -> MetricaKeys {
        MetricaKeys { base: format!("{prefix}:{{{metrica}}}:") }
    }

    /// Returns the hash of generation, version, next ids, number of writes and watermarks.
    pub(crate) fn meta(&self) -> String {
        format!("{}meta", self.base)
    }

    pub(crate) fn definition(&self) -> String {
        format!("{}definition", self.base)
    }

    /// Returns the hash of the choices of an axis by their id.
    pub(crate) fn choices(&self, axis: usize) -> String {
        format!("{}choices:{axis}", self.base)
    }

    /// Returns the hash of claims.
    pub(crate) fn claims(&self) -> String {
        format!("{}claims", self.base)
    }

    /// Returns the sorted set of claims that expire, by the time of expiry.
    pub(crate) fn expiring_claims(&self) -> String {
        format!("{}expiring", self.base)
    }

    /// Returns the key of the highest applied sequence of a writer. It is a key of its own, so that the server lets it
    /// expire.
    pub(crate) fn mark(&self, writer: Writer) -> String {
        format!("{}mark:{:032x}", self.base, writer.0)
    }
}
