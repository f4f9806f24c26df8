//! `Staste`: the handle on one Store, with the Recorder of this process.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::recorder::{Health, HealthReport, Recorder, RecorderOptions, Trouble};
use crate::schema::{AxisUsage, Definition};
use crate::store::{Forget, Forgotten, Size, Store};
use crate::time::Clock;

/// A handle on one Store. Cheap to clone; dropping the last clone flushes pending kicks.
///
/// Creating it opens nothing: the first flush or query connects to the Store.
///
/// ```
/// use staste::{Axis, MemoryStore, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
/// guests.kick([("gender", "girl")])?;
/// assert_eq!(guests.filter([("gender", "girl")])?.total()?, 1);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone)]
pub struct Staste(Arc<Core>);

impl std::fmt::Debug for Staste {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staste").field("store", &self.store().address()).finish_non_exhaustive()
    }
}

struct Core {
    store: Arc<dyn Store>,
    clock: Clock,
    options: RecorderOptions,
    recorder: PerProcess<Arc<Recorder>>,
}

impl Staste {
    /// Creates a handle on a Store, with the clock of the process ([`Clock::from_env`]) and the default options.
    pub fn new(store: impl Store + 'static) -> Staste {
        Staste::with(Arc::new(store), Clock::default(), RecorderOptions::default())
    }

    /// Creates a handle on a shared Store, with a clock and options.
    pub fn with(store: Arc<dyn Store>, clock: Clock, options: RecorderOptions) -> Staste {
        Staste(Arc::new(Core { store, clock, options, recorder: PerProcess::new() }))
    }

    pub(crate) fn definition(&self, name: &str) -> Result<Arc<Definition>> {
        self.store().definitions(Some(name))?.pop().map_or_else(|| Err(self.unknown(name)?), Ok)
    }

    /// Returns the error for a name that the Store does not have.
    fn unknown(&self, name: &str) -> Result<Error> {
        let all = self.store().definitions(None)?;
        let names: Vec<&str> = all.iter().map(|definition| definition.name.as_str()).collect();
        let known = if names.is_empty() {
            "it has none yet".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        let truncated: String = name.chars().take(100).collect();
        Ok(Error::invalid_input(format!("{} has no metrica {truncated:?}; {known}", self.store().address())))
    }

    /// Returns all stored definitions, in order of their names.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn definitions(&self) -> Result<Vec<Arc<Definition>>> {
        self.store().definitions(None)
    }

    /// Commits all kicks recorded before the call, and waits for the Store.
    ///
    /// # Errors
    /// When the Store cannot be reached; the kicks stay pending. When the stored definition of a kicked Metrica
    /// conflicts, or kicks were dropped because memory was full ([`Error::is_dropped`]): those kicks are lost, which is
    /// reported once, and all others are committed.
    pub fn flush(&self) -> Result<()> {
        self.recorder().flush()
    }

    /// Commits the pending kicks of this process, as every query does first, for code that reads the Store directly.
    /// Waits no longer than the [`TimeLimit`](crate::store::TimeLimit) of this thread. [`Staste::flush`] reports
    /// dropped and refused kicks.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick([("age", 18)])?;
    /// staste.flush_pending()?;
    /// assert_eq!(staste.definitions()?.len(), 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be reached, or does not take the kicks in time; they stay pending.
    pub fn flush_pending(&self) -> Result<()> {
        self.recorder().flush_pending_within_limit()
    }

