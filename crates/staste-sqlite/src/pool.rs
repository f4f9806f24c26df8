//! The connections of one process: one that writes, and as many that read as threads do at once.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use staste_core::Result;
use staste_core::fork::{Rests, rest_while_forking};

use crate::SqliteOptions;
use crate::busy_wait::{Pace, is_out_of_time};
use crate::failure::Outcome;
use crate::fork_gate::{Entered, ForkGate};
use crate::session::Session;

/// Readers kept open between questions.
const READERS: usize = 8;

/// The connections of one process, opened when they are needed.
///
/// SQLite keeps the locks of a file in memory that a forked child would take for its own. So the pool
/// is at rest while the process forks: no verb runs and no connection is open.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    gate: ForkGate,
    writer: Mutex<Option<Session>>,
    readers: Mutex<Vec<Session>>,
    /// Of the connection that writes, known without waiting for it.
    pub(crate) pace: Pace,
}

impl Pool {
    /// A pool that rests while the process forks.
    pub(crate) fn resting_while_forking() -> Arc<Pool> {
        let pool = Arc::new(Pool::default());
        let watched: Weak<Pool> = Arc::downgrade(&pool);
        rest_while_forking(watched);
        pool
    }

    /// Runs a verb on the connection that writes.
    pub(crate) fn writer<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        verb: impl FnOnce(&mut Session) -> Outcome<T>,
    ) -> Result<T> {
        let mut entered = self.gate.enter();
        let mut writer = lock(&self.writer);
        if writer.as_mut().is_some_and(|session| session.lost_its_log(true)) {
            drop((writer, entered));
            self.start_over(path)?;
            entered = self.gate.enter();
            writer = lock(&self.writer);
        }
        let _entered = entered;
        run(&mut || writer.take(), path, options, true, verb).map(|(session, done)| {
            *writer = session;
            done
        })?
    }

    /// Runs a verb on a connection that reads.
    pub(crate) fn reader<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        verb: impl FnOnce(&mut Session) -> Outcome<T>,
    ) -> Result<T> {
        let _entered = self.enter_to_read(path)?;
        let (session, done) = run(&mut || lock(&self.readers).pop(), path, options, false, verb)?;
        if let Some(session) = session {
            let mut readers = lock(&self.readers);
            if readers.len() < READERS {
                readers.push(session);
            }
        }
        done
    }

    /// Runs a verb on a connection of its own, which it may change and which is closed afterwards.
    ///
    /// The verb may take long, and should end as soon as [`ForkGate::is_wanted`] is true, interrupted: it runs
    /// again then, so that neither a fork nor a lost log waits for it.
    pub(crate) fn apart<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        mut verb: impl FnMut(&mut Session, &Arc<AtomicBool>) -> Outcome<T>,
    ) -> Result<T> {
        loop {
            let _entered = self.enter_to_read(path)?;
            let opened = Session::open(path, options, false);
            match opened.and_then(|mut session| verb(&mut session, self.gate.is_wanted())) {
                Err(failure) if failure.is_interrupted() && !is_out_of_time() => {}
                done => return done.map_err(|failure| failure.explain(path)),
            }
        }
    }

    /// Enters to read, with connections that have the log at the path.
    fn enter_to_read(&self, path: &Path) -> Result<Entered<'_>> {
        let entered = self.gate.enter();
        let has_lost = lock(&self.readers).last_mut().is_some_and(|session| session.lost_its_log(false));
        if !has_lost {
            return Ok(entered);
        }
        drop(entered);
        self.start_over(path)?;
        Ok(self.gate.enter())
    }

    /// Closes every connection of the process when the log or the shared memory is not the one that is
    /// open: as long as one connection is open, SQLite gives its shared memory to the next.
    fn start_over(&self, path: &Path) -> Result<()> {
        let _alone = self.gate.alone();
        let mut links: Vec<Session> = lock(&self.readers).drain(..).collect();
        links.extend(lock(&self.writer).take());
        let rescued = match links.last_mut() {
            Some(session) => session.rescue_log(path),
            None => Ok(()),
        };
        links.into_iter().for_each(Session::abandon);
        rescued
    }
}

impl Rests for Pool {
    fn rest(&self) {
        self.gate.close();
        *lock(&self.writer) = None;
        lock(&self.readers).clear();
    }

    fn resume(&self) {
        self.gate.open();
    }
}

/// Takes a connection or opens one, runs the verb, and gives the connection back when it may be used
/// again. A verb that panics drops its connection, which rolls back.
fn run<T>(
    take: &mut dyn FnMut() -> Option<Session>,
    path: &Path,
    options: &SqliteOptions,
    is_writer: bool,
    verb: impl FnOnce(&mut Session) -> Outcome<T>,
) -> Result<(Option<Session>, Result<T>)> {
    let mut pooled = take();
    if let Some(session) = pooled.take_if(|session| !session.is_at(path, is_writer)) {
        session.abandon();
    }
    let mut session = match pooled {
        Some(session) => session,
        None => Session::open(path, options, is_writer).map_err(|failure| failure.explain(path))?,
    };
    Ok(match verb(&mut session) {
        Ok(done) => (Some(session), Ok(done)),
        Err(failure) if failure.is_fatal() => {
            drop(session);
            (None, Err(failure.explain(path)))
        }
        Err(failure) => (Some(session), Err(failure.explain(path))),
    })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A session is taken out while it is used, so that what a panic leaves here is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;
    use std::thread;

    use rusqlite::ffi;

    use super::*;

    #[test]
    fn long_verb_makes_way_for_a_fork_and_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let pool = Pool::default();
        let (inside, is_inside) = mpsc::channel();
        thread::scope(|scope| {
            let verb = scope.spawn(|| {
                let mut runs = 0;
                pool.apart(&path, &SqliteOptions::default(), |_, is_wanted| {
                    runs += 1;
                    if runs > 1 {
                        return Ok(runs);
                    }
                    inside.send(()).unwrap();
                    while !is_wanted.load(Ordering::Relaxed) {
                        thread::yield_now();
                    }
                    let interrupt = ffi::Error::new(ffi::SQLITE_INTERRUPT);
                    Err(rusqlite::Error::SqliteFailure(interrupt, None).into())
                })
            });
            is_inside.recv().unwrap();
            // As a fork does; it would wait for ever otherwise.
            pool.rest();
            pool.resume();
            assert_eq!(verb.join().unwrap().unwrap(), 2);
        });
    }
}
