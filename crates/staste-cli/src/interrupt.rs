//! `Interrupt`: a flag set by Ctrl-C or SIGTERM, so that a command can commit its current batch before it ends.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::{EXIT_INTERRUPTED, Failure, Result};

/// A flag that the first signal sets. The second signal ends the program at once.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    flag: Arc<AtomicBool>,
    /// Becomes readable when the first signal arrives.
    wake: Arc<UnixStream>,
}

impl Interrupt {
    /// Installs the signal handlers.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn listen() -> Result<Interrupt> {
        let failed =
            |error: io::Error| Failure::failed("signal handlers cannot be installed").caused_by(&error);
        let flag = Arc::new(AtomicBool::new(false));
        let (wake, signalled) = UnixStream::pair().map_err(failed)?;
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the first signal sets the flag after the shutdown check, the second one finds it
            // set, and a thread that is woken finds it set, too.
            signal_hook::flag::register_conditional_shutdown(
                signal,
                i32::from(EXIT_INTERRUPTED),
                Arc::clone(&flag),
            )
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .and_then(|_| signal_hook::low_level::pipe::register(signal, signalled.try_clone()?))
            .map_err(failed)?;
        }
        Ok(Interrupt { flag, wake: Arc::new(wake) })
    }

    /// Returns true once a signal has arrived.
    pub(crate) fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Waits until a descriptor is readable or closed. Returns false if a signal arrives first.
    ///
    /// # Errors
    /// When the system cannot wait for the descriptor.
    pub(crate) fn wait_for_input(&self, descriptor: BorrowedFd<'_>) -> io::Result<bool> {
        loop {
            let [has_data, has_signal] = self.poll(descriptor, None)?;
            if has_data || has_signal {
                return Ok(has_data);
            }
        }
    }

    /// Waits at most some time until a descriptor is readable or closed. Returns false if it is not, or a signal arrives
    /// first.
    ///
    /// # Errors
    /// As [`wait_for_input`](Self::wait_for_input).
    pub(crate) fn has_input(&self, descriptor: BorrowedFd<'_>, time: Duration) -> io::Result<bool> {
        Ok(self.poll(descriptor, Some(time))?[0])
    }

    /// Waits some time, or until a signal arrives.
    pub(crate) fn pause(&self, time: Duration) {
        // A failed wait is a short one.
        let _ = self.has_input(self.wake.as_fd(), time);
    }

    /// Returns whether a descriptor is readable, and whether a signal has arrived. Both are false if the wait is over first.
    fn poll(&self, descriptor: BorrowedFd<'_>, time: Option<Duration>) -> io::Result<[bool; 2]> {
        let time = time.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        let mut both = [
            PollFd::from_borrowed_fd(descriptor, PollFlags::IN),
            PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN),
        ];
        match poll(&mut both, time.as_ref()) {
            Err(Errno::INTR) => Ok([false; 2]),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(both.map(|polled| !polled.revents().is_empty())),
        }
    }
}
