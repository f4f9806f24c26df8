//! `BoundPoint`: a point of a Metrica that is validated and encoded once, for the hottest code paths.

use std::sync::Arc;

use crate::amount::{Bin, Value};
use crate::api::metrica::Metrica;
use crate::error::Result;
use crate::fork::PerProcess;
use crate::recorder::FastCounter;
use crate::schema::ChoiceInput;
use crate::time::Moment;

/// A point of a Metrica, validated and encoded once; see [`Metrica::bind`].
#[derive(Debug)]
pub struct BoundPoint {
    metrica: Metrica,
    key: Box<[u8]>,
    counter: PerProcess<Arc<FastCounter>>,
}

impl BoundPoint {
    pub(crate) fn new(metrica: Metrica, key: &[u8]) -> BoundPoint {
        BoundPoint { metrica, key: key.into(), counter: PerProcess::new() }
    }

    /// Records one event of value 1, now.
    ///
    /// # Errors
    /// When the stored definition is known to conflict with that of the program.
    #[inline]
    pub fn kick(&self) -> Result<()> {
        let local = self.metrica.local();
        local.state.check(local.recorder.clock())?;
        let counter = self.counter.get(|| local.recorder.open_fast_counter(&local.state, &self.key));
        let seconds = local.recorder.clock().now();
        // Minutes since 1970 fit 32 bits until the year 10135; no clock shows a time before 1970.
        let minute = u32::try_from(seconds.max(0) / 60).unwrap_or(u32::MAX);
        if !counter.try_add(minute) {
            local.recorder.add_to_fast_counter(&local.state, counter, minute);
        }
        Ok(())
    }

    /// Records one event with a value, at a moment.
    ///
    /// # Errors
    /// As [`Metrica::kick_with`].
    pub fn kick_with(&self, value: impl Into<Value>, date: impl Into<Moment>) -> Result<()> {
        let local = self.metrica.local();
        local.state.check(local.recorder.clock())?;
        let (bucket, total) = local.measure(value.into(), date.into())?;
        let bin = local.state.records_bins().then(|| Bin::of(total, bucket.multiplier));
        local.recorder.add(&local.state, bucket, (&self.key, bin), total, self.metrica.when_full());
        Ok(())
    }
}

impl Metrica {
    /// Returns a handle on one point, for the hottest code paths. Each clone has a counter of its own: give every
    /// thread a clone.
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
        let key = self.encoder().encode(choices)?;
        Ok(BoundPoint::new(self.clone(), &key))
    }
}

impl Clone for BoundPoint {
    fn clone(&self) -> BoundPoint {
        BoundPoint::new(self.metrica.clone(), &self.key)
    }
}
