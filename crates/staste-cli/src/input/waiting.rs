//! `Waiting`: reads a pipe, a FIFO or a terminal, where data may never come, and ends at a signal.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use crate::interrupt::Interrupt;

/// A descriptor that is read when it has data.
pub(super) struct Waiting<F> {
    descriptor: F,
    interrupt: Interrupt,
}

impl Waiting<BorrowedFd<'static>> {
    /// Standard input.
    pub(super) fn standard_input(interrupt: Interrupt) -> Self {
        // Without a buffer: what it held would not be waited for.
        Waiting { descriptor: rustix::stdio::stdin(), interrupt }
    }
}

impl Waiting<File> {
    /// Opens a FIFO without waiting for its writer, for which the first read waits.
    pub(super) fn fifo(path: &Path, interrupt: Interrupt) -> io::Result<Self> {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let descriptor = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(Waiting { descriptor, interrupt })
    }
}

impl<F: AsFd> Read for Waiting<F> {
    /// Reads what is there, and waits while there is nothing.
    ///
    /// # Errors
    /// `WouldBlock` when a signal comes while there is nothing.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.interrupt.wait_for(self.descriptor.as_fd())? {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "a signal ended the wait for data"));
            }
            match rustix::io::read(&self.descriptor, &mut *buffer) {
                // Another reader was faster.
                Err(rustix::io::Errno::AGAIN) => {}
                read => return Ok(read?),
            }
        }
    }
}
