//! `KeyListener`: waits for any key, without Enter.

use std::io::IsTerminal;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Waits for keys. Dropping it restores the terminal.
pub(super) struct KeyListener {
    original_modes: Option<Termios>,
}

impl KeyListener {
    /// Switches the terminal to unbuffered input without echo, if standard input is a terminal. Ctrl-C still sends a signal.
    pub(super) fn listen() -> KeyListener {
        if !std::io::stdin().is_terminal() {
            return KeyListener { original_modes: None };
        }
        let original_modes = tcgetattr(stdin()).ok();
        if let Some(mut modes) = original_modes.clone() {
            modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            // If this fails, a key needs Enter.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &modes);
        }
        KeyListener { original_modes }
    }

    /// Waits for a key or the timeout. Returns true if a key was pressed.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        if self.original_modes.is_none() {
            std::thread::sleep(timeout);
            return false;
        }
        let timeout = Timespec::try_from(timeout).ok();
        let ready = poll(&mut [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)], timeout.as_ref());
        // An error means that a signal arrived, which the caller checks next.
        ready.is_ok_and(|keys| keys > 0)
    }
}

impl Drop for KeyListener {
    fn drop(&mut self) {
        if let Some(original_modes) = &self.original_modes {
            // The key must not reach the shell.
            let _ = rustix::termios::tcflush(stdin(), rustix::termios::QueueSelector::IFlush);
            let _ = tcsetattr(stdin(), OptionalActions::Now, original_modes);
        }
    }
}
