//! The connections of one process: one that writes, and one for each thread that reads at the same time.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use staste_core::Result;
use staste_core::fork::{Quiesce, quiesce_while_forking};

use crate::connections::busy_wait::{WriterPause, is_out_of_time};
use crate::connections::fork_gate::{ForkGate, OperationGuard};
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::lock::lock;
use crate::options::SqliteOptions;

/// Maximum number of reading connections that stay open between queries.
const MAX_IDLE_READERS: usize = 8;

/// The connections of one process, opened when they are needed.
///
/// SQLite keeps the locks of a file in memory, and a forked child would take them for its own. While the process forks,
/// the pool therefore runs no operation and has no connection open.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    gate: ForkGate,
    writer: Mutex<Option<Session>>,
    readers: Mutex<Vec<Session>>,
    /// The pauses of the writing connection.
    pub(crate) writer_pause: WriterPause,
}

impl Pool {
    /// Creates a pool that closes its connections while the process forks.
    pub(crate) fn resting_while_forking() -> Arc<Pool> {
        let pool = Arc::new(Pool::default());
        let watched: Weak<Pool> = Arc::downgrade(&pool);
        quiesce_while_forking(watched);
        pool
    }

    /// Runs an operation on the writing connection.
    pub(crate) fn writer<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        operation: impl FnMut(&mut Session) -> Outcome<T>,
    ) -> Result<T> {
        let mut entered = self.gate.enter();
        let mut writer = lock(&self.writer);
        if writer.as_mut().is_some_and(|session| session.has_lost_log(true)) {
            drop((writer, entered));
            self.close_all(path)?;
            entered = self.gate.enter();
            writer = lock(&self.writer);
        }
        let _entered = entered;
        run(&mut || writer.take(), path, options, true, operation).map(|(session, done)| {
            *writer = session;
            done
        })?
    }

    /// Runs an operation on a reading connection.
    pub(crate) fn reader<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        operation: impl FnMut(&mut Session) -> Outcome<T>,
    ) -> Result<T> {
        let _entered = self.enter_to_read(path)?;
        let (session, done) = run(&mut || lock(&self.readers).pop(), path, options, false, operation)?;
        if let Some(session) = session {
            let mut readers = lock(&self.readers);
            if readers.len() < MAX_IDLE_READERS {
                readers.push(session);
            }
        }
        done
    }

    /// Runs an operation on a connection of its own, which the operation may change and which is closed afterwards.
    ///
    /// A long operation should end as interrupted as soon as [`ForkGate::yield_requested`] is true; then it runs again,
    /// so that neither a fork nor a lost log waits for it.
    pub(crate) fn on_own_connection<T>(
        &self,
        path: &Path,
        options: &SqliteOptions,
        mut operation: impl FnMut(&mut Session, &Arc<AtomicBool>) -> Outcome<T>,
    ) -> Result<T> {
        let since = Instant::now();
        loop {
            let _entered = self.enter_to_read(path)?;
            let opened = Session::open(path, options, false);
            match opened.and_then(|mut session| {
                checked(&mut session, |session| operation(session, self.gate.yield_requested()))
            }) {
                Err(failure) if failure.is_interrupted() && !is_out_of_time() => {}
                Err(failure) if failure.is_changed() && has_time(since, options) => {}
                done => return done.map_err(|failure| failure.into_error(path)),
            }
        }
    }

    /// Enters to read. If the log is lost, closes all connections first.
    fn enter_to_read(&self, path: &Path) -> Result<OperationGuard<'_>> {
        let entered = self.gate.enter();
        let has_lost = lock(&self.readers).last_mut().is_some_and(|session| session.has_lost_log(false));
        if !has_lost {
            return Ok(entered);
        }
        drop(entered);
        self.close_all(path)?;
        Ok(self.gate.enter())
    }

    /// Closes every connection of the process, after the log or the shared memory was removed: as long as one
    /// connection is open, SQLite gives its shared memory to the next one.
    fn close_all(&self, path: &Path) -> Result<()> {
        let _exclusive = self.gate.enter_exclusively();
        let mut sessions: Vec<Session> = lock(&self.readers).drain(..).collect();
        sessions.extend(lock(&self.writer).take());
        let rescued = match sessions.last_mut() {
            Some(session) => session.rescue_log(path),
            None => Ok(()),
        };
        sessions.into_iter().for_each(Session::close_without_checkpoint);
        rescued
    }
}

