//! The gate that verbs go through: closed while the process forks, and while all connections are closed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::pool::lock;

/// Counts the verbs that run.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
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
pub(crate) struct Entered<'a>(&'a Gate);

/// Something that runs while no verb does, until this is dropped.
#[derive(Debug)]
pub(crate) struct Alone<'a>(&'a Gate);

impl Gate {
    /// Waits until the gate is open.
    pub(crate) fn enter(&self) -> Entered<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_alone);
        state.running += 1;
        Entered(self)
    }

    /// Lets no verb in any more and waits until all are out. The caller must not have entered.
    pub(crate) fn alone(&self) -> Alone<'_> {
        let mut state = self.wait_while(lock(&self.state), |state| state.is_closed || state.is_alone);
        state.is_alone = true;
        drop(self.wait_while(state, |state| state.running > 0));
        Alone(self)
    }

    /// Lets nobody in any more and waits until all are out.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        drop(self.wait_while(state, |state| state.running > 0 || state.is_alone));
    }

    /// Lets everybody in again.
    pub(crate) fn open(&self) {
        lock(&self.state).is_closed = false;
        self.changed.notify_all();
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
        lock(&self.0.state).is_alone = false;
        self.0.changed.notify_all();
    }
}
