//! A bound point: a Metrica's point made ready for the hottest paths.

use std::sync::Arc;

use crate::amount::Value;
use crate::api::metrica::Metrica;
use crate::error::Result;
use crate::fork::PerProcess;
use crate::recorder::FastCounter;
use crate::time::Moment;

/// A point of a Metrica, ready to be kicked.
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

    /// Records one event, now, of value 1.
    ///
    /// # Errors
    /// Only when the Store is known to remember another definition.
    #[inline]
    pub fn kick(&self) -> Result<()> {
        let local = self.metrica.local();
        local.state.check(local.recorder.clock())?;
        let counter = self.counter.get(|| local.recorder.open_fast_counter(&local.state, &self.key));
        let seconds = local.recorder.clock().now();
        // Minutes since 1970 fit 32 bits until the year 10135; before 1970 no clock stands.
        let minute = u32::try_from(seconds.max(0) / 60).unwrap_or(u32::MAX);
        if !counter.try_add(minute) {
            local.recorder.add_to_fast_counter(&local.state, counter, minute);
        }
        Ok(())
    }

    /// Records one event of a value, at a moment.
    ///
    /// # Errors
    /// As [`Metrica::kick_with`].
    pub fn kick_with(&self, value: impl Into<Value>, date: impl Into<Moment>) -> Result<()> {
        let local = self.metrica.local();
        local.state.check(local.recorder.clock())?;
        let (bucket, total) = local.measure(value.into(), date.into())?;
        local.recorder.add(&local.state, bucket, &self.key, total, self.metrica.when_full());
        Ok(())
    }
}

impl Clone for BoundPoint {
    fn clone(&self) -> BoundPoint {
        BoundPoint::new(self.metrica.clone(), &self.key)
    }
}
