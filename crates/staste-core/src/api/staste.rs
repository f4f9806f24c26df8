//! The handle: one Store with this process' Recorder before it.

use std::sync::Arc;
use std::time::Duration;

use crate::api::metrica::Metrica;
use crate::api::metrica_builder::MetricaBuilder;
use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::recorder::{Health, HealthReport, Recorder, RecorderOptions, Trouble};
use crate::schema::{Choice, Definition, MetricaSpec};
use crate::store::{Forget, Forgotten, Size, Store};
use crate::time::Clock;

/// Counts into one Store. Cheap to clone; the last clone to go flushes what is pending.
///
/// Nothing is opened when it is made: the Store is first touched by a flush or a question.
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
    /// A handle on a Store, with the clock of the process ([`Clock::from_env`]) and the default options.
    pub fn new(store: impl Store + 'static) -> Staste {
        Staste::with(Arc::new(store), Clock::default(), RecorderOptions::default())
    }

    /// A handle on a shared Store with a clock and options of its own.
    pub fn with(store: Arc<dyn Store>, clock: Clock, options: RecorderOptions) -> Staste {
        Staste(Arc::new(Core { store, clock, options, recorder: PerProcess::new() }))
    }

    /// Begins the definition of a Metrica.
    pub fn metrica(&self, name: &str) -> MetricaBuilder {
        MetricaBuilder::new(self.clone(), name)
    }

    /// A Metrica as the Store remembers it.
    ///
    /// # Errors
    /// When the Store has none of this name; the message lists those it has.
    pub fn known(&self, name: &str) -> Result<Metrica> {
        Ok(self.remembered(&*self.definition(name)?))
    }

    /// The Metrica of a definition that the Store gave, without another look at the Store.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// staste.metrica("guests").build()?.define()?;
    /// let guests = staste.remembered(&*staste.definitions()?[0]);
    /// assert_eq!(guests.total()?, 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn remembered(&self, definition: &Definition) -> Metrica {
        Metrica::new(self.clone(), MetricaSpec::as_stored(definition))
    }

    pub(crate) fn definition(&self, name: &str) -> Result<Arc<Definition>> {
        self.store().definitions(Some(name))?.pop().map_or_else(|| Err(self.unknown(name)?), Ok)
    }

    /// The refusal of a name that the Store does not have.
    fn unknown(&self, name: &str) -> Result<Error> {
        let all = self.store().definitions(None)?;
        let names: Vec<&str> = all.iter().map(|definition| definition.name.as_str()).collect();
        let known = if names.is_empty() {
            "it has none yet".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        let shown: String = name.chars().take(100).collect();
        Ok(Error::input(format!("{} has no metrica {shown:?}; {known}", self.store().address())))
    }

    /// All definitions the Store remembers, by name.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn definitions(&self) -> Result<Vec<Arc<Definition>>> {
        self.store().definitions(None)
    }

    /// Commits everything kicked before the call; a barrier for durability.
    ///
    /// # Errors
    /// When the Store cannot be reached; the kicks stay pending. When the Store remembers another
    /// definition of a Metrica that was kicked, or kicks were dropped because memory was full
    /// ([`Error::is_dropped`]): those kicks are lost, as the error says once, and all others are committed.
    pub fn flush(&self) -> Result<()> {
        self.recorder().flush()
    }

    /// Commits what this process kicked, as every question does first, for what reads the Store by itself.
    /// Waits no longer than the [`TimeLimit`](crate::store::TimeLimit) of this thread. Drops and refusals are left for
    /// [`Staste::flush`] to report.
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

    /// Flushes for who would rather have somewhat older numbers than wait: for no longer than `timeout`, and not at
    /// all for a Store that did not take the last flush. True when everything that was kicked before is visible.
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

    /// Flushes and stops the flushing thread. Dropping the last handle does the same; one in a `static`
    /// is never dropped. Clones may go on kicking, but only reads and `flush` commit what they kick.
    ///
    /// # Errors
    /// As [`Staste::flush`]; what is pending then is lost with the process.
    pub fn close(&self) -> Result<()> {
        self.0.recorder.made().map_or(Ok(()), |recorder| recorder.close())
    }

    /// What waits, and what was lost and why.
    pub fn health(&self) -> Health {
        self.recorder().health()
    }

    /// The reports of all processes that write to this Store and lost something, the newest first; this process' as of
    /// now where it has news. Reports without news for 30 days are deleted. Those that cannot be read are left out:
    /// [`Staste::troubles`] counts them.
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

    /// Returns what people who read the numbers should know of how they were counted in the last seven days, by every
    /// process that writes to this Store, the worst first; empty when all is well.
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
    /// When the Store cannot be reached. A report that cannot be read is a trouble, not an error.
    pub fn troubles(&self) -> Result<Vec<Trouble>> {
        self.recorder().troubles()
    }

    /// That this process cannot reach the Store now, which needs no Store to be known.
    pub fn failing(&self, now: i64) -> Option<Trouble> {
        self.recorder().failing(now)
    }

    /// Removes a Metrica with everything that was counted in it, or what is left of one that somebody damaged; of that
    /// the total and the count may not be known, and are 0 then.
    ///
    /// # Errors
    /// When the Store has none of this name, or cannot be reached.
    pub fn forget(&self, metrica: &str) -> Result<Forgotten> {
        // What cannot be read takes no kicks either: those that are pending stay so.
        if self.store().faults(Some(metrica))?.is_empty() {
            self.recorder().flush_pending()?;
            self.definition(metrica)?;
        }
        self.store().forget(&Forget::Metrica(metrica.to_owned()))
    }

    /// How much a Metrica takes in the Store.
    ///
    /// # Errors
    /// When the Store has none of this name, or cannot be reached.
    pub fn size(&self, metrica: &str) -> Result<Size> {
        self.definition(metrica)?;
        self.store().size(metrica)
    }

    /// The choices known on an axis of a definition.
    pub(crate) fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.store().choices(definition, axis)
    }

    /// The Store.
    pub fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// This process' Recorder.
    #[inline]
    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        let core = &*self.0;
        core.recorder.get(|| Recorder::new(Arc::clone(&core.store), core.clock.clone(), core.options))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder.made() {
            // Nobody is left to tell; `close` is for those who want to know.
            let _ = recorder.close();
        }
    }
}