impl Quiesce for Pool {
    fn quiesce(&self) {
        self.gate.close();
        *lock(&self.writer) = None;
        lock(&self.readers).clear();
    }

    fn resume(&self) {
        self.gate.open();
    }
}

/// Takes a connection or opens one, runs the operation, and returns the connection if it can be used again. If the
/// operation panics, its connection is dropped, which rolls back. The operation runs again if the file has changed while
/// it was read without locks.
fn run<T>(
    take: &mut dyn FnMut() -> Option<Session>,
    path: &Path,
    options: &SqliteOptions,
    is_writer: bool,
    mut operation: impl FnMut(&mut Session) -> Outcome<T>,
) -> Result<(Option<Session>, Result<T>)> {
    let since = Instant::now();
    loop {
        let mut pooled = take();
        if let Some(session) = pooled.take_if(|session| !session.has_file_at(path, is_writer)) {
            session.close_without_checkpoint();
        }
        let mut session = match pooled {
            Some(session) => session,
            None => Session::open(path, options, is_writer).map_err(|failure| failure.into_error(path))?,
        };
        match checked(&mut session, &mut operation) {
            Ok(done) => return Ok((Some(session), Ok(done))),
            Err(failure) if failure.is_changed() && has_time(since, options) => {}
            Err(failure) if failure.is_fatal() => {
                drop(session);
                return Ok((None, Err(failure.into_error(path))));
            }
            Err(failure) => return Ok((Some(session), Err(failure.into_error(path)))),
        }
    }
}

/// Runs an operation, and checks that what it read counts: also what looks like damage may be a file that has changed.
fn checked<T>(session: &mut Session, mut operation: impl FnMut(&mut Session) -> Outcome<T>) -> Outcome<T> {
    let done = operation(session);
    session.check_unchanged()?;
    done
}

/// Returns true if an operation may run again.
fn has_time(since: Instant, options: &SqliteOptions) -> bool {
    since.elapsed() < options.busy_timeout && !is_out_of_time()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;
    use std::thread;

    use rusqlite::ffi;

    use super::*;
    use crate::failure::Failure;

    #[test]
    fn operation_on_a_file_that_changes_runs_again_until_the_busy_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let (pool, mut options) = (Pool::default(), SqliteOptions::default());
        let mut runs = 0;
        let mut read = |options: &SqliteOptions, changes: u32| {
            runs = 0;
            pool.reader(&path, options, |_| {
                runs += 1;
                if runs > changes { Ok(runs) } else { Err(Failure::Changed) }
            })
        };
        assert_eq!(read(&options, 2).unwrap(), 3);
        options.busy_timeout = std::time::Duration::ZERO;
        let error = read(&options, 2).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("kept changing"), "{error}");
    }

    #[test]
    fn long_operation_is_interrupted_by_a_fork_and_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let pool = Pool::default();
        let (inside, is_inside) = mpsc::channel();
        thread::scope(|scope| {
            let operation = scope.spawn(|| {
                let mut runs = 0;
                pool.on_own_connection(&path, &SqliteOptions::default(), |_, yield_requested| {
                    runs += 1;
                    if runs > 1 {
                        return Ok(runs);
                    }
                    inside.send(()).unwrap();
                    while !yield_requested.load(Ordering::Relaxed) {
                        thread::yield_now();
                    }
                    let interrupt = ffi::Error::new(ffi::SQLITE_INTERRUPT);
                    Err(rusqlite::Error::SqliteFailure(interrupt, None).into())
                })
            });
            is_inside.recv().unwrap();
            // A fork does the same. Without the interruption, it would wait forever.
            pool.quiesce();
            pool.resume();
            assert_eq!(operation.join().unwrap().unwrap(), 2);
        });
    }
}
