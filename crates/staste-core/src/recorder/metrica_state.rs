//! A Metrica's place in a Recorder: what was asked, and what the Store made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicUsize, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::error::{Error, Result};
use crate::schema::{AxesNotAddable, Definition, MetricaSpec, Watermarks};
use crate::store::Store;
use crate::time::Clock;

/// How often a definition is tried again when other processes change it at the same moment.
const MAX_ATTEMPTS: usize = 32;
/// For how many seconds kicks are refused before the Store is asked once more.
const RETRY_AFTER: i64 = 30;

#[derive(Debug)]
pub(crate) struct MetricaState {
    pub(crate) index: u32,
    pub(crate) asked: Arc<MetricaSpec>,
    resolved: ArcSwapOption<Definition>,
    refused: ArcSwapOption<Error>,
    /// What kicks look at: whether the definition was refused, and the multiplier, 0 while unknown.
    is_refused: AtomicBool,
    adopted: AtomicU32,
    /// When the first kick was refused, by the Recorder's clock; `i64::MAX` while none was.
    refused_since: AtomicI64,
    /// Whether what was asked for beside axes and choices was imposed on the Store: that is done once,
    /// so that two programs that differ do not change it back and forth.
    is_imposed: AtomicBool,
    watermarks: ArcSwap<Watermarks>,
    /// Bytes that its kicks take in the shards.
    pub(crate) gathered_bytes: AtomicUsize,
}

impl MetricaState {
    pub(crate) fn new(index: u32, asked: Arc<MetricaSpec>) -> MetricaState {
        MetricaState {
            index,
            adopted: AtomicU32::new(asked.multiplier.unwrap_or(0)),
            asked,
            resolved: ArcSwapOption::empty(),
            refused: ArcSwapOption::empty(),
            is_refused: AtomicBool::new(false),
            refused_since: AtomicI64::new(i64::MAX),
            is_imposed: AtomicBool::new(false),
            watermarks: ArcSwap::default(),
            gathered_bytes: AtomicUsize::new(0),
        }
    }

    /// The definition, when the Store has been asked for it.
    pub(crate) fn resolved(&self) -> Option<Arc<Definition>> {
        self.resolved.load_full()
    }

    /// Fails when the Store's definition and this one are known not to go together; from time to time a
    /// kick is let through, so that the next flush asks whether that is still so.
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

    /// The multiplier to make values with: the one asked for, or the one adopted, or 1 so far.
    #[inline]
    pub(crate) fn multiplier(&self) -> u32 {
        self.adopted.load(Ordering::Relaxed).max(1)
    }

    /// False while it is open which multiplier the Store has.
    pub(crate) fn knows_multiplier(&self) -> bool {
        self.adopted.load(Ordering::Relaxed) != 0
    }

    /// The watermarks that the Store was last seen to have; none where nothing was read or written yet.
    pub(crate) fn watermarks(&self) -> Watermarks {
        **self.watermarks.load()
    }

    /// Notes the watermarks of the Store as they were read. They may be lower than before: a repair lowers them.
    pub(crate) fn note_watermarks(&self, read: &Watermarks) {
        if **self.watermarks.load() != *read {
            self.watermarks.store(Arc::new(*read));
        }
    }

    /// Notes watermarks that the Store took over.
    pub(crate) fn raise_watermarks(&self, written: &Watermarks) {
        self.watermarks.rcu(|known| known.raised_to(written));
    }

    /// Forgets the definition, so that it is read again.
    pub(crate) fn expire(&self) {
        self.resolved.store(None);
        // They were those of a Metrica that may have been forgotten.
        self.watermarks.store(Arc::default());
    }

    /// The definition to ask with, and whether the Store has one: asking does not make it.
    pub(crate) fn look(&self, store: &dyn Store) -> Result<(Arc<Definition>, bool)> {
        let metrica = self.asked.name();
        let is_new = self.resolved().is_none() && store.definitions(Some(metrica))?.is_empty();
        if is_new && !store.has_unregistered_data(metrica)? {
            return Ok((Arc::new(self.asked.initial_definition()?), false));
        }
        Ok((self.resolve(store)?, true))
    }

    /// The definition as the Store has it now, told of everything that was asked for.
    pub(crate) fn impose(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        self.resolved.store(None);
        self.is_imposed.store(false, Ordering::Relaxed);
        self.resolve(store)
    }

    /// The definition, from the Store if need be; what was asked beyond it is remembered there.
    pub(crate) fn resolve(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        if let Some(definition) = self.resolved() {
            return Ok(definition);
        }
        let resolved = self.negotiate(store);
        match &resolved {
            Ok(definition) => {
                self.adopted.store(definition.multiplier, Ordering::Relaxed);
                self.resolved.store(Some(Arc::clone(definition)));
                self.is_refused.store(false, Ordering::Relaxed);
                self.is_imposed.store(true, Ordering::Relaxed);
            }
            Err(error) if error.is_conflict() || error.is_unsupported() || error.is_input() => {
                self.refused.store(Some(Arc::new(error.clone())));
                self.refused_since.store(i64::MAX, Ordering::Relaxed);
                self.is_refused.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        resolved
    }

    fn negotiate(&self, store: &dyn Store) -> Result<Arc<Definition>> {
        for _ in 0..MAX_ATTEMPTS {
            let stored = store.definitions(Some(self.asked.name()))?.pop();
            let (definition, changed) = if self.is_imposed.load(Ordering::Relaxed) {
                self.asked.adopt(stored.as_deref())?
            } else {
                self.asked.reconcile(stored.as_deref())?
            };
            if !changed {
                return Ok(Arc::new(definition));
            }
            if let Some(stored) = stored
                && stored.axes.len() < definition.axes.len()
                && !store.capabilities().new_axes
            {
                let axes = definition.axes.iter().skip(stored.axes.len()).cloned();
                let facts = AxesNotAddable {
                    metrica: stored.name.clone(),
                    axes: axes.collect(),
                    store: store.address(),
                    sibling: store.sibling_address(),
                };
                let message = format!(
                    "{} cannot add an axis to metrica {}, which has: {stored}; copy it to another place with the axis",
                    facts.store, facts.metrica
                );
                return Err(Error::unsupported(message).because(facts));
            }
            if store.define(&definition)? {
                return Ok(Arc::new(definition));
            }
        }
        Err(Error::unavailable(format!(
            "the definition of metrica {} kept changing in {}; try again",
            self.asked.name(),
            store.address()
        )))
    }
}
