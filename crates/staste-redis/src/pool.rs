//! The connections of one process: as many as threads use at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use staste_core::Result;

use crate::address::Address;
use crate::failure::{Failure, Outcome};
use crate::link::Link;
use crate::options::Options;

/// Connections kept open between verbs.
const KEPT: usize = 8;

/// The connections of one process, opened when they are needed. The one used last is used first, as
/// it remembers most.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Link>>,
}

impl Pool {
    /// Runs a verb on a connection.
    ///
    /// One that was closed meanwhile, before it was used for the verb, is replaced once.
    pub(crate) fn run<T>(
        &self,
        address: &Address,
        options: &Options,
        verb: &mut dyn FnMut(&mut Link) -> Outcome<T>,
    ) -> Result<T> {
        if let Some(mut link) = self.take() {
            match verb(&mut link) {
                Err(failure) if failure.is_closed_unused() => {
                    drop(link);
                    // What closed one closed the others.
                    let closed = std::mem::take(&mut *self.idle());
                    drop(closed);
                }
                done => return self.done(link, done, address),
            }
        }
        let mut link = Link::open(address, options).map_err(|failure| failure.explain(&address.shown))?;
        let done = verb(&mut link);
        self.done(link, done, address)
    }

    fn take(&self) -> Option<Link> {
        let mut link = self.idle().pop()?;
        link.is_alive().then_some(link)
    }

    /// Keeps the connection when it may be used again. A verb that panics drops its own.
    fn done<T>(&self, link: Link, done: Outcome<T>, address: &Address) -> Result<T> {
        if !done.as_ref().is_err_and(Failure::is_fatal) {
            let mut idle = self.idle();
            if idle.len() < KEPT {
                idle.push(link);
            }
        }
        done.map_err(|failure| failure.explain(&address.shown))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        // A link is taken out while it is used, so that what a panic leaves here is whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