    /// Flushes, but waits no longer than `timeout`, and not at all when the last flush failed, for callers that prefer
    /// older results to waiting. Returns true when all kicks recorded before are visible.
    ///
    /// ```
    /// use std::time::Duration;
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick([("age", 18)])?;
    /// assert!(staste.flush_within(Duration::from_secs(60)));
    /// // A view that does not flush by itself.
    /// assert_eq!(guests.values().max_age(Duration::MAX).total()?, 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn flush_within(&self, timeout: Duration) -> bool {
        self.recorder().flush_pending_within(timeout)
    }

    /// Flushes and stops the flush thread. Dropping the last handle does the same, but a handle in a `static` is never
    /// dropped. Clones can still kick; then only queries and `flush` commit.
    ///
    /// # Errors
    /// As [`Staste::flush`]; kicks that stay pending are lost when the process exits.
    pub fn close(&self) -> Result<()> {
        self.0.recorder.get_existing().map_or(Ok(()), |recorder| recorder.close())
    }

    /// Returns the state of the Recorder: pending kicks, lost kicks and errors.
    pub fn health(&self) -> Health {
        self.recorder().health()
    }

    /// Returns the reports of all processes with losses that write to this Store, the newest first, with the current
    /// report of this process. Reports without changes for 30 days are deleted. Reports that cannot be read are
    /// omitted; [`Staste::troubles`] counts them.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste, choices};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").build()?;
    /// guests.kick(choices! {})?;
    /// staste.flush()?;
    /// assert!(staste.health_reports()?.is_empty(), "nothing was lost");
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn health_reports(&self) -> Result<Vec<HealthReport>> {
        self.recorder().health_reports()
    }

    /// Returns the problems of the last seven days that make counts inaccurate or incomplete, over all processes that
    /// write to this Store, the worst first; empty when there is none.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let pages = staste.metrica("pages").axis("page", Axis::stored().cap(1)).build()?;
    /// for page in ["/", "/a", "/b"] {
    ///     pages.kick([("page", page)])?;
    /// }
    /// staste.flush()?;
    /// let troubles: Vec<String> = staste.troubles()?.iter().map(ToString::to_string).collect();
    /// assert_eq!(troubles, ["2 kicks count as other: a cap on choices or points was reached"]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be reached. An unreadable report is a trouble, not an error.
    pub fn troubles(&self) -> Result<Vec<Trouble>> {
        self.recorder().troubles()
    }

    /// Returns the trouble of a failed last flush of this process, without reading the Store. `now` is its time, in
    /// unix seconds.
    pub fn failing(&self, now: i64) -> Option<Trouble> {
        self.recorder().failing(now)
    }

    /// Returns the axes of all metricas of which nine tenths of the allowed choices are taken, without pending kicks.
    /// Damaged metricas, which `verify` reports, are left out.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn nearly_full_axes(&self) -> Result<Vec<AxisUsage>> {
        let mut full = Vec::new();
        for definition in self.definitions()? {
            match self.metrica_from_definition(&definition).nearly_full_axes() {
                Err(error) if error.is_corrupt() => {}
                found => full.extend(found?),
            }
        }
        Ok(full)
    }

    /// Deletes a Metrica with all its counts, or the rest of a damaged one, for which the reported amount may be 0.
    ///
    /// # Errors
    /// When the Store has no Metrica of this name, or cannot be reached.
    pub fn forget(&self, metrica: &str) -> Result<Forgotten> {
        // A Metrica with faults takes no kicks, so that a flush would fail; its pending kicks stay.
        if self.store().faults(Some(metrica))?.is_empty() {
            self.recorder().flush_pending()?;
            self.definition(metrica)?;
        }
        self.store().forget(&Forget::Metrica(metrica.to_owned()))
    }

    /// Returns the size of a Metrica in the Store.
    ///
    /// # Errors
    /// When the Store has no Metrica of this name, or cannot be reached.
    pub fn size(&self, metrica: &str) -> Result<Size> {
        self.definition(metrica)?;
        self.store().size(metrica)
    }

    /// Returns the Store.
    pub fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the Recorder of this process.
    #[inline]
    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        let core = &*self.0;
        core.recorder.get(|| Recorder::new(Arc::clone(&core.store), core.clock.clone(), core.options))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder.get_existing() {
            // There is no caller to return an error to; call `close` to get it.
            let _ = recorder.close();
        }
    }
}
