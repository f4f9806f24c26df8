//! `LiveReader`: the data that a pipe has now.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::interrupt::Interrupt;

/// Maximum number of bytes of the first line.
const MAX_FIRST_LINE: usize = 1 << 20;

/// Reads a pipe without waiting: where it has no data now, its end is reached for now. After a signal nothing is read.
pub(crate) struct LiveReader {
    descriptor: Box<dyn PipeEnd>,
    interrupt: Interrupt,
    has_ended: Arc<AtomicBool>,
    /// What was read to find the first line.
    head: VecDeque<u8>,
}

/// The end of a pipe to read.
trait PipeEnd: AsFd + Send {}

impl<F: AsFd + Send> PipeEnd for F {}

impl LiveReader {
    /// Returns a reader of standard input.
    pub(crate) fn standard_input(interrupt: Interrupt) -> LiveReader {
        LiveReader::new(Box::new(rustix::stdio::stdin()), interrupt)
    }

    /// Opens a FIFO for reading and writing, so that it does not end when a writer closes it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn fifo(path: &Path, interrupt: Interrupt) -> io::Result<LiveReader> {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file: File = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
        Ok(LiveReader::new(Box::new(file), interrupt))
    }

    fn new(descriptor: Box<dyn PipeEnd>, interrupt: Interrupt) -> LiveReader {
        LiveReader { descriptor, interrupt, has_ended: Arc::default(), head: VecDeque::new() }
    }

    /// Returns a flag that is set once all writers have closed the pipe.
    pub(crate) fn end_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.has_ended)
    }

    /// Returns true once the pipe has a complete line, or has ended.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub(crate) fn has_line(&mut self) -> io::Result<bool> {
        let mut part = vec![0; 64 << 10];
        while !self.head.contains(&b'\n') && self.head.len() < MAX_FIRST_LINE {
            match self.read_pipe(&mut part)? {
                0 => return Ok(self.has_ended.load(Ordering::Relaxed)),
                read => self.head.extend(part.get(..read).unwrap_or_default()),
            }
        }
        Ok(true)
    }

    fn read_pipe(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_set() || !self.interrupt.has_input(self.descriptor.as_fd(), Duration::ZERO)? {
            return Ok(0);
        }
        match rustix::io::read(&*self.descriptor, &mut *buffer) {
            // Another process read the data first.
            Err(Errno::AGAIN) => Ok(0),
            Ok(0) => {
                self.has_ended.store(true, Ordering::Relaxed);
                Ok(0)
            }
            read => Ok(read?),
        }
    }
}

impl Read for LiveReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() { self.read_pipe(buffer) } else { self.head.read(buffer) }
    }
}
