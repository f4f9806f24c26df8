//! A Store that counts its calls and keeps a copy of every batch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use staste_core::Result;
use staste_core::store::{Applied, Batch, Store};

use super::interceptor::{InterceptedStore, Interceptor, Operation};

/// A Store that counts its calls.
pub type CountingStore = InterceptedStore<CallCounts>;

/// The calls that a [`CountingStore`] counted; clones share them.
#[derive(Clone, Debug, Default)]
pub struct CallCounts(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    by_operation: BTreeMap<Operation, u64>,
    batches: Vec<Batch>,
}

impl CallCounts {
    /// Returns the number of calls of an operation.
    pub fn of(&self, operation: Operation) -> u64 {
        self.with(|calls| calls.by_operation.get(&operation).copied().unwrap_or(0))
    }

    /// Returns the batches given to `apply`, repeats included.
    pub fn batches(&self) -> Vec<Batch> {
        self.with(|calls| calls.batches.clone())
    }

    /// Sets all counts to zero and drops the batches.
    pub fn reset(&self) {
        self.with(|calls| *calls = Calls::default());
    }

    fn with<T>(&self, run: impl FnOnce(&mut Calls) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Interceptor for CallCounts {
    fn before(&self, operation: Operation) -> Result<()> {
        self.with(|calls| *calls.by_operation.entry(operation).or_default() += 1);
        Ok(())
    }

    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        self.with(|calls| calls.batches.push(batch.clone()));
        inner.apply(batch)
    }
}
