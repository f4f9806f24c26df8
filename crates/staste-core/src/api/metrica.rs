//! A Metrica: the class of events that is kicked and asked.

use std::sync::Arc;

use crate::amount::{Reading, Total, Value};
use crate::api::bound_point::BoundPoint;
use crate::api::bulk_writer::BulkWriter;
use crate::api::staste::Staste;
use crate::api::view::View;
use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::recorder::{Encoder, KickTime, MetricaState, NO_DIGITS, PendingBucket, Recorder, Texts, WhenFull};
use crate::schema::{Choice, ChoiceInput, Definition, MetricaSpec};
use crate::store::ChoiceTable;
use crate::time::{Moment, Timespan, civil};

/// Since the 1970s every offset is whole minutes, so an instant's minute is the same in every zone.
const WHOLE_MINUTES_SINCE: i64 = 75_000_000;

/// A named class of events. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct Metrica {
    inner: Arc<Inner>,
    /// Whether a kick that finds no room in memory waits for some.
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

/// The Metrica's place in this process' Recorder.
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

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.spec.name()
    }

    /// The handle it counts through.
    pub fn staste(&self) -> &Staste {
        &self.inner.staste
    }

    pub(crate) fn state(&self) -> &Arc<MetricaState> {
        &self.local().state
    }

    pub(crate) fn spec(&self) -> &MetricaSpec {
        &self.inner.spec
    }

    /// The definition in the Store, which is told of this one.
    ///
    /// Calling it is optional: the first flush does the same. Caps, retention and the like that were
    /// asked for are imposed on the Store once, and whenever this is called; between, what others make
    /// of them holds.
    ///
    /// # Errors
    /// A conflict with what the Store remembers, or the Store cannot be reached.
    pub fn define(&self) -> Result<Arc<Definition>> {
        self.state().define(self.inner.staste.store())
    }

    /// The definition that questions are asked with: that of the Store, or what was asked for where it has none yet.
    /// Nothing is written.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("gender", Axis::stored()).build()?;
    /// assert_eq!(guests.definition()?.axes[0].name, "gender");
    /// assert!(staste.definitions()?.is_empty());
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// A conflict with what the Store remembers, or the Store cannot be reached.
    pub fn definition(&self) -> Result<Arc<Definition>> {
        self.look().map(|(definition, _)| definition)
    }

    /// The definition as it was last seen in the Store, or is found there now.
    pub(crate) fn resolve(&self) -> Result<Arc<Definition>> {
        self.state().resolve(self.inner.staste.store())
    }

    /// The definition to ask with, and whether the Store has one.
    pub(crate) fn look(&self) -> Result<(Arc<Definition>, bool)> {
        self.state().definition_for_query(self.inner.staste.store())
    }

    /// Records one event, now, of value 1.
    ///
    /// Adds to memory and returns: it never fails for the Store's sake, and waits for it only where memory is full and
    /// the Store takes batches (see [`RecorderOptions::wait_for_room`](crate::RecorderOptions::wait_for_room)). Axes
    /// that are not named are *unset*.
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
    /// An axis the Metrica does not have or that is given twice, an undeclared choice, a choice of
    /// more than 1 KiB; or the Store is known to remember another definition.
    #[inline]
    pub fn kick<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<()>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        self.record(choices, |local| Ok(local.one_now()), self.when_full()).map(|_| ())
    }

    /// Adds a kick to the counter that `measure` names, unless its choices are refused. Returns false when there was
    /// no room for it and `when_full` says so.
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
        if key.is_none() && local.recorder.add_texts(bucket, &texts, total) {
            return Ok(true);
        }
        self.record_new(local, bucket, &texts, key, total, when_full)
    }

    /// Adds a kick at a point that was not found as texts.
    #[cold]
    fn record_new(
        &self,
        local: &Local,
        bucket: PendingBucket,
        texts: &Texts<'_>,
        key: Option<Box<[u8]>>,
        total: i64,
        when_full: WhenFull,
    ) -> Result<bool> {
        let key = match key {
            Some(key) => key,
            None => Box::from(&*self.inner.encoder.encode_texts(texts)?),
        };
        Ok(local.recorder.add(&local.state, bucket, &key, total, when_full))
    }

    /// The choice of a kick that finds no room.
    pub(crate) fn when_full(&self) -> WhenFull {
        if self.waits { WhenFull::Wait } else { WhenFull::Drop }
    }

    /// A handle on the same Metrica whose kicks never wait: one that finds no room in memory is dropped and counted
    /// in [`Health::dropped`](crate::Health::dropped). For event loops, where a kick that waits holds up everybody.
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

    /// Records one event as [`Metrica::kick_with`] does, unless it would have to wait for room in memory: then it
    /// returns false at once, and nothing is recorded.
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

    /// Records one event of a value, at a moment.
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
    /// As [`Metrica::kick`]; and NaN, infinity, a fraction without a multiplier, a value times the
    /// multiplier over 2^53, a date outside the years 1 to 9999.
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

    /// A handle on one point, for the hottest paths. A clone of it has a counter of its own, so give
    /// each thread one.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?;
    /// let front = visits.bind([("page", "/")])?;
    /// for _ in 0..1000 {
    ///     front.kick()?;
    /// }
    /// assert_eq!(visits.total()?, 1000);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Metrica::kick`].
    pub fn bind<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<BoundPoint>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let key = self.inner.encoder.encode(choices)?;
        Ok(BoundPoint::new(self.clone(), &key))
    }

    /// Gathers many dated kicks beside the Recorder, to be committed with claims.
    ///
    /// # Errors
    /// A conflict with the definition in the Store, or the Store cannot be reached.
    pub fn bulk(&self) -> Result<BulkWriter> {
        BulkWriter::new(self.clone())
    }

    /// A view of all that was counted.
    pub fn values(&self) -> View {
        View::new(self.clone())
    }

    /// A view of a stretch of time.
    pub fn timespan(&self, timespan: Timespan) -> View {
        self.values().timespan(timespan)
    }

    /// A view of the choices given.
    ///
    /// # Errors
    /// An axis the Metrica does not have, or an undeclared choice.
    pub fn filter<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<View>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        self.values().filter(choices)
    }

    /// The grand total. See [`View::total`].
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn total(&self) -> Result<Total> {
        self.values().total()
    }

    /// How many kicks there were. See [`View::count`].
    ///
    /// # Errors
    /// As [`View::count`].
    pub fn count(&self) -> Result<i128> {
        self.values().count()
    }

    /// Total over count of everything. See [`View::average`].
    ///
    /// # Errors
    /// As [`View::average`].
    pub fn average(&self) -> Result<Option<f64>> {
        self.values().average()
    }

    /// The totals of every choice of an axis. See [`View::iterate`].
    ///
    /// # Errors
    /// As [`View::iterate`].
    pub fn iterate(&self, axis: &str) -> Result<Vec<(Choice, Total)>> {
        self.values().iterate(axis)
    }

    /// Total and count of everything. See [`View::read`].
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn read(&self) -> Result<Reading> {
        self.values().read()
    }

    /// The choices known on an axis, first seen first.
    ///
    /// # Errors
    /// An axis the Metrica does not have, or the Store cannot be reached.
    pub fn choices(&self, axis: &str) -> Result<Vec<Choice>> {
        self.flush_pending(None)?;
        crate::api::view::retry_stale(self, |definition, is_stored| {
            let index = definition.axis_index(axis)?;
            if is_stored {
                return self.inner.staste.choices(definition, index);
            }
            Ok(definition.axes.get(index).map(|axis| ChoiceTable::new(axis).known()).unwrap_or_default())
        })
    }

    /// Makes this process' kicks visible, unless its oldest pending one is younger than `max_age`.
    pub(crate) fn flush_pending(&self, max_age: Option<std::time::Duration>) -> Result<()> {
        let recorder = &self.local().recorder;
        match max_age {
            Some(max_age) if recorder.health().pending_age.is_none_or(|age| age <= max_age) => Ok(()),
            _ => recorder.flush_pending_within_limit(),
        }
    }
}

