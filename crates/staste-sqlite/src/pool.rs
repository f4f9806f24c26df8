//! The connections of one process: one that writes, and as many that read as threads do at once.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use staste_core::Result;

use crate::Options;
use crate::failure::Outcome;
use crate::link::Link;

/// Readers kept open between questions.
const READERS: usize = 8;

/// The connections of one process, opened when they are needed.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    writer: Mutex<Option<Link>>,
    readers: Mutex<Vec<Link>>,
}

impl Pool {
    /// Runs a verb on the connection that writes.
    pub(crate) fn writer<T>(
        &self,
        path: &Path,
        options: &Options,
        verb: impl FnOnce(&mut Link) -> Outcome<T>,
    ) -> Result<T> {
        let mut writer = lock(&self.writer);
        run(&mut || writer.take(), path, options, true, verb).map(|(link, done)| {
            *writer = link;
            done
        })?
    }

    /// Runs a verb on a connection that reads.
    pub(crate) fn reader<T>(
        &self,
        path: &Path,
        options: &Options,
        verb: impl FnOnce(&mut Link) -> Outcome<T>,
    ) -> Result<T> {
        let (link, done) = run(&mut || lock(&self.readers).pop(), path, options, false, verb)?;
        if let Some(link) = link {
            let mut readers = lock(&self.readers);
            if readers.len() < READERS {
                readers.push(link);
            }
        }
        done
    }
}

/// Takes a connection or opens one, runs the verb, and gives the connection back when it may be used
/// again. A verb that panics drops its connection, which rolls back.
fn run<T>(
    take: &mut dyn FnMut() -> Option<Link>,
    path: &Path,
    options: &Options,
    is_writer: bool,
    verb: impl FnOnce(&mut Link) -> Outcome<T>,
) -> Result<(Option<Link>, Result<T>)> {
    let mut link = match take() {
        Some(link) => link,
        None => Link::open(path, options, is_writer).map_err(|failure| failure.explain(path))?,
    };
    Ok(match verb(&mut link) {
        Ok(done) => (Some(link), Ok(done)),
        Err(failure) if failure.is_fatal() => {
            drop(link);
            (None, Err(failure.explain(path)))
        }
        Err(failure) => (Some(link), Err(failure.explain(path))),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A link is taken out while it is used, so that what a panic leaves here is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
