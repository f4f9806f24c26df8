//! `MetricaState`: a Metrica in a Recorder, as the program specified it and as the Store defines it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicUsize, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::amount::Bin;
use crate::error::{Error, Result};
use crate::schema::{AxesNotAddable, AxisDefinition, Definition, MetricaKind, MetricaSpec, Watermarks};
use crate::store::Store;
use crate::time::Clock;

/// Maximum number of attempts to write a definition while other processes change it.
const MAX_ATTEMPTS: usize = 32;
/// Number of seconds for which kicks are refused before the definition is read again.
const RETRY_AFTER: i64 = 30;

#[derive(Debug)]
pub(crate) struct MetricaState {
    pub(crate) index: u32,
    pub(crate) spec: Arc<MetricaSpec>,
    /// The Recorder's clock.
    clock: Clock,
    resolved: ArcSwapOption<Definition>,
    refused: ArcSwapOption<Error>,
    /// True when the definition was refused; read by every kick.
    is_refused: AtomicBool,
    /// The multiplier, 0 while it is unknown; read by every kick.
    known_multiplier: AtomicU32,
    /// True unless the Metrica is known to have no bins; read by every kick with a value.
    records_bins: AtomicBool,
    /// When the first kick was refused, by the Recorder's clock; `i64::MAX` when none was.
    refused_since: AtomicI64,
    /// True once the requested caps, retention and similar settings were written to the Store. They are written once,
    /// so that two programs with different settings do not overwrite each other repeatedly.
    has_written_settings: AtomicBool,
    watermarks: ArcSwap<Watermarks>,
    /// Bytes of its kicks in the shards.
    pub(crate) shard_bytes: AtomicUsize,
}

impl MetricaState {
    pub(crate) fn new(index: u32, spec: Arc<MetricaSpec>, clock: Clock) -> MetricaState {
        MetricaState {
            index,
            known_multiplier: AtomicU32::new(spec.multiplier.unwrap_or(0)),
            // The stored Metrica may be a distribution although the program does not ask for one.
            records_bins: AtomicBool::new(spec.kind != Some(MetricaKind::Plain)),
            spec,
            clock,
            resolved: ArcSwapOption::empty(),
            refused: ArcSwapOption::empty(),
            is_refused: AtomicBool::new(false),
            refused_since: AtomicI64::new(i64::MAX),
            has_written_settings: AtomicBool::new(false),
            watermarks: ArcSwap::default(),
            shard_bytes: AtomicUsize::new(0),
        }
    }

    /// Returns the definition, if it was read before.
    pub(crate) fn resolved(&self) -> Option<Arc<Definition>> {
        self.resolved.load_full()
    }

    /// Fails when the stored definition is known to conflict with this one. From time to time a kick passes, so that
    /// the next flush reads the definition again.
    #[inline]
    pub(crate) fn check(&self, clock: &Clock) -> Result<()> {
        if self.is_refused.load(Ordering::Relaxed) { self.refusal(clock.now()) } else { Ok(()) }
    }

    #[cold]
    fn refusal(&self, now: i64) -> Result<()> {
        let since = self.refused_since.fetch_min(now, Ordering::Relaxed);
        if now.saturating_sub(since) >= RETRY_AFTER {
            self.is_refused.store(false, Ordering::Relaxed);
            return Ok(());
        }
        self.refused.load().as_ref().map_or(Ok(()), |error| Err(Error::clone(error)))
    }

    /// Returns the multiplier for values: the specified one, the stored one, or 1 while it is unknown.
    #[inline]
    pub(crate) fn multiplier(&self) -> u32 {
        self.known_multiplier.load(Ordering::Relaxed).max(1)
    }

    /// Returns false while the multiplier in the Store is unknown.
    pub(crate) fn knows_multiplier(&self) -> bool {
        self.known_multiplier.load(Ordering::Relaxed) != 0
    }

    /// Returns true if kicks are recorded by bin: for a distribution, and while the kind in the Store is unknown.
    #[inline]
    pub(crate) fn records_bins(&self) -> bool {
        self.records_bins.load(Ordering::Relaxed)
    }

    /// Returns the bin of kicks of value 1, if kicks are recorded by bin.
    pub(crate) fn bin_of_ones(&self) -> Option<Bin> {
        self.records_bins().then_some(Bin::ONE)
    }

    /// Returns the watermarks of the Store as last read or written; the default before that.
    pub(crate) fn watermarks(&self) -> Watermarks {
        **self.watermarks.load()
    }

    /// Notes the watermarks that were read from the Store. They may be lower than before, after a repair.
    pub(crate) fn note_watermarks(&self, read: &Watermarks) {
        if **self.watermarks.load() != *read {
            self.watermarks.store(Arc::new(*read));
        }
    }