impl Local {
    /// What a kick of value 1, now, adds, and to which counter.
    #[inline]
    fn one_now(&self) -> (PendingBucket, i64) {
        let multiplier = self.state.multiplier();
        let time = KickTime::Instant(minute_of(self.recorder.clock().now()));
        (PendingBucket { metrica: self.state.index, multiplier, time }, i64::from(multiplier))
    }

    /// What a kick of this value and date adds, and to which counter.
    pub(crate) fn measure(&self, value: Value, date: Moment) -> Result<(PendingBucket, i64)> {
        let multiplier = self.state.multiplier();
        let total = value.times(multiplier).map_err(|error| match self.state.knows_multiplier() {
            true => error,
            false => Error::input(format!(
                "{error} (the multiplier of {} in the store is not known yet: `define` adopts it)",
                self.state.spec.name()
            )),
        })?;
        let time = self.time(date)?;
        Ok((PendingBucket { metrica: self.state.index, multiplier, time }, total))
    }

    /// An instant in the finest bucket that is retained; as coarse as is known to be enough, so that
    /// more kicks merge.
    fn time(&self, date: Moment) -> Result<KickTime> {
        let now = self.recorder.clock().now();
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
        // By what the Store keeps, not by the clock here, which may be wrong: kicks of an hour that the Store still
        // keeps by the minute would all count in its first minute.
        let finest = self.state.watermarks().finest(&definition.calendar(), instant);
        Ok(KickTime::Instant(finest.start))
    }
}

/// The start of the minute that holds an instant, where that is the same in every zone.
#[inline]
fn minute_of(instant: i64) -> i64 {
    if instant < WHOLE_MINUTES_SINCE { instant } else { instant - instant.rem_euclid(60) }
}
