//! The gate that every verb passes: closed while the process forks, and while all connections are closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::pool::lock;

/// Counts the verbs that run.
#[derive(Debug, Default)]
pub(crate) struct ForkGate {
    state: Mutex<State>,
    changed: Condvar,
    /// True while somebody waits for all verbs to end, or is alone inside: readable without the lock.
    is_wanted: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// The process forks.
    is_closed: bool,
    /// Somebody is alone inside.
    is_alone: bool,
}

/// A verb that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Entered<'a>(&'a ForkGate);

/// Something that runs while no verb does, until this is dropped.
#[derive(Debug)]
pub(crate) struct Alone<'a>(&'a ForkGate);

impl ForkGate {
    /// Waits until the gate is open.
    pub(crate) fn enter(&self) -> Entered<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_alone);
        state.running += 1;
        Entered(self)
    }

    /// Whether the verbs that run are waited for. One that takes long looks at it and makes way.
    pub(crate) fn is_wanted(&self) -> &Arc<AtomicBool> {
        &self.is_wanted
    }

    /// Lets no verb in any more and waits until all are out. The caller must not have entered.
    pub(crate) fn alone(&self) -> Alone<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_alone);
        state.is_alone = true;
        self.note(&state);
        drop(self.wait_while(state, |state| state.running > 0));
        Alone(self)
    }

    /// Lets nobody in any more and waits until all are out.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        self.note(&state);
        drop(self.wait_while(state, |state| state.running > 0 || state.is_alone));
    }

    /// Lets everybody in again.
    pub(crate) fn open(&self) {
        let mut state = lock(&self.state);
        state.is_closed = false;
        self.note(&state);
        drop(state);
        self.changed.notify_all();
    }

    /// Keeps [`ForkGate::is_wanted`] in step with the state, which the caller has locked.
    fn note(&self, state: &State) {
        self.is_wanted.store(state.is_closed || state.is_alone, Ordering::Relaxed);
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        mut holds_off: impl FnMut(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_while(state, |state| holds_off(state)).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.running -= 1;
        if (state.is_closed || state.is_alone) && state.running == 0 {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.is_alone = false;
        self.0.note(&state);
        drop(state);
        self.0.changed.notify_all();
    }
}
