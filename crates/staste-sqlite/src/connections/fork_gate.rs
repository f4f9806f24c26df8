//! The gate that every operation enters; closed while the process forks, and while all connections are being closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::lock::lock;

/// Counts the operations that run.
#[derive(Debug, Default)]
pub(crate) struct ForkGate {
    state: Mutex<State>,
    changed: Condvar,
    /// True while a caller waits for all operations to end, or is inside exclusively; readable without the lock.
    yield_requested: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// True while the process forks.
    is_closed: bool,
    /// True while a caller is inside exclusively.
    is_exclusive: bool,
}

/// Marks an operation as running until it is dropped.
#[derive(Debug)]
pub(crate) struct OperationGuard<'a>(&'a ForkGate);

/// Keeps all operations out until it is dropped.
#[derive(Debug)]
pub(crate) struct ExclusiveGuard<'a>(&'a ForkGate);

impl ForkGate {
    /// Enters for one operation, as soon as the gate is open.
    pub(crate) fn enter(&self) -> OperationGuard<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_exclusive);
        state.running += 1;
        OperationGuard(self)
    }

    /// Returns a flag that is true while a caller waits for the running operations. A long operation should then end
    /// early.
    pub(crate) fn yield_requested(&self) -> &Arc<AtomicBool> {
        &self.yield_requested
    }

    /// Keeps new operations out and waits until the running ones have ended. The caller must not have entered.
    pub(crate) fn enter_exclusively(&self) -> ExclusiveGuard<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_exclusive);
        state.is_exclusive = true;
        self.update_flag(&state);
        drop(self.wait_while(state, |state| state.running > 0));
        ExclusiveGuard(self)
    }

    /// Keeps everyone out, and waits until all have ended.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        self.update_flag(&state);
        drop(self.wait_while(state, |state| state.running > 0 || state.is_exclusive));
    }

    /// Opens the gate again.
    pub(crate) fn open(&self) {
        let mut state = lock(&self.state);
        state.is_closed = false;
        self.update_flag(&state);
        drop(state);
        self.changed.notify_all();
    }

    /// Updates [`ForkGate::yield_requested`] from the state, which the caller has locked.
    fn update_flag(&self, state: &State) {
        self.yield_requested.store(state.is_closed || state.is_exclusive, Ordering::Relaxed);
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        mut must_wait: impl FnMut(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_while(state, |state| must_wait(state)).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OperationGuard<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.running -= 1;
        if (state.is_closed || state.is_exclusive) && state.running == 0 {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for ExclusiveGuard<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.is_exclusive = false;
        self.0.update_flag(&state);
        drop(state);
        self.0.changed.notify_all();
    }
}
