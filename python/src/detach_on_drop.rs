//! `DetachOnDrop`: a value whose drop may wait for a Store, so it releases the interpreter meanwhile.

use std::ops::Deref;

use pyo3::prelude::*;

/// A value that is dropped while other Python threads can run. Dropping the last handle on a Store commits.
#[derive(Debug)]
pub(crate) struct DetachOnDrop<T: Send>(Option<T>);

impl<T: Send> DetachOnDrop<T> {
    pub(crate) fn new(inner: T) -> DetachOnDrop<T> {
        DetachOnDrop(Some(inner))
    }
}

impl<T: Send> Deref for DetachOnDrop<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("only drop takes it")
    }
}

impl<T: Send> Drop for DetachOnDrop<T> {
    fn drop(&mut self) {
        let mut inner = Some(self.0.take());
        Python::try_attach(|py| py.detach(|| drop(inner.take())));
        // Without an interpreter the closure did not run.
        drop(inner);
    }
}
