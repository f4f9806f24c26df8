//! `Metrica`: a class of events, which is kicked and queried.

use std::sync::Arc;

use crate::amount::{Bin, Value};
use crate::api::staste::Staste;
use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::recorder::{Encoder, KickTime, MetricaState, NO_DIGITS, PendingBucket, Recorder, Texts, WhenFull};
use crate::schema::{ChoiceInput, Definition, MetricaSpec};
use crate::time::{Moment, civil};

/// Maximum number of runs with a stale definition.
const MAX_ATTEMPTS: usize = 16;
/// Since this instant every UTC offset is whole minutes, so that a minute has the same start in every zone.
const WHOLE_MINUTES_SINCE: i64 = 75_000_000;

/// A named class of events. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct Metrica {
    inner: Arc<Inner>,
    /// True when kicks wait for free memory.
    waits: bool,
}

impl std::fmt::Debug for Metrica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let axes: Vec<&str> = self.spec().axes().iter().map(|axis| axis.name.as_str()).collect();
        f.debug_struct("Metrica").field("name", &self.name()).field("axes", &axes).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Inner {
    staste: Staste,
    spec: Arc<MetricaSpec>,
    encoder: Encoder,
    local: PerProcess<Local>,
}

/// The Metrica in the Recorder of this process.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) state: Arc<MetricaState>,
}

impl Metrica {
    pub(crate) fn new(staste: Staste, spec: MetricaSpec) -> Metrica {
        let encoder = Encoder::new(spec.name(), spec.axes());
        let inner = Inner { staste, spec: Arc::new(spec), encoder, local: PerProcess::new() };
        Metrica { inner: Arc::new(inner), waits: true }
    }

    #[inline]
    pub(crate) fn local(&self) -> &Local {
        let inner = &*self.inner;
        inner.local.get(|| {
            let recorder = Arc::clone(inner.staste.recorder());
            let state = recorder.register(&inner.spec);
            Local { recorder, state }
        })
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        self.inner.spec.name()
    }

    /// Returns the handle through which it counts.
    pub fn staste(&self) -> &Staste {
        &self.inner.staste
    }

    pub(crate) fn state(&self) -> &Arc<MetricaState> {
        &self.local().state
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.inner.encoder
    }

    pub(crate) fn spec(&self) -> &MetricaSpec {
        &self.inner.spec
    }

    /// Writes the definition to the Store and returns the resulting one.
    ///
    /// Calling it is optional: the first flush does the same. Caps, retention and similar settings are written once per
    /// process and by each call of this method; changes of other processes in between stay.
    ///
    /// # Errors
    /// When it conflicts with the stored definition, or the Store cannot be reached.
    pub fn define(&self) -> Result<Arc<Definition>> {
        self.state().define(self.inner.staste.store())
    }

    /// Returns the definition that queries use: the stored one, or that of the program if the Store has none yet.
    /// Nothing is written.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("gender", Axis::stored()).build()?;
    /// assert_eq!(guests.definition()?.stored_axes[0].name, "gender");
    /// assert!(staste.definitions()?.is_empty());
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it conflicts with the stored definition, or the Store cannot be reached.
    pub fn definition(&self) -> Result<Arc<Definition>> {
        self.definition_for_query().map(|(definition, _)| definition)
    }

    /// Returns the stored definition as last read, or reads it.
    pub(crate) fn resolve(&self) -> Result<Arc<Definition>> {
        self.state().resolve(self.inner.staste.store())
    }

    /// Returns the definition for a query, and true when the Store has the Metrica.
    pub(crate) fn definition_for_query(&self) -> Result<(Arc<Definition>, bool)> {
        self.state().definition_for_query(self.inner.staste.store())
    }

