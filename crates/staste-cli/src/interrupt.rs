//! `Interrupt`: Ctrl-C or SIGTERM, noted so that the block at hand is committed before the end.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::{Failure, INTERRUPTED, Result};

/// Set once a signal came; a second one ends the program at once.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    /// Has something to read once a signal came.
    wakes: Arc<UnixStream>,
}

impl Interrupt {
    /// Notes signals from here on.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn listen() -> Result<Interrupt> {
        let refused = |error: io::Error| Failure::failed("signals cannot be listened for").because(&error);
        let came = Arc::new(AtomicBool::new(false));
        let (wakes, signalled) = UnixStream::pair().map_err(refused)?;
        for signal in [SIGINT, SIGTERM] {
            // In this order the first signal sets the flag and the second one finds it set; who is woken
            // finds it set, too.
            signal_hook::flag::register_conditional_shutdown(
                signal,
                i32::from(INTERRUPTED),
                Arc::clone(&came),
            )
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&came)))
            .and_then(|_| signal_hook::low_level::pipe::register(signal, signalled.try_clone()?))
            .map_err(refused)?;
        }
        Ok(Interrupt { came, wakes: Arc::new(wakes) })
    }

    /// True once a signal came.
    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// Waits until a descriptor has data or ends; false when there is nothing and a signal came.
    ///
    /// # Errors
    /// When the system cannot wait for it.
    pub(crate) fn wait_for(&self, descriptor: BorrowedFd<'_>) -> io::Result<bool> {
        loop {
            let mut both = [
                PollFd::from_borrowed_fd(descriptor, PollFlags::IN),
                PollFd::from_borrowed_fd(self.wakes.as_fd(), PollFlags::IN),
            ];
            match poll(&mut both, None) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {
                    let [data, signal] = both.map(|polled| !polled.revents().is_empty());
                    if data || signal {
                        return Ok(data);
                    }
                }
            }
        }
    }
}
