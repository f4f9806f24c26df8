//! `Keys`: whether a key was pressed, without waiting for Enter.

use std::io::IsTerminal;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Listens for keys; the terminal is as before once it is dropped.
pub(super) struct Keys {
    before: Option<Termios>,
}

impl Keys {
    /// Listens, where standard input is a terminal. Ctrl-C stays what it is.
    pub(super) fn listen() -> Keys {
        if !std::io::stdin().is_terminal() {
            return Keys { before: None };
        }
        let before = tcgetattr(stdin()).ok();
        if let Some(mut modes) = before.clone() {
            modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            // Without it a key counts once Enter follows, which is no harm.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &modes);
        }
        Keys { before }
    }

    /// Waits; true when a key was pressed meanwhile.
    pub(super) fn wait(&self, time: Duration) -> bool {
        if self.before.is_none() {
            std::thread::sleep(time);
            return false;
        }
        let timeout = Timespec::try_from(time).ok();
        let ready = poll(&mut [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)], timeout.as_ref());
        // An error is a signal, and whoever listens for it is asked next.
        ready.is_ok_and(|keys| keys > 0)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // The key itself is not for the shell.
            let _ = rustix::termios::tcflush(stdin(), rustix::termios::QueueSelector::IFlush);
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