    /// Records one event of value 1, now.
    ///
    /// Adds to memory and returns. It never fails because of the Store, and waits for it only when memory is full and
    /// the Store takes batches (see [`RecorderOptions::wait_for_room`](crate::RecorderOptions::wait_for_room)). Omitted
    /// axes are *unset*.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste, choices};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests =
    ///     staste.metrica("guests").axis("gender", Axis::stored()).axis("age", Axis::stored()).build()?;
    /// guests.kick([("gender", "girl"), ("age", "18")])?;
    /// guests.kick(choices! { gender: "boy", age: 19 })?;
    /// let error = guests.kick([("hight", "180")]).unwrap_err();
    /// assert!(error.to_string().contains("its axes are: gender, age"));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// For an axis that the Metrica does not have or that is given twice, an undeclared choice, a choice of more than 1
    /// KiB, or a stored definition that is known to conflict.
    #[inline]
    pub fn kick<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<()>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        self.record(choices, |local| Ok(local.one_now()), self.when_full()).map(|_| ())
    }

    /// Adds a kick to the counter with the bucket that `measure` returns. Returns false when memory was full and
    /// `when_full` is [`WhenFull::Return`].
    #[inline]
    fn record<'a, N, V>(
        &self,
        choices: impl IntoIterator<Item = (N, V)>,
        measure: impl FnOnce(&Local) -> Result<(PendingBucket, i64)>,
        when_full: WhenFull,
    ) -> Result<bool>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut digits = NO_DIGITS;
        let mut texts = self.inner.encoder.texts(&mut digits);
        let key = self.inner.encoder.read_choices(choices, &mut texts)?;
        let local = self.local();
        local.state.check(local.recorder.clock())?;
        let (bucket, total) = measure(local)?;
        let bin = local.state.records_bins().then(|| Bin::of(total, bucket.multiplier));
        if key.is_none() && local.recorder.add_texts(bucket, &texts, bin, total) {
            return Ok(true);
        }
        self.record_new(local, (bucket, bin), &texts, key, total, when_full)
    }

    /// Adds a kick at a point without a counter, or one that is not of texts only.
    #[cold]
    fn record_new(
        &self,
        local: &Local,
        (bucket, bin): (PendingBucket, Option<Bin>),
        texts: &Texts<'_>,
        key: Option<Box<[u8]>>,
        total: i64,
        when_full: WhenFull,
    ) -> Result<bool> {
        let key = match key {
            Some(key) => key,
            None => Box::from(&*self.inner.encoder.encode_texts(texts)?),
        };
        Ok(local.recorder.add(&local.state, bucket, (&key, bin), total, when_full))
    }

    /// Returns what happens to a kick when memory is full.
    pub(crate) fn when_full(&self) -> WhenFull {
        if self.waits { WhenFull::Wait } else { WhenFull::Drop }
    }

    /// Returns a handle on the same Metrica whose kicks never wait: when memory is full, they are dropped and counted
    /// in [`Health::dropped`](crate::Health::dropped). For event loops, which a waiting kick would block.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use staste::{Axis, Clock, MemoryStore, RecorderOptions, Staste};
    /// let options = RecorderOptions::default().flush_every(None).pending_at_most(8192);
    /// let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::system(), options);
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?.without_waiting();
    /// for page in 0..5000 {
    ///     visits.kick([("page", page)])?;
    /// }
    /// let dropped = staste.health().dropped;
    /// assert!(dropped > 0);
    /// assert_eq!(visits.total()?, 5000 - i128::from(dropped));
    /// // The next flush reports it once.
    /// assert!(staste.flush().unwrap_err().is_dropped());
    /// # Ok::<(), staste::Error>(())
    /// ```
    #[must_use]
    pub fn without_waiting(&self) -> Metrica {
        Metrica { inner: Arc::clone(&self.inner), waits: false }
    }

    /// Records one event like [`Metrica::kick_with`], unless it would have to wait for free memory: then it returns
    /// false at once and records nothing.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?;
    /// assert!(visits.try_kick_with([("page", "/")], 1, Moment::Now)?);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Metrica::kick_with`].
    pub fn try_kick_with<'a, N, V>(
        &self,
        choices: impl IntoIterator<Item = (N, V)>,
        value: impl Into<Value>,
        date: impl Into<Moment>,
    ) -> Result<bool>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        self.record(choices, |local| local.measure(value.into(), date.into()), WhenFull::Return)
    }

    /// Records one event with a value, at a moment.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let spent = staste.metrica("spent").axis("on", Axis::stored()).averaged().multiplier(100).build()?;
    /// spent.kick_with([("on", "books")], 12.5, Moment::parse("2026-02-07")?)?;
    /// spent.kick_with([("on", "books")], 7, Moment::Now)?;
    /// assert_eq!(spent.timespan(Timespan::day(2026, 2, 7)?).total()?.to_string(), "12.5");
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Metrica::kick`]; also for NaN, infinity, a fraction without a multiplier, a value times the multiplier over
    /// 2^53, and a date outside the years 1 to 9999.
    pub fn kick_with<'a, N, V>(
        &self,
        choices: impl IntoIterator<Item = (N, V)>,
        value: impl Into<Value>,
        date: impl Into<Moment>,
    ) -> Result<()>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let when_full = self.when_full();
        self.record(choices, |local| local.measure(value.into(), date.into()), when_full).map(|_| ())
    }

    /// Runs `run` with the definition, and with whether the Store has the Metrica; again with the current definition
    /// while the Store returns that it is stale.
    pub(crate) fn retry_stale<T>(&self, run: impl Fn(&Arc<Definition>, bool) -> Result<T>) -> Result<T> {
        let mut last = None;
        for _ in 0..MAX_ATTEMPTS {
            let (definition, is_stored) = self.definition_for_query()?;
            match run(&definition, is_stored) {
                Err(error) if error.is_stale() => {
                    self.state().invalidate();
                    last = Some(error);
                }
                outcome => return outcome,
            }
        }
        Err(last.unwrap_or_else(|| Error::stale(self.name())))
    }

    /// Makes the kicks of this process visible to reads, unless the oldest pending one is younger than `max_age`.
    pub(crate) fn flush_pending(&self, max_age: Option<std::time::Duration>) -> Result<()> {
        let recorder = &self.local().recorder;
        match max_age {
            Some(max_age) if recorder.health().pending_age.is_none_or(|age| age <= max_age) => Ok(()),
            _ => recorder.flush_pending_within_limit(),
        }
    }
}

impl Local {
    /// Returns the bucket and the total of a kick of value 1, now.
    #[inline]
    fn one_now(&self) -> (PendingBucket, i64) {
        let multiplier = self.state.multiplier();
        let time = KickTime::Instant(minute_of(self.recorder.clock().now()));
        (PendingBucket { metrica: self.state.index, multiplier, time }, i64::from(multiplier))
    }

    /// Returns the bucket and the total of a kick with a value and a date.
    pub(crate) fn measure(&self, value: Value, date: Moment) -> Result<(PendingBucket, i64)> {
        let multiplier = self.state.multiplier();
        let total = value.times(multiplier).map_err(|error| match self.state.knows_multiplier() {
            true => error,
            false => Error::invalid_input(format!(
                "{error} (the multiplier of metrica {} in the store is unknown: call `define` to adopt it)",
                self.state.spec.name()
            )),
        })?;
        let time = self.time(date)?;
        Ok((PendingBucket { metrica: self.state.index, multiplier, time }, total))
    }

    /// Returns the start of the finest retained bucket, so that as many kicks as possible are merged.
    fn time(&self, date: Moment) -> Result<KickTime> {
        let now = self.recorder.clock().now();
        if date == Moment::Now {
            return Ok(KickTime::Instant(minute_of(now)));
        }
        let date = date.check()?.at(now);
        let Some(definition) = self.state.resolved() else {
            return Ok(match date {
                Moment::Local(local) => KickTime::Civil(civil::seconds_of(local)),
                Moment::Instant(instant) => KickTime::Instant(minute_of(instant)),
                Moment::Now => KickTime::Instant(minute_of(now)),
            });
        };
        let instant = date.instant(&definition.zone)?;
        if now - instant < civil::HOUR {
            return Ok(KickTime::Instant(minute_of(instant)));
        }
        // By the watermarks of the Store, not by the clock of this process, which may be wrong: kicks of an hour whose
        // minutes the Store retains would all count in its first minute.
        let finest = self.state.watermarks().finest(&definition.calendar(), instant);
        Ok(KickTime::Instant(finest.start))
    }
}

/// Returns the start of the minute that holds an instant, if that is the same in every zone, else the instant.
#[inline]
fn minute_of(instant: i64) -> i64 {
    if instant < WHOLE_MINUTES_SINCE { instant } else { instant - instant.rem_euclid(60) }
}
