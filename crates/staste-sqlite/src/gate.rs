//! The gate that verbs go through: closed while the process forks.

use std::sync::{Condvar, Mutex, PoisonError};

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
    is_closed: bool,
}

/// A verb that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Entered<'a>(&'a Gate);

impl Gate {
    /// Waits until the gate is open.
    pub(crate) fn enter(&self) -> Entered<'_> {
        let state = lock(&self.state);
        let mut state =
            self.changed.wait_while(state, |state| state.is_closed).unwrap_or_else(PoisonError::into_inner);
        state.running += 1;
        Entered(self)
    }

    /// Lets nobody in any more and waits until all are out.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        drop(
            self.changed.wait_while(state, |state| state.running > 0).unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Lets everybody in again.
    pub(crate) fn open(&self) {
        lock(&self.state).is_closed = false;
        self.changed.notify_all();
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.running -= 1;
        if state.is_closed && state.running == 0 {
            self.0.changed.notify_all();
        }
    }
}
