//! `Detached`: what waits for a Store when it goes, and lets other threads of Python run meanwhile.

use std::ops::Deref;

use pyo3::prelude::*;

/// Something that is dropped without holding up other threads of Python: the last handle on a Store commits.
#[derive(Debug)]
pub(crate) struct Detached<T: Send>(Option<T>);

impl<T: Send> Detached<T> {
    pub(crate) fn new(inner: T) -> Detached<T> {
        Detached(Some(inner))
    }
}

impl<T: Send> Deref for Detached<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is taken when it is dropped alone")
    }
}

impl<T: Send> Drop for Detached<T> {
    fn drop(&mut self) {
        let inner = self.0.take();
        // Without an interpreter there is nobody to be held up.
        let mut inner = Some(inner);
        Python::try_attach(|py| py.detach(|| drop(inner.take())));
        drop(inner);
    }
}