    /// Notes watermarks that the Store adopted.
    pub(crate) fn raise_watermarks(&self, written: &Watermarks) {
        self.watermarks.rcu(|known| known.raised_to(written));
    }

    /// Discards the definition, so that it is read again.
    pub(crate) fn invalidate(&self) {
        self.resolved.store(None);
        // The Metrica with these watermarks may have been forgotten.
        self.watermarks.store(Arc::default());
    }

    /// Returns the definition for a query, and true when the Store has the Metrica. A query does not define it.
    pub(crate) fn definition_for_query(&self, store: &dyn Store) -> Result<(Arc<Definition>, bool)> {
        let metrica = self.spec.name();
        let is_new = self.resolved().is_none() && store.definitions(Some(metrica))?.is_empty();
        if is_new && !store.has_unregistered_data(metrica)? {
            return Ok((Arc::new(self.spec.initial_definition()?), false));
        }
        Ok((self.resolve(store)?, true))
    }

    /// Writes the specified definition and settings to the Store and returns the resulting definition.
    pub(crate) fn define(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        self.resolved.store(None);
        self.has_written_settings.store(false, Ordering::Relaxed);
        self.resolve(store)
    }

    /// Returns the definition, from the Store if necessary, where it is extended by new axes and choices.
    pub(crate) fn resolve(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        if let Some(definition) = self.resolved() {
            return Ok(definition);
        }
        let resolved = self.read_or_define(store);
        match &resolved {
            Ok(definition) => {
                self.known_multiplier.store(definition.multiplier, Ordering::Relaxed);
                self.records_bins.store(definition.is_distribution(), Ordering::Relaxed);
                self.resolved.store(Some(Arc::clone(definition)));
                self.is_refused.store(false, Ordering::Relaxed);
                self.has_written_settings.store(true, Ordering::Relaxed);
            }
            Err(error) if error.is_conflict() || error.is_unsupported() || error.is_invalid_input() => {
                self.refused.store(Some(Arc::new(error.clone())));
                self.refused_since.store(i64::MAX, Ordering::Relaxed);
                self.is_refused.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        resolved
    }

    fn read_or_define(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        match self.read_or_define_as(&self.spec, store) {
            Err(error) if error.is_unsupported() && self.spec.accepts_averaged => {
                let averaged =
                    MetricaSpec { kind: Some(MetricaKind::Averaged), ..MetricaSpec::clone(&self.spec) };
                self.read_or_define_as(&averaged, store)
            }
            outcome => outcome,
        }
    }

    fn read_or_define_as(&self, spec: &MetricaSpec, store: &dyn Store) -> Result<Arc<Definition>> {
        for _ in 0..MAX_ATTEMPTS {
            let stored = store.definitions(Some(spec.name()))?.pop();
            let (mut definition, changed) = if self.has_written_settings.load(Ordering::Relaxed) {
                spec.adopt(stored.as_deref())?
            } else {
                spec.reconcile(stored.as_deref())?
            };
            if !changed {
                return Ok(Arc::new(definition));
            }
            if let Some(stored) = &stored {
                check_new_axes(stored, &definition, store)?;
                if let Some(bins) = definition.bins.as_mut().filter(|_| stored.bins.is_none()) {
                    bins.since = Some(self.clock.now());
                }
            }
            if store.define(&definition)? {
                return Ok(Arc::new(definition));
            }
        }
        Err(Error::unavailable(format!(
            "other processes kept changing the definition of metrica {} in {}; try again",
            self.spec.name(),
            store.address()
        )))
    }
}

/// Checks that the Store can add the axes that a definition has in addition to the stored one.
fn check_new_axes(stored: &Definition, definition: &Definition, store: &dyn Store) -> Result<()> {
    if stored.stored_axes.len() >= definition.stored_axes.len() || store.capabilities().new_axes {
        return Ok(());
    }
    let added = definition.stored_axes.iter().skip(stored.stored_axes.len());
    let axes: Vec<AxisDefinition> = added.filter(|axis| !axis.is_bins()).cloned().collect();
    let facts = AxesNotAddable {
        metrica: stored.name.clone(),
        becomes_distribution: stored.kind != definition.kind,
        store: store.address(),
        sibling: store.sibling_address(),
        axes,
    };
    let (change, with) = match (facts.axes.is_empty(), facts.becomes_distribution) {
        (true, _) => ("make a distribution of", "as a distribution"),
        (false, true) => ("add an axis and bins to", "with the axis, as a distribution"),
        (false, false) => ("add an axis to", "with the axis"),
    };
    let message = format!(
        "{} cannot {change} metrica {}, which has: {stored}; copy it to another address {with}",
        facts.store, facts.metrica
    );
    Err(Error::unsupported(message).because(facts))
}
