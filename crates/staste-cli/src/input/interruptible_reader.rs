//! `InterruptibleReader`: reads a pipe, a FIFO or a terminal until a signal arrives.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use crate::interrupt::Interrupt;

/// Reads a descriptor, and waits for data until a signal arrives.
pub(super) struct InterruptibleReader<F> {
    descriptor: F,
    interrupt: Interrupt,
}

impl InterruptibleReader<BorrowedFd<'static>> {
    /// Returns a reader of standard input.
    pub(super) fn standard_input(interrupt: Interrupt) -> Self {
        // Standard input is read without a buffer, because polling does not see buffered data.
        InterruptibleReader { descriptor: rustix::stdio::stdin(), interrupt }
    }
}

impl InterruptibleReader<File> {
    /// Opens a FIFO. The first read waits for its writer.
    pub(super) fn fifo(path: &Path, interrupt: Interrupt) -> io::Result<Self> {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let descriptor = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(InterruptibleReader { descriptor, interrupt })
    }
}

impl<F: AsFd> Read for InterruptibleReader<F> {
    /// Reads the available data, and waits if there is none.
    ///
    /// # Errors
    /// `WouldBlock` when a signal arrives before any data.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.interrupt.wait_for_input(self.descriptor.as_fd())? {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "a signal ended the wait for data"));
            }
            match rustix::io::read(&self.descriptor, &mut *buffer) {
                // Another process read the data first.
                Err(rustix::io::Errno::AGAIN) => {}
                read => return Ok(read?),
            }
        }
    }
}
